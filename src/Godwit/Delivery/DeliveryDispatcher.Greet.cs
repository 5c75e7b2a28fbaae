// "resolve --connect": what each host says, and what comes of TLS and AUTH with it under the rules that a delivery would keep to. Nothing is sent but EHLO,
// STARTTLS, AUTH and QUIT; and no password where a delivery would send none.

using Godwit.Mail;
using Godwit.Queues;
using Godwit.Sasl;
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

        (HostTlsTerms terms, bool isForbidden) = await TermsAsync(host, key, settings, cancellation);
        await using var peer = new PeerConnection(connection, host, result.From, settings, _log) { Terms = terms };
        SmtpReply? greeting = await peer.GreetingAsync();
        bool isGreeted = greeting is { IsPositive: true };
        (string? tls, bool isTlsFit) = isGreeted && terms.Trust is not null ? await TryTlsAsync(peer) : (null, true);
        (string? login, bool isLetIn) = isGreeted && settings.AuthUsername.Length > 0 ? await TryLoginAsync(peer, settings, isForbidden) : (null, true);
        if (greeting is not null && !peer.Lost)
        {
            await peer.SayQuitAsync();
        }

        string said = greeting?.ToString() ?? peer.LossReason;
        return new HostGreeting(host.Text, Text(result.From with { Address = peer.SourceAddress }), said)
        {
            Tls = tls, Login = login, TakesMail = isGreeted && !isForbidden && isTlsFit && isLetIn,
        };
    }

    /// <summary>Nothing where the rule itself forbids to connect: that is told elsewhere, and the greeting is wanted all the same.</summary>
    private async Task<(HostTlsTerms Terms, bool IsForbidden)> TermsAsync(
        HostAddress host, QueueKey key, DeliverySettings settings, CancellationToken cancellation)
    {
        try
        {
            HostTlsTerms terms = await _tools.Tls.TermsForAsync(key, host, settings, cancellation);
            return terms.Problem.Length > 0 ? (HostTlsTerms.None, true) : (terms, false);
        }
        catch (TlsFileException)
        {
            return (HostTlsTerms.None, true);
        }
    }

    /// <returns>What came of it, and whether mail may go there as it is.</returns>
    private static async Task<(string Text, bool IsFit)> TryTlsAsync(PeerConnection peer)
    {
        if (await peer.HelloAsync() is not { IsPositive: true })
        {
            return (peer.Lost ? peer.LossReason : "it does not take EHLO", false);
        }

        bool isPlainFit = !peer.Terms.IsRequired;
        string without = isPlainFit ? "it gets mail in plain text" : "it gets no mail";
        if (!peer.Extensions.Has(SmtpExtension.StartTls))
        {
            return ($"it offers no STARTTLS: {without}", isPlainFit);
        }

        TlsOutcome outcome = await peer.StartTlsAsync();
        string flaw = outcome.Fault is { } fault ? $"; {TlsFaultWords.Of(fault, peer.Shown)}" : "";
        return outcome.End == TlsEnd.Secured
            ? ($"{peer.Connection.TlsProtocol} with {peer.Connection.TlsCipher}{flaw}", true)
            : ($"{outcome.Problem}: {without}", isPlainFit);
    }

    /// <summary>Logs in as a delivery would, with what is left of the connection.</summary>
    /// <param name="isForbidden">A delivery would not even connect.</param>
    /// <returns>What came of it, and whether we are in.</returns>
    private static async Task<(string Text, bool IsIn)> TryLoginAsync(PeerConnection peer, DeliverySettings settings, bool isForbidden)
    {
        if (isForbidden)
        {
            return ("not tried, for the host gets no mail now", false);
        }

        if (peer.Lost)
        {
            string again = peer.Terms.IsRequired ? "" : "; a delivery would connect again, in plain text";
            return ($"not tried, for the connection is over{again}", false);
        }

        if (peer.Terms.IsRequired && !peer.IsEncrypted)
        {
            return ("not tried without TLS, which is required", false);
        }

        // What the host offered before TLS does not count.
        if (await peer.HelloAsync() is not { IsPositive: true })
        {
            return (peer.Lost ? $"not tried: {peer.LossReason}" : "not tried: it does not take EHLO", false);
        }

        string offered = peer.Extensions.AuthMechanisms;
        var login = new PeerLogin(peer, settings);
        SmtpReply? refusal = await login.RunAsync();
        string offer = $"it offers {(offered.Length > 0 ? offered : "nothing")}";
        string taken = login.Mechanism == SaslMechanism.None ? "" : $"; {SaslMechanisms.Name(login.Mechanism)} is taken";
        string end = refusal is null ? $"logged in as {settings.AuthUsername}" : refusal.Text[(refusal.Status.ToString().Length + 1)..];
        return ($"{offer}{taken}; {end}", refusal is null);
    }
}
