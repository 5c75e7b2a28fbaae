// What we add to a message and take out of it on the way in: Received in front, missing Date and Message-ID behind the header, control fields out.
// Works on slices of the client's own octets; only what we write ourselves is new memory.

using System.Globalization;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Intake;

/// <summary>What the header fields told the server about the message.</summary>
public readonly record struct ControlFields(string? VirtualMta, string JobId, string EnvelopeId)
{
    /// <summary>X-Schedule; null when there is none, or an empty one.</summary>
    public DeliveryWindows? Windows { get; init; }

    /// <summary>X-DKIM-Options and X-DKIM-Key; null when there are none.</summary>
    public SigningWishes? Signing { get; init; }
}

/// <summary>Reads the control fields and rewrites the header block of one message.</summary>
internal static class MessageStamp
{
    /// <summary>RFC 3461 section 4.4: as much as an envelope id may have in MAIL, before it is written as xtext.</summary>
    internal const int MaxEnvelopeId = 100;

    /// <summary>A job's id stands in the spool and in every record of its mail: as long as the usual column of a database that collects them.</summary>
    internal const int MaxJobId = 255;

    /// <summary>
    /// Reads X-Virtual-MTA, X-Job, X-Envid and X-Schedule where the source allows them, unfolded (RFC 5322 section 2.2.3). A refusal is returned for
    /// values that cannot be used.
    /// </summary>
    /// <param name="user">Who submits; empty when nobody authenticated.</param>
    public static SmtpReply? ReadControlFields(
        HeaderBlock header, SourceSettings source, TimeZoneInfo zone, Instant now, out ControlFields fields, string user = "")
    {
        string? virtualMta = source.ProcessXVirtualMta ? Text(header, "x-virtual-mta"u8) : null;
        string jobId = WithPrefix((source.ProcessXJob ? Text(header, "x-job"u8) : null) ?? "", source.JobIdPrefix, user);
        string envelopeId = (source.ProcessXEnvId ? Text(header, "x-envid"u8) : null) ?? "";
        string schedule = (source.ProcessXSchedule ? Text(header, "x-schedule"u8) : null) ?? "";
        DeliveryWindows? windows = null;
        string? problem = JobProblem(jobId) ?? EnvelopeIdProblem(envelopeId);
        problem ??= schedule.Length == 0 ? null : ScheduleField.Read(schedule, zone, now, out windows);
        fields = new ControlFields(virtualMta, jobId, envelopeId) { Windows = windows };
        return problem is null ? null : new SmtpReply(554, $"5.6.0 {problem}");

        static string? Text(HeaderBlock header, ReadOnlySpan<byte> name) =>
            header.TryFind(name, out HeaderField field)
                ? Encoding.UTF8.GetString(header.Value(field)).Replace("\r\n", "", StringComparison.Ordinal).Replace('\t', ' ')
                : null;
    }

    /// <summary>Mail without a job stays without one.</summary>
    private static string WithPrefix(string job, string prefix, string user) =>
        job.Length == 0 || prefix.Length == 0 ? job : prefix.Replace("{auth}", user, StringComparison.OrdinalIgnoreCase) + job;

