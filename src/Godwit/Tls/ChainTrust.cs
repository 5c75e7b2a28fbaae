// The chain that leads from a peer's certificate upwards, built from what the peer sent, at a given time, without asking anybody: neither missing authorities
// nor lists of what was revoked are fetched, for a peer must not make us open connections, and a handshake not wait for third parties. Owned by whoever
// judges; each rule reads the result in its own way.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Tls;

/// <summary>One chain, built once.</summary>
public sealed class ChainTrust : IDisposable
{
    /// <summary>id-kp-serverAuth, as an object identifier (RFC 5280 section 4.2.1.12).</summary>
    public const string ForServers = "1.3.6.1.5.5.7.3.1";

    /// <summary>id-kp-clientAuth.</summary>
    public const string ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly X509Chain _chain = new();

    private ChainTrust(IEnumerable<X509Certificate2> others, DateTime time)
    {
        X509ChainPolicy policy = _chain.ChainPolicy;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTimeIgnored = false;
        policy.VerificationTime = time.ToLocalTime();
        foreach (X509Certificate2 other in others.Take(PeerCertificates.MaxOthers))
        {
            policy.ExtraStore.Add(other);
        }
    }

    /// <summary>It leads to one of the authorities, and nothing is wrong with it.</summary>
    public bool IsTrusted { get; private set; }

    /// <summary>All that is wrong.</summary>
    public X509ChainStatusFlags Faults { get; private set; }

    /// <summary>The peer's certificate first.</summary>
    public X509ChainElementCollection Links => _chain.ChainElements;

    /// <param name="others">What the peer sent along, in no order; <see cref="PeerCertificates.MaxOthers"/> of them are looked at.</param>
    /// <param name="authorities">Whoever leads to one of them is trusted, also when it signed nothing but itself. Null for the system's.</param>
    /// <param name="purpose">The extended key usage that the certificates must allow.</param>
    /// <param name="time">They must be valid then; UTC.</param>
    public static ChainTrust Build(
        X509Certificate2 leaf, IEnumerable<X509Certificate2> others, X509Certificate2Collection? authorities, string purpose, DateTime time)
    {
        var trust = new ChainTrust(others, time);
        if (authorities is not null)
        {
            trust._chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            trust._chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        trust._chain.ChainPolicy.ApplicationPolicy.Add(new Oid(purpose));
        return trust.Build(leaf);
    }

    /// <summary>As far up as it goes, trusting nobody: the caller looks for its own anchor among <see cref="Links"/>, and at what is wrong below it.</summary>
    /// <param name="known">Certificates that the peer need not send, beside its own.</param>
    public static ChainTrust BuildUnanchored(
        X509Certificate2 leaf, IEnumerable<X509Certificate2> others, IReadOnlyList<X509Certificate2> known, DateTime time)
    {
        var trust = new ChainTrust(others, time);

        // Nothing of the system's store gets in between.
        trust._chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        trust._chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        foreach (X509Certificate2 each in known)
        {
            trust._chain.ChainPolicy.ExtraStore.Add(each);
        }

        return trust.Build(leaf);
    }

    public void Dispose()
    {
        // The links are copies of its own, and disposing the chain leaves them.
        foreach (X509ChainElement link in _chain.ChainElements)
        {
            link.Certificate.Dispose();
        }

        _chain.Dispose();
    }

    private ChainTrust Build(X509Certificate2 leaf)
    {
        IsTrusted = _chain.Build(leaf);
        foreach (X509ChainStatus status in _chain.ChainStatus)
        {
            Faults |= status.Status;
        }

        return this;
    }
}
