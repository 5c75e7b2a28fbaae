// One fate, as it is written to the accounting files: delivered, bounced, deferred, queue error, received.
// A plain carrier of values; AccountingColumns knows their names and forms.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Accounting;

public enum AccountingType : byte
{
    /// <summary>d: delivered, relayed, discarded.</summary>
    Delivered,

    /// <summary>b: bounced by us after a peer's refusal or by age.</summary>
    Bounced,

    /// <summary>t: a recipient's temporary failure.</summary>
    Transient,

    /// <summary>tq: a queue's temporary failure; no recipient belongs to it.</summary>
    TransientQueue,

    /// <summary>r: received.</summary>
    Received,
}

/// <summary>One accounting record. Members without meaning for a type keep their defaults and print empty.</summary>
public sealed record AccountingRecord
{
    public required AccountingType Type { get; init; }

    public required Instant TimeLogged { get; init; }

    /// <summary>Null for <c>tq</c>.</summary>
    public Envelope? Envelope { get; init; }

    /// <summary>Null for <c>tq</c>.</summary>
    public EnvelopeRecipient? Recipient { get; init; }

    /// <summary>relayed, delivered, failed, delayed.</summary>
    public string DsnAction { get; init; } = "";

    public EnhancedStatus DsnStatus { get; init; }

    /// <summary><c>smtp;550 5.1.1 ...</c></summary>
    public string DsnDiagnostic { get; init; } = "";

    /// <summary><c>host (ip)</c> of the peer.</summary>
    public string DsnMta { get; init; } = "";

    public string BounceCategory { get; init; } = "";

    /// <summary>smtp, discard, file or pipe.</summary>
    public string DeliveryType { get; init; } = "";

    public IPAddress? DeliverySourceAddress { get; init; }

    public IPAddress? DeliveryDestinationAddress { get; init; }

    /// <summary>EHLO keywords the peer offered, comma separated.</summary>
    public string EsmtpAvailable { get; init; } = "";

    /// <summary>Octets sent; 0 prints empty.</summary>
    public long DeliverySize { get; init; }

    /// <summary>Of the connection that the record is about: the one to the host, or for what was received the client's. Empty without TLS.</summary>
    public string TlsProtocol { get; init; } = "";

    public string TlsCipher { get; init; } = "";

    /// <summary>The rule that said whether TLS is used.</summary>
    public string TlsPolicy { get; init; } = "";

    /// <summary><c>destination/vmta</c>.</summary>
    public string Queue { get; init; } = "";

    public string VirtualMta { get; init; } = "";

    public string Pool { get; init; } = "";

    /// <summary>Header fields of the message, where a file has columns for them; null otherwise, and for <c>tq</c>.</summary>
    public RecordedHeader? Header { get; init; }

    /// <summary>Octets of content, for <c>r</c>.</summary>
    public long MessageSize { get; init; }
}
