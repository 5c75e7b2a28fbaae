using System.Text;
using Godwit.Control;

namespace Godwit.Web;

/// <summary>What a command line must know before it may change something.</summary>
internal sealed class ControlReport(string tokenFile) : OperatorReport
{
    public override ReportGroup ToTree() => new()
    {
        { "tokenFile", tokenFile },
        { "version", VersionReport.Number },
    };

    public override void WriteText(StringBuilder text) => text.Append(tokenFile).Append('\n');
}
