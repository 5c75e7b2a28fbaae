// "resolve --connect": what each host says, and what comes of TLS with it under the rules that a delivery would keep to. Nothing is sent but EHLO, STARTTLS
// and QUIT.

using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Smtp;
using Godwit.Tls;

namespace Godwit.Delivery;

public sealed partial class DeliveryDispatcher
{
    /// <summary>One line for each name.</summary>
    private async Task<IReadOnlyList<string>> ProofsAsync(
        IReadOnlyList<HostAddress> hosts, QueueKey key, DeliverySettings settings, CancellationToken cancellation)
    {
        var lines = new List<string>();
        foreach (HostAddress host in hosts.DistinctBy(host => host.Name))
        {
            lines.Add($"{host.Name}: {await RuleAsync(host, key, settings, cancellation)}");
        }

        return lines;
    }

    private async Task<string> RuleAsync(HostAddress host, QueueKey key, DeliverySettings settings, CancellationToken cancellation)
    {
        try
        {
            HostTlsTerms terms = await _tools.Tls.TermsForAsync(key, host, settings, cancellation);
            return terms.Problem.Length > 0 ? $"gets no mail now: {terms.Problem}" : terms.Describe();
        }
        catch (TlsFileException unusable)
        {
            return $"gets no mail now: {unusable.Message}";
        }
    }

    private async Task<HostGreeting> GreetAsync(
        HostAddress host, QueueKey key, SourceHost source, DeliverySettings settings, CancellationToken cancellation)
    {
        if (source.Address is { } address && address.AddressFamily != host.EndPoint.AddressFamily)
        {
            return new HostGreeting(host.Text, Text(source), "not reached from there: the host's address is of another family");
        }

        ConnectResult result = await _tools.Connector.ConnectAsync(host, source, settings, cancellation);
        if (result.Connection is not { } connection)
        {
            return new HostGreeting(host.Text, Text(source), result.Problem);
        }

        HostTlsTerms terms = await TermsAsync(host, key, settings, cancellation);
        await using var peer = new PeerConnection(connection, host, result.From, settings, _log) { Terms = terms };
        SmtpReply? greeting = await peer.GreetingAsync();
        string? tls = greeting is { IsPositive: true } && terms.Trust is not null ? await TryTlsAsync(peer) : null;
        if (greeting is not null && !peer.Lost)
        {
            await peer.SayQuitAsync();
        }

        return new HostGreeting(host.Text, Text(result.From with { Address = peer.SourceAddress }), greeting?.ToString() ?? peer.LossReason) { Tls = tls };
    }

    /// <summary>Nothing where the rule itself forbids to connect: that is told elsewhere, and the greeting is wanted all the same.</summary>
    private async Task<HostTlsTerms> TermsAsync(HostAddress host, QueueKey key, DeliverySettings settings, CancellationToken cancellation)
    {
        try
        {
            HostTlsTerms terms = await _tools.Tls.TermsForAsync(key, host, settings, cancellation);
            return terms.Problem.Length > 0 ? HostTlsTerms.None : terms;
        }
        catch (TlsFileException)
        {
            return HostTlsTerms.None;
        }
    }

    private static async Task<string> TryTlsAsync(PeerConnection peer)
    {
        if (await peer.HelloAsync() is not { IsPositive: true })
        {
            return peer.Lost ? peer.LossReason : "it does not take EHLO";
        }

        if (!peer.Extensions.Has(SmtpExtension.StartTls))
        {
            return peer.Terms.IsRequired ? "it offers no STARTTLS: it gets no mail" : "it offers no STARTTLS: it gets mail in plain text";
        }

        TlsOutcome outcome = await peer.StartTlsAsync();
        return outcome.End == TlsEnd.Secured
            ? $"{peer.Connection.TlsProtocol} with {peer.Connection.TlsCipher}{(outcome.Fault is { } fault ? $"; {TlsFaultWords.Of(fault, peer.Shown)}" : "")}"
            : $"{outcome.Problem}: {(peer.Terms.IsRequired ? "it gets no mail" : "it gets mail in plain text")}";
    }
}
