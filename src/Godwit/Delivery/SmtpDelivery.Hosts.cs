// The way to a host that serves us: steps 1 to 4, and what ends or interrupts the connection from outside.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Delivery;

internal sealed partial class SmtpDelivery
{
    private bool _isCounted;

    /// <summary>How the connection is told; null while there is none, or it holds the slot no more.</summary>
    private OpenConnection? _open;

    /// <summary>How one host's part ended.</summary>
    private enum HostEnd : byte
    {
        /// <summary>The ticket has nothing more to do.</summary>
        Finished,

        /// <summary>This host does not serve us now: the next one may.</summary>
        NextHost,

        /// <summary>What is wrong lies on our side: no other host would do better.</summary>
        NoHost,

        /// <summary>Its TLS broke, and the connection with it; nothing speaks against another one in plain text.</summary>
        AgainInPlainText,
    }

    private async Task DeliverAsync()
    {
        // 1 Hosts and 2 connect: one by one, until one serves us.
        HostAddress? last = null;
        SmtpReply? refusal = null;
        bool isFull = false;
        bool isPlaced = false;
        HostSearch search = tools.Hosts.Search(ticket.Key.Destination, _settings, ticket.Source, LookupNotes);
        while (await search.NextAsync(abort) is { } host)
        {
            if (stopping.IsCancellationRequested)
            {
                _hand.Return();
                return;
            }

            if (!isPlaced && await LeavesForOthersAsync(search))
            {
                return;
            }

            isPlaced = true;
            if (!ticket.TryUseHost(host.Name, host.EndPoint.Address, tools.Clock.Now))
            {
                isFull = true;
                continue;
            }

            last = host;
            (HostEnd end, SmtpReply? said) = await TryAsync(host);
            refusal = said ?? refusal;
            if (end == HostEnd.Finished)
            {
                return;
            }

            if (end == HostEnd.NoHost)
            {
                break;
            }
        }

        // Hosts that DNS did not tell of may serve us the next time.
        _allLast &= search.Refusal?.Status != HostPlanStatus.DnsFailed;
        await (isFull ? WithoutRoomAsync() : last is null ? WithoutHostsAsync(search.Refusal!) : WithoutWelcomeAsync(refusal!, last));
    }

    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> TryAsync(HostAddress host)
    {
        if (await TermsForAsync(host) is not { } terms)
        {
            return (HostEnd.NextHost, _tlsRefusal);
        }

        (HostEnd end, SmtpReply? refusal) = await ConnectAsync(host, terms);
        return end == HostEnd.AgainInPlainText ? await ConnectAsync(host, terms with { IsPassedOver = true, IsCounted = true }) : (end, refusal);
    }

    /// <summary>Step 2, and all that follows with the host if it answers.</summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> ConnectAsync(HostAddress host, HostTlsTerms terms)
    {
        Watch()?.Note($"connecting to {host.Text}{From(ticket.Source.Address)}");
        _open = new OpenConnection(
            ticket.Key.Destination.Text, SourceName.Of(ticket.Key.VirtualMta, ticket.Source.Address, ticket.Source.HostName), host.EndPoint.Address,
            host.Name, tools.Clock.Now);
        tools.Traffic.OpenConnections.Begin(_open);
        try
        {
            ConnectResult result = await tools.Connector.ConnectAsync(host, ticket.Source, _settings, abort);
            tools.Traffic.Protocol.ConnectionsOut.Add(result.Connection is null ? "failed" : "opened");
            return result.Connection is { } connection
                ? await ServeAsync(connection, host, terms, result.From)
                : await WithoutConnectionAsync(host, result);
        }
        finally
        {
            Uncount();
        }
    }

    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> WithoutConnectionAsync(HostAddress host, ConnectResult result)
    {
        Uncount();
        if (result.Failure is ConnectFailure.Resources or ConnectFailure.Proxy)
        {
            await WithoutSocketAsync(result);
            return (HostEnd.Finished, null);
        }

        NoteFailure(host, result.Problem, remember: result.Failure == ConnectFailure.Host, lasts: result.Failure == ConnectFailure.Source);
        return (result.Failure == ConnectFailure.Source ? HostEnd.NoHost : HostEnd.NextHost, new SmtpReply(451, $"4.4.1 {result.Problem}"));
    }

