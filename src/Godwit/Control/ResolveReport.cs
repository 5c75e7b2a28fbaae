// "resolve": the hosts of a destination as a delivery would find them.

using System.Text;
using Godwit.Dns;

namespace Godwit.Control;

/// <summary>What DNS says about a destination's mail.</summary>
internal sealed class ResolveReport(MxAnswer answer) : OperatorReport
{
    public override ReportOutcome Outcome => answer.Status == MxStatus.Found ? ReportOutcome.Done : ReportOutcome.Refused;

    public override string Message => answer.Status == MxStatus.Found ? "" : answer.Detail;

    public override ReportGroup ToTree() => new()
    {
        { "status", Word(answer.Status) },
        { "host", new ReportList([.. answer.Hosts.Select(Describe)]) },
    };

    public override void WriteText(StringBuilder text)
    {
        text.Append($"status = {Word(answer.Status)}\n");
        if (answer.Status != MxStatus.Found)
        {
            text.Append(answer.Detail).Append('\n');
            return;
        }

        int width = Math.Max("host name".Length, answer.Hosts.Max(host => host.Name.Text.Length));
        text.Append(" pref ").Append("host name".PadRight(width)).Append("  IP addresses\n");
        foreach (MailHost host in answer.Hosts)
        {
            text.Append($"{host.Preference,5} {host.Name.Text.PadRight(width)}  {string.Join(", ", host.Addresses)}\n");
        }
    }

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
