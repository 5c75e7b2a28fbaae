// What a peer said it can do, collected from the lines of its EHLO reply (RFC 5321 section 4.1.1.1).
// Owned by one connection; a new EHLO makes a new one. Bounded: a peer that offers hundreds of keywords is believed for the first ones only.

using System.Globalization;
using System.Text;

namespace Godwit.Smtp;

/// <summary>The extensions that change how Godwit speaks.</summary>
[Flags]
public enum SmtpExtension
{
    None = 0,

    /// <summary>RFC 2920.</summary>
    Pipelining = 1,

    /// <summary>RFC 1870.</summary>
    Size = 2,

    /// <summary>RFC 6152.</summary>
    EightBitMime = 4,

    /// <summary>RFC 6531.</summary>
    SmtpUtf8 = 8,

    /// <summary>RFC 3461.</summary>
    Dsn = 16,

    /// <summary>RFC 3030.</summary>
    Chunking = 32,

    /// <summary>RFC 3207.</summary>
    StartTls = 64,
}

/// <summary>The keywords of one EHLO reply.</summary>
public sealed class SmtpExtensions
{
    /// <summary>Servers in the field offer 8 to 20 keywords; more than this is not an offer but an attempt on our memory.</summary>
    public const int MaxKeywords = 64;

    private const int MaxKeywordLength = 32;

    /// <summary>Octets of names of mechanisms: four times as many as there are mechanisms in the registry that a mail server could want.</summary>
    private const int MaxMechanisms = 1024;

    private readonly StringBuilder _keywords = new();
    private string? _text;
    private int _count;

    public SmtpExtension Offered { get; private set; }

    /// <summary>Octets the peer takes at most (RFC 1870); 0 when it names no limit.</summary>
    public long MaxSize { get; private set; }

    /// <summary>The mechanisms that AUTH offers (RFC 4954 section 3), as the peer writes them, separated by blanks; empty when it offers none.</summary>
    public string AuthMechanisms { get; private set; } = "";

    /// <summary>All keywords in the peer's order, comma separated, without their parameters: accounting's <c>dlvEsmtpAvailable</c>.</summary>
    public string Keywords => _text ??= _keywords.ToString();

    public bool Has(SmtpExtension extension) => (Offered & extension) != SmtpExtension.None;

    /// <summary>Takes one line of the reply, without its code; malformed lines are ignored as unknown keywords are.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        // "AUTH=LOGIN" is an old spelling that some servers offer beside "AUTH LOGIN".
        int end = line.IndexOfAny(" =\t"u8);
        ReadOnlySpan<byte> keyword = end < 0 ? line : line[..end];
        if (keyword.IsEmpty || keyword.Length > MaxKeywordLength || _count == MaxKeywords || !IsKeyword(keyword))
        {
            return;
        }

        Span<char> name = stackalloc char[keyword.Length];
        Ascii.ToUpper(keyword, name, out _);
        _keywords.Append(_count++ == 0 ? "" : ",").Append(name);
        _text = null;

        SmtpExtension extension = name switch
        {
            "PIPELINING" => SmtpExtension.Pipelining,
            "SIZE" => SmtpExtension.Size,
            "8BITMIME" => SmtpExtension.EightBitMime,
            "SMTPUTF8" => SmtpExtension.SmtpUtf8,
            "DSN" => SmtpExtension.Dsn,
            "CHUNKING" => SmtpExtension.Chunking,
            "STARTTLS" => SmtpExtension.StartTls,
            _ => SmtpExtension.None,
        };
        Offered |= extension;
        if (name is "AUTH" && end >= 0)
        {
            AddMechanisms(line[(end + 1)..]);
        }

        if (extension == SmtpExtension.Size && end >= 0)
        {
            MaxSize = long.TryParse(line[(end + 1)..].Trim((byte)' '), NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : 0;
        }
    }

    /// <summary>Both spellings may come, and each name its mechanisms.</summary>
    private void AddMechanisms(ReadOnlySpan<byte> names)
    {
        if (AuthMechanisms.Length + names.Length < MaxMechanisms && !names.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            AuthMechanisms = $"{AuthMechanisms} {Encoding.ASCII.GetString(names).Trim()}".Trim();
        }
    }

    private static bool IsKeyword(ReadOnlySpan<byte> keyword)
    {
        foreach (byte octet in keyword)
        {
            if (!char.IsAsciiLetterOrDigit((char)octet) && octet is not ((byte)'-' or (byte)'_' or (byte)'.'))
            {
                return false;
            }
        }

        return true;
    }
}
