using System.Net;
using System.Text;

namespace Godwit.Control;

/// <summary>The addresses of this machine's interfaces.</summary>
public sealed class LocalAddressReport(IReadOnlyList<IPAddress> addresses) : OperatorReport
{
    public override ReportGroup ToTree() => new() { { "ip", new ReportList([.. addresses.Select(address => (ReportValue)address.ToString())]) } };

    public override void WriteText(StringBuilder text) => text.AppendJoin("", addresses.Select(address => address + "\n"));
}
