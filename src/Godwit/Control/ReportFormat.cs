// From report to bytes: which formats there are, by which names they are asked for, and who writes each. Text is PowerMTA's layout.

using System.Text;

namespace Godwit.Control;

/// <summary>The forms a report can be written in.</summary>
public enum ReportFormat : byte
{
    Text,
    Json,
    Xml,

    /// <summary><c>path.to.name="value"</c>, a line each.</summary>
    Dom,

    /// <summary>The text in JSON's envelope.</summary>
    JsonText,

    /// <summary>The text in XML's envelope.</summary>
    XmlText,
}

public static class ReportFormats
{
    /// <summary>What can be asked for, as a sentence lists it.</summary>
    public const string Names = "text, json, xml, dom, json-text and xml-text";

    /// <summary>Reads a format's name; an empty name is <paramref name="whenEmpty"/>. False for a name that is none of <see cref="Names"/>.</summary>
    public static bool TryParse(string? name, ReportFormat whenEmpty, out ReportFormat format)
    {
        (bool known, format) = name switch
        {
            null or "" => (true, whenEmpty),
            "text" => (true, ReportFormat.Text),
            "json" => (true, ReportFormat.Json),
            "xml" => (true, ReportFormat.Xml),
            "dom" => (true, ReportFormat.Dom),
            "json-text" => (true, ReportFormat.JsonText),
            "xml-text" => (true, ReportFormat.XmlText),
            _ => (false, ReportFormat.Text),
        };
        return known;
    }

    public static string ContentType(this ReportFormat format) => format switch
    {
        ReportFormat.Json or ReportFormat.JsonText => "application/json; charset=utf-8",
        ReportFormat.Xml or ReportFormat.XmlText => "application/xml; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };

    /// <summary>Writes a report as UTF-8.</summary>
    public static ReadOnlyMemory<byte> Write(this OperatorReport report, ReportFormat format) => format switch
    {
        ReportFormat.Json => TreeJson.Write(report.ToTree(), report),
        ReportFormat.JsonText => TreeJson.Write(Text(report), report),
        ReportFormat.Xml => TreeXml.Write(report.ToTree(), report),
        ReportFormat.XmlText => TreeXml.Write(Text(report), report),
        ReportFormat.Dom => TreeDom.Write(report),
        _ => Encoding.UTF8.GetBytes(Text(report)),
    };

    public static string Text(OperatorReport report)
    {
        var text = new StringBuilder();
        report.WriteText(text);
        return Printable(text);
    }

    /// <summary>
    /// A peer's reply may carry terminal escapes: no control character but the tab reaches the operator's screen. Looked at in one piece, because finding
    /// a character in a long builder takes the longer the farther away it is.
    /// </summary>
    private static string Printable(StringBuilder text) => string.Create(text.Length, text, static (shown, from) =>
    {
        from.CopyTo(0, shown, from.Length);
        foreach (ref char c in shown)
        {
            c = char.IsControl(c) && c is not ('\n' or '\t') ? '?' : c;
        }
    });
}
