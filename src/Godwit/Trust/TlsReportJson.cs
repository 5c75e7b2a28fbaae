// The report as RFC 8460 section 4.4 writes it, and the same counts as a line of the state file. Pure.

using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Godwit.Mail;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>Writes and reads counts.</summary>
internal static class TlsReportJson
{
    private const string DayForm = "yyyy-MM-dd";

    /// <summary>The report, compressed (RFC 1952).</summary>
    public static byte[] ToReport(DomainDay day, string organization, string contact, string id)
    {
        var octets = new MemoryStream();
        using (var zip = new GZipStream(octets, CompressionLevel.Optimal, leaveOpen: true))
        using (var json = new Utf8JsonWriter(zip))
        {
            json.WriteStartObject();
            json.WriteString("organization-name", organization);
            json.WriteStartObject("date-range");
            json.WriteString("start-datetime", $"{Text(day.Day)}T00:00:00Z");
            json.WriteString("end-datetime", $"{Text(day.Day)}T23:59:59Z");
            json.WriteEndObject();
            json.WriteString("contact-info", contact);
            json.WriteString("report-id", id);
            WritePolicies(json, day);
            json.WriteEndObject();
        }

        return octets.ToArray();
    }

    /// <summary>One line, for <see cref="Read"/>.</summary>
    public static string ToLine(DomainDay day)
    {
        var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets))
        {
            json.WriteStartObject();
            json.WriteString("domain", day.Domain.Text);
            json.WriteString("day", Text(day.Day));
            WriteList(json, "sent", day.Sent);
            WritePolicies(json, day);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(octets.ToArray());
    }

    /// <summary>Null for a line that is not one of ours.</summary>
    public static DomainDay? Read(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            if (!DomainName.TryParse(Word(root, "domain"), out DomainName domain)
                || !DateOnly.TryParseExact(Word(root, "day"), DayForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date))
            {
                return null;
            }

            var day = new DomainDay(domain, date);
            foreach (string sent in Words(root, "sent"))
            {
                day.NoteSent(sent);
            }

            foreach (JsonElement policy in root.GetProperty("policies").EnumerateArray())
            {
                ReadPolicy(day, policy);
            }

            return day;
        }
        catch (Exception foreign) when (foreign is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static void WritePolicies(Utf8JsonWriter json, DomainDay day)
    {
        json.WriteStartArray("policies");
        foreach (PolicyTally tally in day.Policies)
        {
            json.WriteStartObject();
            json.WriteStartObject("policy");
            json.WriteString("policy-type", tally.Policy.Kind switch { TlsPolicyKind.Tlsa => "tlsa", TlsPolicyKind.Sts => "sts", _ => "no-policy-found" });
            if (tally.Policy.Lines.Count > 0)
            {
                WriteList(json, "policy-string", tally.Policy.Lines);
            }

            json.WriteString("policy-domain", tally.Policy.Domain.Text);
            if (tally.Policy.Hosts.Count > 0)
            {
                WriteList(json, "mx-host", tally.Policy.Hosts);
            }

            json.WriteEndObject();
            json.WriteStartObject("summary");
            json.WriteNumber("total-successful-session-count", tally.Successes);
            json.WriteNumber("total-failure-session-count", tally.Failures);
            json.WriteEndObject();
            if (tally.Details.Count > 0)
            {
                WriteFailures(json, tally);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFailures(Utf8JsonWriter json, PolicyTally tally)
    {
        json.WriteStartArray("failure-details");
        foreach ((TlsFailure failure, long count) in tally.Details)
        {
            json.WriteStartObject();
            json.WriteString("result-type", failure.Type.Name());
            WriteUnlessEmpty(json, "sending-mta-ip", failure.SendingAddress);
            WriteUnlessEmpty(json, "receiving-mx-hostname", failure.ReceivingHost);
            WriteUnlessEmpty(json, "receiving-mx-helo", failure.Greeting);
            WriteUnlessEmpty(json, "receiving-ip", failure.ReceivingAddress);
            json.WriteNumber("failed-session-count", count);
            WriteUnlessEmpty(json, "failure-reason-code", failure.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void ReadPolicy(DomainDay day, JsonElement element)
    {
        JsonElement policy = element.GetProperty("policy");
        TlsPolicyKind kind = Word(policy, "policy-type") switch { "tlsa" => TlsPolicyKind.Tlsa, "sts" => TlsPolicyKind.Sts, _ => TlsPolicyKind.NoPolicyFound };
        var reported = new ReportedPolicy(kind, DomainName.Parse(Word(policy, "policy-domain")), Words(policy, "policy-string"), Words(policy, "mx-host"));
        if (day.For(reported) is not { } tally)
        {
            return;
        }

        JsonElement summary = element.GetProperty("summary");
        tally.Succeed(summary.GetProperty("total-successful-session-count").GetInt64());
        long failures = summary.GetProperty("total-failure-session-count").GetInt64();
        if (element.TryGetProperty("failure-details", out JsonElement details))
        {
            foreach (JsonElement detail in details.EnumerateArray())
            {
                string name = Word(detail, "result-type");
                var failure = new TlsFailure(
                    Array.Find(Enum.GetValues<TlsResultType>(), type => type.Name() == name),
                    Word(detail, "sending-mta-ip"),
                    Word(detail, "receiving-mx-hostname"),
                    Word(detail, "receiving-ip"),
                    Word(detail, "receiving-mx-helo"),
                    Word(detail, "failure-reason-code"));
                long count = detail.GetProperty("failed-session-count").GetInt64();
                tally.Fail(failure, count);
                failures -= count;
            }
        }

        tally.Fail(null, failures);
    }

    private static string Text(DateOnly day) => day.ToString(DayForm, CultureInfo.InvariantCulture);

    private static void WriteUnlessEmpty(Utf8JsonWriter json, string name, string text)
    {
        if (text.Length > 0)
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> items)
    {
        json.WriteStartArray(name);
        foreach (string item in items)
        {
            json.WriteStringValue(item);
        }

        json.WriteEndArray();
    }

    private static string Word(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement word) ? word.GetString() ?? "" : "";

    private static IReadOnlyList<string> Words(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement words) ? [.. words.EnumerateArray().Select(word => word.GetString() ?? "")] : [];
}
