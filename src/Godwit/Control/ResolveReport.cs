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

    public override ReportOutcome Outcome =>
        Dns.Status == MxStatus.Found || found.ConfiguredHosts.Count > 0 || found.IsRollup ? ReportOutcome.Done : ReportOutcome.Refused;

    public override string Message => Dns.Status == MxStatus.Found || found.IsRollup ? "" : Dns.Detail;

    public override ReportGroup ToTree() => new()
    {
        { "status", Word(Dns.Status) },
        { "host", new ReportList([.. Dns.Hosts.Select(Describe)]) },
        { "note", new ReportList([.. found.Notes.Select(note => (ReportValue)note)]) },
        { "configuredHost", new ReportList([.. found.ConfiguredHosts.Select(host => (ReportValue)host)]) },
        { "proof", new ReportList([.. found.Proofs.Select(line => (ReportValue)line)]) },
        { "connect", new ReportList([.. found.Greetings.Select(Describe)]) },
        { "packet", new ReportList([.. packets.Select(line => (ReportValue)line)]) },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (string line in packets)
        {
            text.Append(line).Append('\n');
        }

        if (!found.IsRollup)
        {
            WriteAnswer(text);
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
    }

    private void WriteAnswer(StringBuilder text)
    {
        text.Append($"status = {Word(Dns.Status)}\n");
        if (Dns.Status == MxStatus.Found)
        {
            WriteHosts(text);
        }
        else
        {
            text.Append(Dns.Detail).Append('\n');
        }
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
