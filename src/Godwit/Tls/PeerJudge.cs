// Whether a certificate leads to an authority that the configuration trusts, in words. Immutable; thread safe.

using System.Security.Cryptography.X509Certificates;

namespace Godwit.Tls;

/// <summary>Judges certificates by the authorities of one file.</summary>
/// <param name="authorities">Whoever leads to one of them is trusted, also when it signed nothing but itself.</param>
/// <param name="purpose">The extended key usage that a certificate must allow: <see cref="ChainTrust.ForClients"/>.</param>
public sealed class PeerJudge(X509Certificate2Collection authorities, string purpose)
{
    /// <summary>Why a certificate is not trusted, in a few words; empty when it is.</summary>
    /// <param name="sent">What the peer sent along; may be null. <see cref="PeerCertificates.MaxOthers"/> are looked at.</param>
    /// <param name="now">The certificate must be valid then.</param>
    public string Fault(X509Certificate2 certificate, X509Certificate2Collection? sent, DateTimeOffset now)
    {
        using ChainTrust chain = ChainTrust.Build(certificate, sent ?? [], authorities, purpose, now.UtcDateTime);
        return chain.IsTrusted ? "" : Words(chain.Faults);
    }

    private static string Words(X509ChainStatusFlags flags)
    {
        const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        return flags.HasFlag(X509ChainStatusFlags.NotTimeValid) ? "it, or an authority between, has expired or is not valid yet"
            : flags.HasFlag(X509ChainStatusFlags.NotValidForUsage) ? "it is not made for this purpose (extended key usage)"
            : (flags & Untrusted) != X509ChainStatusFlags.NoError ? "no trusted authority has signed it"
            : flags.HasFlag(X509ChainStatusFlags.NotSignatureValid) ? "its signature is wrong"
            : $"{flags}";
    }
}
