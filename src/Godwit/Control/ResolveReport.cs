// "resolve": the hosts of a destination as a delivery would find them, and what the configuration makes of them.

using System.Text;
using Godwit.Delivery;
using Godwit.Dns;

namespace Godwit.Control;

/// <summary>Where a destination's mail goes.</summary>
/// <param name="packets">Lines about what passed between us and the name servers; empty when nobody asked for them.</param>
internal sealed class ResolveReport(ResolvedDestination found, IReadOnlyList<string> packets) : OperatorReport
{
    private MxAnswer Dns => found.Answer;

    /// <summary>Whether mail can go now: where hosts were connected to, by what came of it.</summary>
    public override ReportOutcome Outcome => Obstacle.Length == 0 ? ReportOutcome.Done : ReportOutcome.Refused;

    public override string Message => Obstacle;

    private string Obstacle =>
        found.LacksHosts ? "no address of the hosts that smtp-hosts names is known"
        : found.DnsDecides && Dns.Status != MxStatus.Found ? Dns.Detail
        : found.Greetings.Count > 0 && !found.Greetings.Any(each => each.TakesMail)
            ? $"none of these hosts takes mail from here now ({found.Greetings.Count} tried)"
        : "";

    /// <summary>Of the way that the mail takes; what DNS says where that does not matter stands apart.</summary>
    private string Status => found.LacksHosts ? "StatusNoHosts" : found.DnsDecides ? Word(Dns.Status) : Word(MxStatus.Found);

    public override ReportGroup ToTree() => new()
    {
        { "status", Status },
        { "host", new ReportList([.. Dns.Hosts.Select(Describe)]) },
        { "note", new ReportList([.. found.Notes.Select(note => (ReportValue)note)]) },
        { "configuredHost", new ReportList([.. found.ConfiguredHosts.Select(host => (ReportValue)host)]) },
        { "proof", new ReportList([.. found.Proofs.Select(line => (ReportValue)line)]) },
        { "connect", new ReportList([.. found.Greetings.Select(Describe)]) },
        { "packet", new ReportList([.. packets.Select(line => (ReportValue)line)]) },
        { "dnsStatus", Word(Dns.Status) },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (string line in packets)
        {
            text.Append(line).Append('\n');
        }

        if (!found.IsRollup)
        {
            text.Append($"status = {Status}\n");
        }

        // Where the configuration decides, what DNS does not know is not worth a word.
        if (Dns.Status == MxStatus.Found && !found.IsRollup)
        {
            WriteHosts(text);
        }
        else if (found.DnsDecides)
        {
            text.Append(Dns.Detail).Append('\n');
        }

        foreach (string note in found.Notes)
        {
            text.Append(note).Append('\n');
        }

        foreach (string host in found.ConfiguredHosts)
        {
            text.Append("  ").Append(host).Append('\n');
        }

        foreach (string proof in found.Proofs)
        {
            text.Append(proof).Append('\n');
        }

        foreach (HostGreeting each in found.Greetings)
        {
            text.Append($"connecting to {each.Host}{(each.From.Length > 0 ? $" from {each.From}" : "")}: {each.Text}\n");
            text.Append(each.Tls is { } tls ? $"  TLS: {tls}\n" : "");
            text.Append(each.Login is { } login ? $"  AUTH: {login}\n" : "");
        }

        text.Append(Obstacle.Length > 0 && Obstacle != Dns.Detail ? $"{Obstacle}\n" : "");
    }

    private void WriteHosts(StringBuilder text)
    {
        int width = Math.Max("host name".Length, Dns.Hosts.Max(host => host.Name.Text.Length));
        text.Append(" pref ").Append("host name".PadRight(width)).Append("  IP addresses\n");
        foreach (MailHost host in Dns.Hosts)
        {
            text.Append($"{host.Preference,5} {host.Name.Text.PadRight(width)}  {string.Join(", ", host.Addresses)}\n");
        }
    }

    private static ReportGroup Describe(HostGreeting each) => new()
    {
        { "host", each.Host },
        { "from", each.From },
        { "text", each.Text },
        { "tls", each.Tls ?? "" },
        { "auth", each.Login ?? "" },
        { "takesMail", each.TakesMail },
    };

    private static ReportGroup Describe(MailHost host) => new()
    {
        { "pref", (long)host.Preference },
        { "name", host.Name.Text },
        { "ip", new ReportList([.. host.Addresses.Select(address => (ReportValue)address.ToString())]) },
    };

    private static string Word(MxStatus status) => status switch
    {
        MxStatus.Found => "StatusOk",
        MxStatus.NullMx => "StatusDnsNullMx",
        MxStatus.NoSuchDomain => "StatusDnsNoSuchDomain",
        MxStatus.NoHosts => "StatusDnsNoHosts",
        _ => "StatusDnsQueryFailed",
    };
}
