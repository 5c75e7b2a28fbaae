using System.Text;

namespace Godwit.Control;

/// <summary><c>show precache</c>: names that are looked up ahead of time. There are none; what was looked up stays as long as DNS allows.</summary>
/// <param name="cached">Names with at least one remembered answer.</param>
internal sealed class PrecacheReport(int cached) : OperatorReport
{
    private const string Note = "Godwit looks no domain up ahead of time: precached-domains-file is not in effect.";

    public override ReportGroup ToTree() => new()
    {
        { "domain", new ReportList([]) },
        { "total", 0L },
        { "namesCached", (long)cached },
        { "note", Note },
    };

    public override void WriteText(StringBuilder text)
    {
        text.Append("Total of 0 precached domain(s).\n");
        text.Append($"{Note} {cached} name(s) are in the DNS cache.\n");
    }
}
