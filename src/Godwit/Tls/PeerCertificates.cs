// What a peer has shown in the handshake, kept so that a connection can be judged again for another domain's mail. Owned by whoever made it, for as long as
// the connection lasts.

using System.Security.Cryptography.X509Certificates;

namespace Godwit.Tls;

/// <summary>The peer's own certificate, and the others that it sent, in no order. Not changed after it is made; whoever made it disposes it.</summary>
public sealed class PeerCertificates(X509Certificate2 leaf, IReadOnlyList<X509Certificate2> others) : IDisposable
{
    /// <summary>Certificates of one chain that are looked at: more than any honest chain, and a bound on what a peer can make us verify.</summary>
    public const int MaxOthers = 16;

    public X509Certificate2 Leaf { get; } = leaf;

    public IReadOnlyList<X509Certificate2> Others { get; } = others;

    /// <summary>Copies what a <see cref="System.Net.Security.RemoteCertificateValidationCallback"/> is given; null when the peer sent nothing.</summary>
    public static PeerCertificates? From(X509Certificate? certificate, X509Chain? chain)
    {
        if (certificate is null)
        {
            return null;
        }

        var others = new List<X509Certificate2>();
        if (chain is not null)
        {
            // The callback's certificates are disposed behind it.
            foreach (X509Certificate2 sent in chain.ChainPolicy.ExtraStore)
            {
                if (others.Count < MaxOthers)
                {
                    others.Add(X509CertificateLoader.LoadCertificate(sent.RawData));
                }
            }
        }

        return new PeerCertificates(X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()), others);
    }

    public void Dispose()
    {
        Leaf.Dispose();
        foreach (X509Certificate2 other in Others)
        {
            other.Dispose();
        }
    }
}
