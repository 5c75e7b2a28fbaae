// Whether a chain of certificates leads to an authority and speaks of the right name (RFC 5280, RFC 9525). Pure: nothing is downloaded, no revocation list
// asked for; a handshake must not wait for third parties.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>Judges certificates by authorities.</summary>
internal static class CertificateTrust
{
    /// <summary>id-kp-serverAuth.</summary>
    private static readonly Oid _serverUse = new("1.3.6.1.5.5.7.3.1");

    /// <summary>Null when all is well.</summary>
    /// <param name="names">One of these must be in the certificate, as a name of its own kind and not in its subject; empty asks for none.</param>
    /// <param name="authorities">Null for the system's.</param>
    /// <param name="time">UTC.</param>
    public static TlsResultType? Judge(PeerCertificates peer, IReadOnlyList<string> names, X509Certificate2Collection? authorities, DateTime time)
    {
        using X509Chain chain = NewChain(peer, time);
        if (authorities is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        chain.ChainPolicy.ApplicationPolicy.Add(_serverUse);
        if (!chain.Build(peer.Leaf))
        {
            return Failure(chain);
        }

        return names.Count == 0 || SpeaksOf(peer.Leaf, names, subjectToo: false) ? null : TlsResultType.CertificateHostMismatch;
    }

    /// <param name="subjectToo">A certificate without any DNS name may have it in its subject (RFC 7672 section 3.2.3).</param>
    public static bool SpeaksOf(X509Certificate2 certificate, IReadOnlyList<string> names, bool subjectToo)
    {
        foreach (string name in names)
        {
            try
            {
                if (certificate.MatchesHostname(name, allowWildcards: true, allowCommonName: subjectToo))
                {
                    return true;
                }
            }
            catch (CryptographicException)
            {
                return false; // Its names cannot be read.
            }
        }

        return false;
    }

    /// <summary>A chain that is built from what the peer sent, at this time, without asking anybody.</summary>
    public static X509Chain NewChain(PeerCertificates peer, DateTime time)
    {
        var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = time.ToLocalTime();
        foreach (X509Certificate2 other in peer.Others)
        {
            chain.ChainPolicy.ExtraStore.Add(other);
        }

        return chain;
    }

    /// <summary>Without an authority the dates do not matter.</summary>
    private static TlsResultType Failure(X509Chain chain)
    {
        X509ChainStatusFlags all = 0;
        foreach (X509ChainStatus status in chain.ChainStatus)
        {
            all |= status.Status;
        }

        const X509ChainStatusFlags NoAuthority =
            X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid;
        return (all & NoAuthority) == 0 && all.HasFlag(X509ChainStatusFlags.NotTimeValid)
            ? TlsResultType.CertificateExpired
            : TlsResultType.CertificateNotTrusted;
    }
}
