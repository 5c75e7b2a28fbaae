using System.Net;

namespace Godwit.Settings;

/// <summary>One <c>smtp-listener</c>: where clients come in.</summary>
/// <param name="Source">The named source that overrides what the client's address gives; empty when none.</param>
public sealed record ListenerSettings(IPEndPoint EndPoint, string Source)
{
    /// <summary>TLS from the first octet, before the greeting (RFC 8314 section 3).</summary>
    public bool ImmediateTls { get; init; }

    /// <summary>What TLS is spoken with; without a certificate none is.</summary>
    public TlsSettings Tls { get; init; } = TlsSettings.Usual;
}
