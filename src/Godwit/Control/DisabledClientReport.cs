using System.Text;
using Godwit.Reception;

namespace Godwit.Control;

/// <summary><c>show disabled clients</c>: whom smtp-max-auth-failure-rate keeps out, since when and until when.</summary>
internal sealed class DisabledClientReport(IReadOnlyList<ShutOutClient> clients, int maxItems) : OperatorReport
{
    public override ReportGroup ToTree() => new()
    {
        { "client", new ReportList([.. clients.Take(maxItems).Select(Describe)]) },
        { "total", (long)clients.Count },
    };

    public override void WriteText(StringBuilder text)
    {
        text.Append("client address                          until                first failure        failures\n");
        foreach (ShutOutClient client in clients.Take(maxItems))
        {
            text.Append($"{client.Name,-39} {ReportNumbers.Time(client.Until),-20} {ReportNumbers.Time(client.Since),-20} {client.Failures,8}\n");
        }

        text.Append($"{Math.Min(clients.Count, maxItems)} of {clients.Count} disabled clients (smtp-max-auth-failure-rate).\n");
    }

    private static ReportGroup Describe(ShutOutClient client) => new()
    {
        { "ip", client.Name },
        { "until", ReportNumbers.Time(client.Until) },
        { "since", ReportNumbers.Time(client.Since) },
        { "failures", client.Failures },
    };
}
