using System.Net;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>How an attempt was made: what accounting says about the far end.</summary>
public sealed record AttemptContext
{
    /// <summary><see cref="TypeOf"/>.</summary>
    public required string DeliveryType { get; init; }

    /// <summary><c>host (ip)</c>; empty when no host was reached.</summary>
    public string Mta { get; init; } = "";

    public IPAddress? SourceAddress { get; init; }

    public IPAddress? DestinationAddress { get; init; }

    public string EsmtpAvailable { get; init; } = "";

    public string TlsProtocol { get; init; } = "";

    public string TlsCipher { get; init; } = "";

    /// <summary>The rule that said whether TLS is used: <c>none</c>, <c>opportunistic</c> and so on; empty where no host was spoken to.</summary>
    public string TlsPolicy { get; init; } = "";

    /// <summary>Whether the peer takes over RFC 3461 notifications: DSN was offered, so success is "relayed" by us without a report.</summary>
    public bool PeerSendsDsn { get; init; }

    /// <summary>What accounting calls a kind of delivery.</summary>
    public static string TypeOf(DeliveryKind kind) => kind switch
    {
        DeliveryKind.Discard => "discard",
        DeliveryKind.File => "file",
        DeliveryKind.Pipe => "pipe",
        _ => "smtp",
    };
}
