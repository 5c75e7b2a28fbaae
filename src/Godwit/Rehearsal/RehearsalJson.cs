// A rehearsal's report for programs, in the envelope that the answers of all verbs have. Times are whole seconds since the start.

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Rehearsal;

/// <summary>Writes a report as JSON.</summary>
internal static class RehearsalJson
{
    public static string Of(RehearsalReport report)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("data");
            json.WriteString("config", report.ConfigFile);
            json.WriteNumber("recipients", report.Recipients);
            json.WriteNumber("domains", report.Domains);
            Seconds(json, "doneAfterSeconds", report.DoneAfter);
            json.WriteNumber("left", report.Left);
            json.WriteNumber("peakConnections", report.PeakConnections);
            json.WriteStartArray("virtualMtas");
            foreach (string virtualMta in report.VirtualMtas)
            {
                json.WriteStringValue(virtualMta);
            }

            json.WriteEndArray();
            json.WriteStartArray("sources");
            foreach (SourceReport source in report.Sources)
            {
                json.WriteStartObject();
                json.WriteString("address", source.Address);
                json.WriteNumber("peakConnections", source.PeakConnections);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("receivers");
            foreach (ReceiverReport receiver in report.Receivers)
            {
                Write(json, receiver);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteString("status", "success");
            json.WriteString("message", "");
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void Write(Utf8JsonWriter json, ReceiverReport receiver)
    {
        json.WriteStartObject();
        json.WriteString("name", receiver.Name);
        json.WriteNumber("domains", receiver.Domains);
        json.WriteNumber("recipients", receiver.Recipients);
        json.WriteNumber("delivered", receiver.Delivered);
        json.WriteNumber("bounced", receiver.Bounced);
        json.WriteNumber("expired", receiver.Expired);
        json.WriteNumber("left", receiver.Left);
        Seconds(json, "ninetyNinePercentAfterSeconds", receiver.NinetyNineAfter);
        Seconds(json, "doneAfterSeconds", receiver.DoneAfter);
        json.WriteNumber("backoffs", receiver.Backoffs);
        json.WriteNumber("deferrals", receiver.Deferrals);
        json.WriteStartArray("waits");
        foreach ((string reason, double part) in receiver.Waits)
        {
            json.WriteStartObject();
            json.WriteString("reason", reason);
            json.WriteNumber("part", Math.Round(part, 4));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("replies");
        foreach ((string reply, long count) in receiver.Replies)
        {
            json.WriteNumber(reply, count);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Seconds(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } given)
        {
            json.WriteNumber(name, Math.Ceiling(given.TotalSeconds));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
