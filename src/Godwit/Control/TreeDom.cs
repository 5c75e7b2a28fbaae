// A report's tree as lines that scripts cut: the whole path, an equals sign, the value in quotes, one value a line: queue[0].event[1].text="...".
// Yes is "yes" and no is "no". A sentence stands in message="...", or in error="..." when something was refused. A value never ends its line nor its
// quotes early: what could is written with a backslash, which PowerMTA does not do.

using System.Globalization;
using System.Text;

namespace Godwit.Control;

internal static class TreeDom
{
    /// <summary>Writes UTF-8.</summary>
    public static ReadOnlyMemory<byte> Write(OperatorReport report)
    {
        var lines = new StringBuilder();
        foreach ((string name, ReportValue value) in report.ToTree())
        {
            Write(lines, name, value);
        }

        if (report.Message.Length > 0)
        {
            Write(lines, report.Outcome == ReportOutcome.Done ? "message" : "error", report.Message);
        }

        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    private static void Write(StringBuilder lines, string path, ReportValue value)
    {
        switch (value)
        {
            case ReportText text:
                lines.Append(path).Append("=\"");
                Escape(lines, text.Value);
                lines.Append("\"\n");
                break;
            case ReportNumber number:
                lines.Append(path).Append("=\"").Append(number.Value.ToString(CultureInfo.InvariantCulture)).Append("\"\n");
                break;
            case ReportFlag flag:
                lines.Append(path).Append(flag.Value ? "=\"yes\"\n" : "=\"no\"\n");
                break;
            case ReportList list:
                for (int i = 0; i < list.Items.Count; i++)
                {
                    Write(lines, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), list.Items[i]);
                }

                break;
            case ReportGroup group:
                foreach ((string name, ReportValue member) in group)
                {
                    Write(lines, $"{path}.{name}", member);
                }

                break;
            default:
                throw new InvalidOperationException($"a report cannot hold a {value.GetType().Name}");
        }
    }

    private static void Escape(StringBuilder lines, string text)
    {
        foreach (char c in text)
        {
            switch (c)
            {
                case '"' or '\\':
                    lines.Append('\\').Append(c);
                    break;
                case '\n':
                    lines.Append(@"\n");
                    break;
                case '\r':
                    lines.Append(@"\r");
                    break;
                case '\t':
                    lines.Append(@"\t");
                    break;
                case '\u2028' or '\u2029':
                case var _ when char.IsControl(c):
                    // Python's splitlines ends a line at the first two, a terminal acts on the others.
                    lines.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    lines.Append(c);
                    break;
            }
        }
    }
}