    /// <summary>Steps 3 to 8 with one host that has accepted the connection.</summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> ServeAsync(
        SmtpConnection connection, HostAddress host, HostTlsTerms terms, SourceHost from)
    {
        await using var peer = new PeerConnection(connection, host, from, _settings, tools.Log, WatchOpening(host)) { Terms = terms };
        using CancellationTokenRegistration cut = abort.UnsafeRegister(static state => ((PeerConnection)state!).Abort(), peer);
        tools.Traffic.ConnectionsOut.Open();
        _isCounted = true;
        (_open!.Since, _open.Source, _open.State) = (tools.Clock.Now, peer.SourceAddress, OpenConnectionState.Opening);
        return ticket.Interruption is { } wanted ? await IntroduceAsync(peer, wanted) : await IntroduceAsync(peer);
    }

    /// <summary>The same, while more important mail may want the slot.</summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> IntroduceAsync(PeerConnection peer, WakeSignal wanted)
    {
        using var over = new CancellationTokenSource();
        Task watch = BreakOffAsync(peer, wanted, over.Token);
        try
        {
            return await IntroduceAsync(peer);
        }
        finally
        {
            await over.CancelAsync();
            await watch;
        }
    }

    private async Task BreakOffAsync(PeerConnection peer, WakeSignal wanted, CancellationToken over)
    {
        try
        {
            await wanted.WaitAsync(Timeout.InfiniteTimeSpan, tools.Clock.Time, over);
        }
        catch (OperationCanceledException)
        {
            return; // Nobody wanted it.
        }

        if (peer.TryBreakOff() && _settings.LogTransferFailures)
        {
            tools.Log.TransferInterrupted(ticket.Key, peer.Host.Text);
        }
    }

    /// <summary>A connection counts as long as it holds the slot: one that only waits for the answer to its goodbye does not.</summary>
    private void Uncount()
    {
        if (_isCounted)
        {
            _isCounted = false;
            tools.Traffic.ConnectionsOut.Close();
        }

        if (_open is { } open)
        {
            _open = null;
            tools.Traffic.OpenConnections.End(open);
        }
    }

    private void Tell(OpenConnectionState state)
    {
        if (_open is { } open)
        {
            open.State = state;
        }
    }

    private void CountMessage(OutgoingTransaction transaction)
    {
        if (_open is { } open && transaction.HasDelivered)
        {
            open.Messages++;
        }
    }

    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> IntroduceAsync(PeerConnection peer)
    {
        SmtpReply? greeting = await peer.GreetingAsync();
        if (greeting is not { IsPositive: true })
        {
            return await WithoutServiceAsync(peer, SmtpStage.Greeting, greeting);
        }

        // 3 EHLO.
        WatchOpening(peer, greeting);
        SmtpReply? hello = await peer.HelloAsync();
        if (hello is not { IsPositive: true })
        {
            return await WithoutServiceAsync(peer, SmtpStage.Ehlo, hello);
        }

        // 4 TLS.
        if (await SecureAsync(peer) is { } ended)
        {
            return ended;
        }

        _open!.Tls = peer.Connection.TlsProtocol;

        // Then who we are: never before, for the network would hear it, and what a host offered in plain text does not count.
        if (_settings.AuthUsername.Length > 0 && await LogInAsync(peer) is { } refusal)
        {
            return await WithoutLoginAsync(peer, refusal);
        }

        tools.Hosts.Answered(peer.Host);
        ticket.Connected(tools.Clock.Now);
        if (_settings.LogConnections)
        {
            tools.Log.Connected(ticket.Key, peer.Host.Text, peer.SourceAddress);
        }

        return await SendOrdersAsync(peer);
    }
}
