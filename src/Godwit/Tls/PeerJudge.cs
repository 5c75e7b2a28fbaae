// Whether a certificate leads to an authority that the configuration trusts. Immutable; thread safe. Nothing is fetched: neither missing authorities nor lists
// of what was revoked, for a peer must not make us open connections.

using System.Security.Cryptography.X509Certificates;

namespace Godwit.Tls;

/// <summary>Judges certificates by the authorities of one file.</summary>
/// <param name="authorities">Whoever leads to one of them is trusted, also when it signed nothing but itself.</param>
/// <param name="purpose">The extended key usage that a certificate must allow, as an object identifier (RFC 5280 section 4.2.1.12).</param>
public sealed class PeerJudge(X509Certificate2Collection authorities, string purpose)
{
    /// <summary>id-kp-serverAuth.</summary>
    public const string Server = "1.3.6.1.5.5.7.3.1";

    /// <summary>id-kp-clientAuth.</summary>
    public const string Client = "1.3.6.1.5.5.7.3.2";

    /// <summary>Names of authorities that a server may send, so that clients know which of their certificates to show.</summary>
    public X509Certificate2Collection Authorities => authorities;

    /// <summary>For an option's <c>CertificateChainPolicy</c>, or to build a chain with.</summary>
    public X509ChainPolicy NewPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(purpose));
        return policy;
    }

    /// <summary>Why a certificate is not trusted, in a few words; empty when it is.</summary>
    /// <param name="sent">What the peer sent along; may be null.</param>
    /// <param name="now">The certificate must be valid then.</param>
    public string Fault(X509Certificate2 certificate, X509Certificate2Collection? sent, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = NewPolicy() };
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent);
        }

        return chain.Build(certificate) ? "" : Words(chain.ChainStatus);
    }

    private static string Words(X509ChainStatus[] found)
    {
        X509ChainStatusFlags flags = found.Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status);
        return flags.HasFlag(X509ChainStatusFlags.NotTimeValid) ? "it, or an authority between, has expired or is not valid yet"
            : flags.HasFlag(X509ChainStatusFlags.NotValidForUsage) ? "it is not made for this purpose (extended key usage)"
            : (flags & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != X509ChainStatusFlags.NoError
                ? "no trusted authority has signed it"
            : flags.HasFlag(X509ChainStatusFlags.NotSignatureValid) ? "its signature is wrong"
            : $"{flags}";
    }
}
