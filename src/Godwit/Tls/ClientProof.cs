using System.Security.Cryptography.X509Certificates;

namespace Godwit.Tls;

/// <summary>
/// The certificate that a client showed in its handshake. It has the key to it, or there would be no connection; that alone proves nothing about who it is.
/// </summary>
/// <param name="Certificate">Null when it showed none.</param>
/// <param name="Fault">Why the configured authorities do not vouch for it, in a few words; empty when they do.</param>
public sealed record ClientProof(X509Certificate2? Certificate, string Fault)
{
    public static ClientProof None { get; } = new(null, "no certificate was shown");

    /// <summary>An authority that the configuration names has signed it, for a client, and it is valid now.</summary>
    public bool IsVerified => Certificate is not null && Fault.Length == 0;

    /// <summary>Whether it is verified and this very certificate.</summary>
    public bool Is(X509Certificate2 other) => IsVerified && Certificate!.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);
}
