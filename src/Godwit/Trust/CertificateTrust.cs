// Whether a chain of certificates leads to an authority and speaks of the right name (RFC 5280, RFC 9525). Pure.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>Judges certificates by authorities.</summary>
internal static class CertificateTrust
{
    /// <summary>Null when all is well.</summary>
    /// <param name="names">One of these must be in the certificate, as a name of its own kind and not in its subject; empty asks for none.</param>
    /// <param name="authorities">Null for the system's.</param>
    /// <param name="time">UTC.</param>
    public static TlsResultType? Judge(PeerCertificates peer, IReadOnlyList<string> names, X509Certificate2Collection? authorities, DateTime time)
    {
        using ChainTrust chain = ChainTrust.Build(peer.Leaf, peer.Others, authorities, ChainTrust.ForServers, time);
        if (!chain.IsTrusted)
        {
            return Failure(chain.Faults);
        }

        return names.Count == 0 || SpeaksOf(peer.Leaf, names, subjectToo: false) ? null : TlsResultType.CertificateHostMismatch;
    }

    /// <summary>False also where a name is none that a certificate can speak of (RFC 9525 section 6.2): an MX record may name what it likes.</summary>
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
            catch (ArgumentException)
            {
                continue; // A label with an underscore or a hyphen before it: another name may do.
            }
        }

        return false;
    }

    /// <summary>Without an authority the dates do not matter.</summary>
    private static TlsResultType Failure(X509ChainStatusFlags faults)
    {
        const X509ChainStatusFlags NoAuthority =
            X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid;
        return (faults & NoAuthority) == X509ChainStatusFlags.NoError && faults.HasFlag(X509ChainStatusFlags.NotTimeValid)
            ? TlsResultType.CertificateExpired
            : TlsResultType.CertificateNotTrusted;
    }
}
