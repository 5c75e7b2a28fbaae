// From report to bytes: the one place that knows the output formats. Text is PowerMTA's layout, JSON its envelope.

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Control;

/// <summary>The forms a report can be written in.</summary>
public enum ReportFormat : byte
{
    Text,
    Json,
}

public static class ReportFormats
{
    // The relaxed encoder leaves quotes in replies readable; the output is never placed inside a page.
    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a format's name; an empty name is <paramref name="whenEmpty"/>. False for a name that this version cannot write.</summary>
    public static bool TryParse(string? name, ReportFormat whenEmpty, out ReportFormat format)
    {
        format = name switch
        {
            null or "" => whenEmpty,
            "json" => ReportFormat.Json,
            _ => ReportFormat.Text,
        };
        return name is null or "" or "text" or "json";
    }

    public static string ContentType(this ReportFormat format) =>
        format == ReportFormat.Json ? "application/json; charset=utf-8" : "text/plain; charset=utf-8";

    /// <summary>Writes a report as UTF-8.</summary>
    public static ReadOnlyMemory<byte> Write(this OperatorReport report, ReportFormat format) =>
        format == ReportFormat.Json ? Json(report) : Encoding.UTF8.GetBytes(Text(report));

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

    private static ReadOnlyMemory<byte> Json(OperatorReport report)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, _json))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("data"u8);
            WriteJson(writer, report.ToTree());
            writer.WriteString("status"u8, report.Outcome == ReportOutcome.Done ? "success"u8 : "error"u8);
            writer.WriteString("message"u8, report.Message);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteJson(Utf8JsonWriter writer, ReportValue value)
    {
        switch (value)
        {
            case ReportText text:
                writer.WriteStringValue(text.Value);
                break;
            case ReportNumber number:
                writer.WriteNumberValue(number.Value);
                break;
            case ReportFlag flag:
                writer.WriteBooleanValue(flag.Value);
                break;
            case ReportList list:
                writer.WriteStartArray();
                foreach (ReportValue item in list.Items)
                {
                    WriteJson(writer, item);
                }

                writer.WriteEndArray();
                break;
            case ReportGroup group:
                writer.WriteStartObject();
                foreach ((string name, ReportValue member) in group)
                {
                    writer.WritePropertyName(name);
                    WriteJson(writer, member);
                }

                writer.WriteEndObject();
                break;
            default:
                throw new InvalidOperationException($"a report cannot hold a {value.GetType().Name}");
        }
    }
}