    private static string? JobProblem(string id)
    {
        foreach (char c in id)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c))
            {
                return "x-job must not contain blanks or control characters";
            }
        }

        return id.Length > MaxJobId ? $"x-job is longer than {MaxJobId} characters" : null;
    }

    /// <summary>It goes to the next host as ENVID, which takes no more than this.</summary>
    private static string? EnvelopeIdProblem(string id) =>
        id.AsSpan().ContainsAnyExceptInRange(' ', '~') ? "x-envid must consist of printable ASCII characters"
        : id.Length > MaxEnvelopeId ? $"x-envid is longer than {MaxEnvelopeId} characters"
        : null;

    /// <summary>
    /// The message's content as it is stored, in parts: our Received field, the header without the fields that go out, missing fields,
    /// then everything behind the header.
    /// </summary>
    /// <param name="keyTakenOut">There was a private key that nobody reads, which is not for the recipients.</param>
    public static List<ReadOnlyMemory<byte>> Stamp(
        ReadOnlyMemory<byte> header, List<ReadOnlyMemory<byte>> behind, bool contentEndsHere, Submission submission, MessageId id, ServerSettings server,
        out bool keyTakenOut)
    {
        SourceSettings source = submission.Source;
        var parts = new List<ReadOnlyMemory<byte>>(behind.Count + 4);
        if (submission.Stamp is { } found)
        {
            parts.Add(found.Results);
        }

        if (source.AddReceivedHeader && submission.Kind != SubmissionKind.Local)
        {
            parts.Add(Received(submission, id, server.HostName));
        }

        FieldsSeen seen = AddKeptFields(parts, header, source, server);
        keyTakenOut = seen.HasKey && !source.ProcessXDkimKey && !source.RetainXDkimKey;
        AddMissingFields(parts, source, id, server.HostName, seen.IsDated, seen.IsIdentified);

        // A message whose header runs straight into its body gets the empty line that RFC 5322 section 2.1 wants between them.
        bool hasSeparator = behind.Count > 0 && StartsWithEmptyLine(behind);
        if (!hasSeparator && (behind.Count > 0 || contentEndsHere))
        {
            parts.Add(_emptyLine);
        }

        parts.AddRange(behind);
        return parts;
    }

    private static readonly byte[] _emptyLine = "\r\n"u8.ToArray();

    private static bool StartsWithEmptyLine(List<ReadOnlyMemory<byte>> parts) =>
        parts[0].Span.StartsWith("\r\n"u8)
        || (parts.Count > 1 && parts[0].Length == 1 && parts[0].Span[0] == '\r' && parts[1].Span.StartsWith("\n"u8));

    /// <summary>What the one walk over the header has met.</summary>
    private record struct FieldsSeen(bool IsDated, bool IsIdentified, bool HasKey);

    /// <summary>Adds the header's slices between the removed fields.</summary>
    /// <param name="server">What stands behind it believes findings in its name: no field with them comes in (RFC 8601 section 5).</param>
    private static FieldsSeen AddKeptFields(
        List<ReadOnlyMemory<byte>> parts, ReadOnlyMemory<byte> header, SourceSettings source, ServerSettings server)
    {
        var block = new HeaderBlock(header.Span);
        FieldsSeen seen = default;
        int kept = 0;
        int position = 0;
        while (block.TryNext(position, out HeaderField field))
        {
            seen.IsDated |= block.IsNamed(field, "date"u8);
            seen.IsIdentified |= block.IsNamed(field, "message-id"u8);
            seen.HasKey |= SigningFields.IsKey(block, field);
            position = field.End;
            if (!GoesOut(block, field, source) && !ForgedResults.IsOurs(block, field, server))
            {
                continue;
            }

            if (field.Start > kept)
            {
                parts.Add(header[kept..field.Start]);
            }

            kept = field.End;
        }

        if (kept < header.Length)
        {
            parts.Add(header[kept..]);
            if (!header.Span.EndsWith("\r\n"u8))
            {
                parts.Add(_emptyLine); // The content ended inside a header line.
            }
        }

        return seen;
    }

    private static bool GoesOut(HeaderBlock block, HeaderField field, SourceSettings source)
    {
        if ((source.ProcessXVirtualMta && !source.RetainXVirtualMta && block.IsNamed(field, "x-virtual-mta"u8))
            || (source.ProcessXJob && !source.RetainXJob && block.IsNamed(field, "x-job"u8))
            || (source.ProcessXSchedule && !source.RetainXSchedule && block.IsNamed(field, "x-schedule"u8))
            || (source.ProcessXDkimOptions && !source.RetainXDkimOptions && SigningFields.IsOptions(block, field))
            || (!source.RetainXDkimKey && SigningFields.IsKey(block, field))
            || (source.ProcessXEnvId && block.IsNamed(field, "x-envid"u8))
            || (source.AddDateHeader == DateHeaderUse.Override && block.IsNamed(field, "date"u8)))
        {
            return true;
        }

        foreach (string name in source.RemoveHeaders)
        {
            if (Ascii.EqualsIgnoreCase(block.Octets.Slice(field.Start, field.NameLength).TrimEnd(" \t"u8), name))
            {
                return true;
            }
        }

        return false;
    }

    private static void AddMissingFields(
        List<ReadOnlyMemory<byte>> parts, SourceSettings source, MessageId id, string hostName, bool dated, bool identified)
    {
        if (source.AddDateHeader == DateHeaderUse.Override || (source.AddDateHeader == DateHeaderUse.AddMissing && !dated))
        {
            parts.Add(Encoding.ASCII.GetBytes($"Date: {DateText(id.Time)}\r\n"));
        }

        if (source.AddMessageIdHeader && !identified)
        {
            parts.Add(Encoding.ASCII.GetBytes($"Message-ID: <{id}@{hostName}>\r\n"));
        }
    }

    /// <summary>RFC 5321 section 4.4, in lines that stay below 998 octets whatever the client's name is (RFC 5321 bounds it to 255).</summary>
    private static byte[] Received(Submission submission, MessageId id, string hostName)
    {
        var text = new StringBuilder(256);
        text.Append("Received: ");
        if (!submission.Source.HideMessageSource)
        {
            text.Append(CultureInfo.InvariantCulture, $"from {submission.ClientName} ([{AddressText(submission.ClientAddress)}])\r\n        ");
        }

        string version = submission.TlsProtocol.Length > 0 ? $" ({submission.TlsProtocol})" : "";
        text.Append(CultureInfo.InvariantCulture, $"by {hostName} (Godwit) with {submission.Protocol}{version} id {id}");
        if (submission.Recipients.Count == 1)
        {
            // RFC 5321 section 7.2: with several recipients "for" would disclose them to each other.
            text.Append(CultureInfo.InvariantCulture, $"\r\n        for <{submission.Recipients[0].Address.Text}>");
        }

        if (submission.TlsCipher.Length > 0)
        {
            // RFC 8314 section 4.3: the clause for the cipher suite, behind the others.
            text.Append(CultureInfo.InvariantCulture, $"\r\n        tls {submission.TlsCipher}");
        }

        text.Append(CultureInfo.InvariantCulture, $"; {DateText(id.Time)}\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string AddressText(System.Net.IPAddress? address) =>
        address is null ? "127.0.0.1"
        : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"IPv6:{address}" : address.ToString();

    /// <summary>RFC 5322 section 3.3.</summary>
    private static string DateText(Instant time) => time.ToUtc().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
}
