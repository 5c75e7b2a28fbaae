// Reads one reply at a time from a peer, however it is cut into packets and however long the peer would like it to be.
// Owned by one connection. Everything is bounded; a reply beyond a bound, or one that is no reply, leaves the connection unusable and says why.

using System.Runtime.CompilerServices;
using System.Text;
using Godwit.Mail;

namespace Godwit.Smtp;

/// <summary>How the reading of a reply ended.</summary>
public enum SmtpReplyStatus : byte
{
    Ok,

    /// <summary>The peer closed or reset the connection.</summary>
    Closed,

    /// <summary>The peer did not answer in time.</summary>
    TimedOut,

    /// <summary>What came is no reply; the connection cannot be used any more.</summary>
    Broken,
}

/// <summary>One reply, or why there is none.</summary>
/// <param name="Reply">Set when the status is Ok, else null.</param>
/// <param name="Problem">For Broken: what was wrong.</param>
public readonly record struct SmtpReplyRead(SmtpReplyStatus Status, SmtpReply? Reply, string Problem);

/// <summary>Reads replies (RFC 5321 section 4.2). Not thread safe.</summary>
public sealed class SmtpReplyReader(SmtpConnection connection)
{
    /// <summary>RFC 5321 section 4.5.3.1.5 allows 512 octets; servers with long explanations exceed it.</summary>
    public const int MaxLineOctets = 2048;

    /// <summary>The longest EHLO replies in the field have about 20 lines, the longest policy refusals about 10.</summary>
    public const int MaxLines = 100;

    /// <summary>All lines of one reply: what one connection may make us hold.</summary>
    public const int MaxReplyOctets = 16 * 1024;

    private const string SpeaksTls =
        "the host speaks TLS from the first octet, as on port 465; mail is brought in plain text with STARTTLS: use its port 25 or 587";

    private readonly RepeatedReplies _repeated = new();

