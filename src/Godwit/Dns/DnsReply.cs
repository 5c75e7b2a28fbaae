// One decoded message, and how asking for it ended. They live from the socket to the resolver and are then dropped.

namespace Godwit.Dns;

/// <summary>Reply codes the resolver treats by name (RFC 1035 section 4.1.1); any other is a failure with a number.</summary>
internal enum DnsRcode : ushort
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NoSuchName = 3,
    NotImplemented = 4,
    Refused = 5,
}

/// <summary>A well-formed reply to our question.</summary>
internal sealed class DnsReply
{
    public DnsRcode Rcode { get; set; }

    public bool IsTruncated { get; set; }

    public bool IsAuthentic { get; set; }

    /// <summary>Records of the asked type and aliases, as they came; at most <see cref="DnsMessage.MaxRecords"/>.</summary>
    public List<DnsRecord> Answers { get; } = [];

    /// <summary>Seconds, from the SOA record beside a negative answer; null without one.</summary>
    public int? NegativeTtl { get; set; }

    /// <summary>Whether the authority section names servers. Without an answer and an SOA record that means "ask them", not "there is none".</summary>
    public bool HasReferral { get; set; }

    public int Size { get; init; }

    /// <summary>Whether the server knows: anything but "yes" or "no such name" is its own trouble, and another server may know better.</summary>
    public bool IsUseful => Rcode == DnsRcode.NoSuchName || (Rcode == DnsRcode.NoError && !IsLame);

    /// <summary>The words for a log line when the reply is not useful.</summary>
    public string Trouble => Rcode switch
    {
        DnsRcode.NoError => "a referral (it does not answer recursive queries)",
        DnsRcode.FormatError => "FORMERR",
        DnsRcode.ServerFailure => "SERVFAIL",
        DnsRcode.NotImplemented => "NOTIMP",
        DnsRcode.Refused => "REFUSED",
        _ => $"reply code {(int)Rcode}",
    };

    // RFC 2308 section 2.2: NODATA has an SOA record or no authority section; servers without SOA are a referral.
    private bool IsLame => Answers.Count == 0 && HasReferral && NegativeTtl is null;
}

internal enum ExchangeOutcome : byte
{
    Answered,

    /// <summary>Silence until the deadline.</summary>
    TimedOut,

    /// <summary>The network or the host says nobody is there.</summary>
    Unreachable,

    /// <summary>It carried our id and question, but is no message.</summary>
    Malformed,

    /// <summary>Too many replies with wrong ids: somebody is guessing.</summary>
    Suspicious,
}

/// <summary>How one try with one server ended.</summary>
internal readonly record struct DnsExchange(ExchangeOutcome Outcome, DnsReply? Reply)
{
    public static readonly DnsExchange TimedOut = new(ExchangeOutcome.TimedOut, null);
    public static readonly DnsExchange Unreachable = new(ExchangeOutcome.Unreachable, null);
    public static readonly DnsExchange Malformed = new(ExchangeOutcome.Malformed, null);
    public static readonly DnsExchange Suspicious = new(ExchangeOutcome.Suspicious, null);

    public static DnsExchange Read(ReadOnlySpan<byte> message, in DnsQuestion question) =>
        DnsMessage.TryRead(message, question, out DnsReply reply) ? new(ExchangeOutcome.Answered, reply) : Malformed;

    public bool IsUseful => Outcome == ExchangeOutcome.Answered && Reply!.IsUseful;

    /// <summary>The words for a log line when nothing useful came back.</summary>
    public string Trouble => Outcome switch
    {
        ExchangeOutcome.TimedOut => "no answer",
        ExchangeOutcome.Unreachable => "connection refused",
        ExchangeOutcome.Malformed => "a malformed answer",
        ExchangeOutcome.Suspicious => "forged answers",
        _ => Reply!.Trouble,
    };
}
