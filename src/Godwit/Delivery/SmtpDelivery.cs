// One ticket's way through the world: hosts, connection, messages, goodbye. The eight steps of the design, in order.
// Owned by the dispatcher, which gave it the ticket; one task runs it, and the abort token cuts its connection. Every recipient that the ticket hands out
// leaves through settlement with a verdict or goes back into its queue; whatever is in hand when something throws stands in Unsettled, for the dispatcher
// to put back. Here are its beginning, its messages and its end; the way to a host stands in SmtpDelivery.Hosts.cs, what it does when there is nobody to
// deliver to in SmtpDelivery.Failures.cs.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Smtp;
using Microsoft.Extensions.Logging;

namespace Godwit.Delivery;

/// <summary>What all deliveries share.</summary>
internal sealed record DeliveryTools(
    DeliveryDoors Doors, DestinationHosts Hosts, HostConnector Connector, OutgoingTls Tls, LocalTurns Turns, ReplyCounts Replies, TrafficCounters Traffic,
    Func<DeliveryTicket, DialogObserver?> Observe, ServerClock Clock, ILogger Log)
{
    /// <summary>Mail that goes unsigned although signatures are wanted.</summary>
    public UnsignedMail Unsigned { get; } = new(Traffic, Clock, Log);
}

/// <summary>Delivers what one ticket hands out.</summary>
internal sealed partial class SmtpDelivery(DeliveryTicket ticket, DeliveryTools tools, CancellationToken stopping, CancellationToken abort)
{
    /// <summary>A rate that lets the next message go this soon is worth a held connection, whatever connection-idle-timeout says.</summary>
    private static readonly TimeSpan _shortWait = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A message this young is still in the system's cache, so reading it waits for no disk. An older one is not read on a thread that many sockets wait for.
    /// </summary>
    private static readonly TimeSpan _warmFor = TimeSpan.FromSeconds(30);

    private readonly DeliverySettings _settings = ticket.Settings;
    private readonly OrderInHand _hand = new(ticket, tools.Doors, tools.Clock);
    private readonly ReplyReactions _reactions = new(ticket, tools);
    private readonly OutgoingSignatures _signatures = new(tools.Doors.Signing, ticket.Key.VirtualMta, ticket.Settings);
    private bool _closed;
    private string _lastFailure = "";

    /// <summary>Whether the failures of all hosts so far last; null before the first.</summary>
    private bool? _allLast;

    public DeliveryTicket Ticket => ticket;

    /// <summary>An operator who watches up to the end of the first message; mostly nobody.</summary>
    public DialogObserver? Observer { get; set; }

    /// <summary>The order in hand that has no fate yet; null when there is none.</summary>
    public DeliveryOrder? Unsettled => _hand.Current;

    /// <summary>It ended because this machine has no socket to give; the next delivery would fare no better.</summary>
    public bool LacksSockets { get; private set; }

    /// <summary>
    /// Runs until the ticket has nothing more for this connection. The ticket is closed when this returns, whatever happened short of an exception.
    /// </summary>
    public async Task RunAsync()
    {
        if (!tools.Doors.HasVirtualMta(ticket.Key.VirtualMta))
        {
            await WithoutVirtualMtaAsync();
        }
        else if (_settings.Kind == DeliveryKind.Discard)
        {
            Observer?.Note("the configuration discards this mail: nobody is spoken to");
            await DiscardAsync();
        }
        else if (_settings.Kind is DeliveryKind.File or DeliveryKind.Pipe)
        {
            Observer?.Note("the configuration gives this mail to a file or a program: nobody is spoken to");
            await new LocalDelivery(ticket, tools, _hand, stopping, abort).RunAsync();
        }
        else
        {
            await DeliverAsync();
        }

        await _hand.DurableAsync(abort);
        CloseTicket();
    }

    /// <summary>Gives the slot back, once.</summary>
    public void CloseTicket()
    {
        if (!_closed)
        {
            _closed = true;
            Uncount();
            ticket.Close(tools.Clock.Now);
            Observer?.Leave();
        }
    }