    /// <summary>
    /// Reads the next reply. <paramref name="timeout"/> holds for the first line and for each further one.
    /// Lines behind the first also go to <paramref name="extensions"/>, when given.
    /// </summary>
    public ValueTask<SmtpReplyRead> ReadAsync(TimeSpan timeout, SmtpExtensions? extensions = null)
    {
        // Fast: the whole of a one-line reply is here already.
        ReadOnlySpan<byte> buffered = connection.Buffered;
        int end = buffered.IndexOf((byte)'\n');
        if (end >= 4 && end < MaxLineOctets && buffered[3] == ' ' && extensions is null)
        {
            SmtpReplyRead read = OneLine(TrimEnd(buffered[..end]));
            connection.Consume(end + 1);
            return new ValueTask<SmtpReplyRead>(read);
        }

        return ReadLinesAsync(timeout, extensions);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpReplyRead> ReadLinesAsync(TimeSpan timeout, SmtpExtensions? extensions)
    {
        StringBuilder? text = null;
        int code = 0;
        int octets = 0;
        for (int lines = 1; ; lines++)
        {
            connection.SetDeadline(timeout);
            int length;
            while ((length = connection.Buffered.IndexOf((byte)'\n') + 1) == 0)
            {
                SmtpReadStatus status = connection.Buffered.Length >= MaxLineOctets ? SmtpReadStatus.TooLong : await connection.ReadMoreAsync();
                if (status != SmtpReadStatus.Ok)
                {
                    return TlsRecord.Begins(connection.Buffered) ? Broken(SpeaksTls) : Failed(status);
                }
            }

            octets += length;
            if (length > MaxLineOctets)
            {
                return Failed(SmtpReadStatus.TooLong);
            }

            if (lines > MaxLines || octets > MaxReplyOctets)
            {
                return Broken($"a reply of more than {MaxLines} lines or {MaxReplyOctets} octets");
            }

            SmtpReplyRead? finished = TakeLine(TrimEnd(connection.Buffered[..length]), ref code, ref text, extensions);
            connection.Consume(length);
            if (finished is { } read)
            {
                return read;
            }
        }
    }

    /// <summary>Takes one line; returns the reply when it was the last one, or what was wrong with it.</summary>
    private SmtpReplyRead? TakeLine(ReadOnlySpan<byte> line, ref int code, ref StringBuilder? text, SmtpExtensions? extensions)
    {
        bool more = line.Length > 3 && line[3] == '-';
        if (code == 0 && !more)
        {
            return OneLine(line);
        }

        if (!TryReadCode(line, out int lineCode))
        {
            return NoReply(line);
        }

        if (code != 0 && code != lineCode)
        {
            // RFC 5321 section 4.2.1: all lines carry the same code.
            return Broken($"a reply that changes its code from {code} to {lineCode}");
        }

        ReadOnlySpan<byte> words = line.Length > 4 ? line[4..] : default;
        if (code != 0)
        {
            extensions?.Add(words);
        }

        code = lineCode;
        Join(text ??= new StringBuilder(), Decode(words));
        return more ? null : new SmtpReplyRead(SmtpReplyStatus.Ok, new SmtpReply(code, text.ToString()), "");
    }

    private SmtpReplyRead OneLine(ReadOnlySpan<byte> line)
    {
        if (_repeated.Find(line) is { } known)
        {
            return new SmtpReplyRead(SmtpReplyStatus.Ok, known, "");
        }

        if (!TryReadCode(line, out int code))
        {
            return NoReply(line);
        }

        var reply = new SmtpReply(code, line.Length > 4 ? Decode(line[4..]) : "");
        _repeated.Remember(line, reply);
        return new SmtpReplyRead(SmtpReplyStatus.Ok, reply, "");
    }

    /// <summary>Appends a line's words. RFC 2034 section 4 repeats the enhanced status on every line: once is enough to read.</summary>
    private static void Join(StringBuilder text, string words)
    {
        ReadOnlySpan<char> rest = words;
        if (text.Length > 0 && EnhancedStatus.TryParse(rest, out _, out int length)
            && text.Length > length && text.ToString(0, length).AsSpan().SequenceEqual(rest[..length]))
        {
            rest = rest[length..].TrimStart();
        }

        if (rest.Length > 0)
        {
            text.Append(text.Length == 0 ? "" : " ").Append(rest);
        }
    }

    /// <summary>Three digits from 200 to 599, then a blank, a hyphen or nothing. RFC 5321 section 4.2: no reply begins with 1.</summary>
    private static bool TryReadCode(ReadOnlySpan<byte> line, out int code)
    {
        code = 0;
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5' || !char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2])
            || (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-')))
        {
            return false;
        }

        code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
        return true;
    }

    /// <summary>Text without control characters: it goes to logs, to accounting and into bounce messages.</summary>
    private static string Decode(ReadOnlySpan<byte> octets)
    {
        if (!octets.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return Encoding.ASCII.GetString(octets);
        }

        string text = Encoding.UTF8.GetString(octets);
        return string.Create(text.Length, text, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
    }

    // A bare LF ends a line here as CRLF does: on this side leniency hides nothing, and a few old hosts write it.
    private static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> line) => line.TrimEnd(" \r\n\t"u8);

    private static SmtpReplyRead NoReply(ReadOnlySpan<byte> line) =>
        Broken(TlsRecord.Begins(line) ? SpeaksTls : $"a line that is no reply: {Decode(line[..Math.Min(line.Length, 64)])}");

    private static SmtpReplyRead Broken(string problem) => new(SmtpReplyStatus.Broken, null, problem);

    private static SmtpReplyRead Failed(SmtpReadStatus status) => status switch
    {
        SmtpReadStatus.TimedOut => new(SmtpReplyStatus.TimedOut, null, ""),
        SmtpReadStatus.TooLong => Broken($"a reply line of more than {MaxLineOctets} octets"),
        _ => new(SmtpReplyStatus.Closed, null, ""),
    };

    /// <summary>
    /// The last few short replies. "250 2.1.0 Ok" comes a thousand times on a reused connection; finding it again is cheaper than making it again.
    /// </summary>
    private sealed class RepeatedReplies
    {
        private const int Count = 4;
        private const int MaxOctets = 64;

        private readonly byte[] _octets = new byte[Count * MaxOctets];
        private readonly int[] _lengths = new int[Count];
        private readonly SmtpReply?[] _replies = new SmtpReply?[Count];
        private int _next;

        public SmtpReply? Find(ReadOnlySpan<byte> line)
        {
            for (int i = 0; i < Count; i++)
            {
                if (_lengths[i] == line.Length && _replies[i] is { } reply && line.SequenceEqual(_octets.AsSpan(i * MaxOctets, line.Length)))
                {
                    return reply;
                }
            }

            return null;
        }

        public void Remember(ReadOnlySpan<byte> line, SmtpReply reply)
        {
            if (line.Length <= MaxOctets)
            {
                line.CopyTo(_octets.AsSpan(_next * MaxOctets));
                _lengths[_next] = line.Length;
                _replies[_next] = reply;
                _next = (_next + 1) % Count;
            }
        }
    }
}
