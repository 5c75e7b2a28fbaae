using System.Text;

namespace Godwit.Control;

/// <summary>A file was not written, because it is no longer the one that the change was made from.</summary>
public sealed class StaleFileReport(string file) : OperatorReport
{
    public override ReportOutcome Outcome => ReportOutcome.Refused;

    public override string Message => $"{file} has changed since it was read: read it again, and change it as it is now";

    public override void WriteText(StringBuilder text) => text.Append(Message).Append('\n');
}