    /// <summary>The queue waits, for a reason that lies with us. Nothing happens when the ticket is closed.</summary>
    public void Postpone(string reason, TimeSpan wait)
    {
        if (!_closed)
        {
            ticket.Postpone(reason, wait, tools.Clock.Now);
        }
    }

    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> SendOrdersAsync(PeerConnection peer)
    {
        var transaction = new OutgoingTransaction(peer, _reactions, _settings, tools.Clock, MailRollups.IsRollup(ticket.Key.Destination));
        while (await NextOrderAsync() is { } order)
        {
            // A crash repeats what the peer took and the spool does not know yet. Nothing new goes out before that is settled, so on each connection
            // it is one transaction at most.
            await _hand.DurableAsync(abort);
            WatchFrom(peer);
            if (!await StillAllowsAsync(peer))
            {
                return await LeaveAsync(peer, "what the host has to prove has changed: this connection carries nothing more");
            }

            if (tools.Clock.Now - order.Message.Id.Time > _warmFor)
            {
                await Task.Yield();
            }

            // 6 to 8.
            using MessageContent content = tools.Doors.Open(order.Message);
            if (await IsStoppedBySpfAsync(peer, content))
            {
                continue;
            }

            if (_signatures.AreWanted && !await SignAsync(content))
            {
                Observer?.Note("no DKIM key is for the sender of this message: it goes unsigned");
                NoteUnsigned();
            }

            _reactions.Message = order.Message;
            TransactionEnd end = await transaction.RunAsync(order, content);
            peer.Connection.SetDeadline(Timeout.InfiniteTimeSpan);
            CountMessage(transaction);
            await _hand.SettleAsync(content.Envelope, transaction, peer.Attempt);
            await NoteDeferralAsync(peer);
            if (end == TransactionEnd.ConnectionOver)
            {
                NoteLoss(peer);
            }

            if (end != TransactionEnd.HostUnavailable)
            {
                EndWatch(peer);
            }

            switch (end)
            {
                case TransactionEnd.HostUnavailable:
                    return await LeaveHostAsync(peer, transaction);
                case TransactionEnd.QueueBounced:
                    return await BounceQueueAsync(peer, transaction.QueueVerdict!, mayQuit: !transaction.AwaitsContent);
                case TransactionEnd.NotAttempted:
                    _hand.Return();
                    return (HostEnd.Finished, null);
                case TransactionEnd.ConnectionOver:
                    _hand.Return();
                    await NoteDropAsync(peer);
                    return (HostEnd.Finished, null);
                case TransactionEnd.Done when _reactions.WantsTls && !peer.IsEncrypted:
                    return await LeaveAsync(peer, "the host has asked for TLS: this connection carries nothing more");
                case TransactionEnd.Done when _settings.MaxErrorsPerConnection > 0 && _hand.Errors >= _settings.MaxErrorsPerConnection:
                    return await LeaveAsync(peer, "max-errors-per-connection is reached: this connection carries nothing more");
            }
        }

        return await LeaveAsync(peer, "no message was left for this connection");
    }

    /// <summary>False when no key is for the message.</summary>
    private async ValueTask<bool> SignAsync(MessageContent content)
    {
        bool signed = false;
        bool failed = true;
        try
        {
            signed = await _signatures.AddAsync(content);
            failed = false;
        }
        finally
        {
            tools.Traffic.Protocol.Signatures.Add(failed ? "failed" : signed ? "ok" : "no_key");
        }

        return signed;
    }

    /// <summary>Ends a connection that is in order; what is in hand goes back.</summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> LeaveAsync(PeerConnection peer, string why)
    {
        Observer?.Note(why);
        _hand.Return();
        await QuitAsync(peer);
        return (HostEnd.Finished, null);
    }

    /// <summary>Step 5: the next order, waiting for it as long as the connection may idle. Null when the connection is to end.</summary>
    private async ValueTask<DeliveryOrder?> NextOrderAsync()
    {
        if (tools.Doors.Held() is not null)
        {
            _hand.Return();
            return null;
        }

        // What the host before this one did not take comes first.
        if (_hand.Current is { } left)
        {
            Tell(OpenConnectionState.Sending);
            return left;
        }

        Instant now = tools.Clock.Now;
        Instant idleEnd = now + _settings.ConnectionIdleTimeout;
        Instant waitEnd = now + (_settings.ConnectionIdleTimeout > _shortWait ? _settings.ConnectionIdleTimeout : _shortWait);
        while (!stopping.IsCancellationRequested && tools.Doors.Held() is null)
        {
            TicketState state = _hand.Take(now, out Instant notBefore);
            if (state == TicketState.HasOrder)
            {
                Tell(OpenConnectionState.Sending);
                return _hand.Current;
            }

            Instant until = state switch { TicketState.Wait when notBefore <= waitEnd => notBefore, TicketState.Empty => idleEnd, _ => now };
            if (until <= now)
            {
                return null;
            }

            Tell(state == TicketState.Empty ? OpenConnectionState.Idle : OpenConnectionState.Waiting);
            await WaitAsync(until - now);
            now = tools.Clock.Now;
        }

        return null;
    }

    private async ValueTask WaitAsync(TimeSpan time)
    {
        try
        {
            await ticket.WaitAsync(time, tools.Clock.Time, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return; // The caller looks at the same token.
        }
    }

    private void NoteUnsigned()
    {
        if (_signatures.AreForAll)
        {
            tools.Unsigned.Note(_signatures.Lacking);
        }
    }

    private async ValueTask DiscardAsync()
    {
        Verdict verdict = DeliveryVerdicts.Discarded(_settings, tools.Clock.Now);
        await _hand.SettleQueueAsync(verdict, new AttemptContext { DeliveryType = "discard" }, minimumAge: default, stopping);
    }

    /// <summary>
    /// QUIT. The slot is free as soon as the goodbye is on its way and the last fates are durable; the host sees the goodbye before any new connection,
    /// so its answer is waited for without the slot.
    /// </summary>
    private async ValueTask QuitAsync(PeerConnection peer)
    {
        bool said = await peer.SayQuitAsync();
        await _hand.DurableAsync(abort);
        CloseTicket();
        if (said)
        {
            await peer.LingerAsync();
        }
    }
}
