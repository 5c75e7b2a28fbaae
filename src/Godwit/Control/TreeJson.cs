// A report's tree as JSON, in PowerMTA's envelope: {"data":{...},"status":"success","message":""}. Numbers and booleans are JSON's own.

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Control;

internal static class TreeJson
{
    // The relaxed encoder leaves quotes in replies readable; the output is never placed inside a page.
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes UTF-8.</summary>
    /// <param name="data">What stands in the envelope: the report's tree, or its text.</param>
    public static ReadOnlyMemory<byte> Write(ReportValue data, OperatorReport report)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, _options))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("data"u8);
            Write(writer, data);
            writer.WriteString("status"u8, report.Outcome == ReportOutcome.Done ? "success"u8 : "error"u8);
            writer.WriteString("message"u8, report.Message);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, ReportValue value)
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
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case ReportGroup group:
                writer.WriteStartObject();
                foreach ((string name, ReportValue member) in group)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member);
                }

                writer.WriteEndObject();
                break;
            default:
                throw new InvalidOperationException($"a report cannot hold a {value.GetType().Name}");
        }
    }
}
