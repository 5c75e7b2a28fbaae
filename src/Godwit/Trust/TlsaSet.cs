// The TLSA records of one host that count, and whether what the host shows matches one of them (RFC 6698, 7671, 7672 section 3). Immutable and pure.
// Usages 0 and 1 cannot be used for mail (RFC 7672 section 3.1.3): which authorities would count is agreed between nobody.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Dns;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>Usable TLSA records.</summary>
internal sealed class TlsaSet
{
    /// <summary>DANE-TA: an authority of the host's own.</summary>
    private const int Authority = 2;

    /// <summary>DANE-EE: the host's certificate or key itself.</summary>
    private const int EndEntity = 3;

    private const int Whole = 0;
    private const int KeyOnly = 1;
    private const int Exact = 0;
    private const int Sha256 = 1;
    private const int Sha512 = 2;

    /// <summary>Records looked at: a rollover of several keys needs a handful.</summary>
    private const int MaxRecords = 64;

    private readonly TlsaRecord[] _records;

    /// <summary>Authorities that stand in DNS as a whole: the host need not send them (RFC 7671 section 5.2.2). Shared, so not disposed.</summary>
    private readonly X509Certificate2[] _known;

    private TlsaSet(TlsaRecord[] records, X509Certificate2[] known) => (_records, _known) = (records, known);

    /// <summary>The records in words: <c>3 1 1 0D6F…, 2 0 1 …</c>, the first three.</summary>
    public string Words => string.Join(", ", _records.Take(3).Select(Short)) + (_records.Length > 3 ? $" and {_records.Length - 3} more" : "");

    /// <summary>As a report names them (RFC 8460 section 4.4).</summary>
    public IReadOnlyList<string> Lines => [.. _records.Select(record => record.Text)];

    /// <summary>Null when none of the records can be used.</summary>
    public static TlsaSet? Of(IReadOnlyList<DnsRecord> records)
    {
        TlsaRecord[] usable = [.. records.OfType<TlsaRecord>().Where(IsUsable).Take(MaxRecords)];

        // RFC 7671 section 9: of one usage and selector, the strongest digest alone counts, so that a weak one is no way round it.
        usable = [.. usable.Where(record => record.Matching != Sha256
            || !Array.Exists(usable, other => other.Matching == Sha512 && other.Usage == record.Usage && other.Selector == record.Selector))];
        return usable.Length == 0
            ? null
            : new TlsaSet(usable, [.. usable.Where(IsWholeAuthority).Select(record => TryLoad(record.Content.Span)).OfType<X509Certificate2>()]);
    }

    /// <summary>Null when a record matches, and for an authority's record also the names and the dates hold.</summary>
    /// <param name="names">The host's names; one is to stand in a certificate that an authority's record vouches for.</param>
    /// <param name="now">UTC.</param>
    public TlsResultType? Judge(PeerCertificates peer, IReadOnlyList<string> names, DateTime now)
    {
        // The host's own certificate: neither names nor dates matter (RFC 7672 section 3.1.1).
        bool hasAuthorities = false;
        foreach (TlsaRecord record in _records)
        {
            if (record.Usage == EndEntity && Matches(record, peer.Leaf))
            {
                return null;
            }

            hasAuthorities |= record.Usage == Authority;
        }

        return hasAuthorities ? JudgeAuthorities(peer, names, now) : TlsResultType.TlsaInvalid;
    }

    private TlsResultType? JudgeAuthorities(PeerCertificates peer, IReadOnlyList<string> names, DateTime now)
    {
        // What was built is looked at link by link: its end is no authority of the system.
        using ChainTrust chain = ChainTrust.BuildUnanchored(peer.Leaf, peer.Others, _known, now);
        if (AnchorOf(chain.Links) is not { } anchor)
        {
            return TlsResultType.TlsaInvalid;
        }

        for (int i = 0; i <= anchor; i++)
        {
            X509ChainStatusFlags flags = FlagsOf(chain.Links[i]);
            if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
            {
                return TlsResultType.CertificateExpired;
            }

            if (flags != X509ChainStatusFlags.NoError)
            {
                return TlsResultType.CertificateNotTrusted;
            }
        }

        return CertificateTrust.SpeaksOf(peer.Leaf, names, subjectToo: true) ? null : TlsResultType.CertificateHostMismatch;
    }

    /// <summary>The place in the chain up to which it must hold; null when no authority's record matches.</summary>
    private int? AnchorOf(X509ChainElementCollection links)
    {
        // An authority signs: it is never the host's own certificate, which usage 3 is for.
        for (int i = 1; i < links.Count; i++)
        {
            if (Array.Exists(_records, record => record.Usage == Authority && Matches(record, links[i].Certificate)))
            {
                return i;
            }
        }

        // A bare key whose certificate the host does not send (RFC 7671 section 5.2.3): it must have signed what is sent.
        foreach (TlsaRecord record in _records)
        {
            for (int i = 0; record is { Usage: Authority, Selector: KeyOnly, Matching: Exact } && i < links.Count; i++)
            {
                if (BareKey.HasSigned(record.Content.Span, links[i].Certificate))
                {
                    return i;
                }
            }
        }

        return null;
    }

    /// <summary>What is wrong with one link, apart from that nobody vouches for the last.</summary>
    private static X509ChainStatusFlags FlagsOf(X509ChainElement element)
    {
        X509ChainStatusFlags flags = X509ChainStatusFlags.NoError;
        foreach (X509ChainStatus status in element.ChainElementStatus)
        {
            flags |= status.Status;
        }

        return flags & ~(X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot
            | X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation);
    }

    private static bool Matches(TlsaRecord record, X509Certificate2 certificate)
    {
        ReadOnlySpan<byte> octets = record.Selector == Whole ? certificate.RawDataMemory.Span : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return record.Content.Span.SequenceEqual(record.Matching switch
        {
            Exact => octets,
            Sha256 => SHA256.HashData(octets),
            _ => SHA512.HashData(octets),
        });
    }

    private static bool IsUsable(TlsaRecord record)
    {
        bool known = record.Usage is Authority or EndEntity && record.Selector is Whole or KeyOnly;
        return known && record.Matching switch
        {
            Exact => record.Selector == KeyOnly ? BareKey.IsKey(record.Content.Span) : IsCertificate(record.Content.Span),
            Sha256 => record.Content.Length == SHA256.HashSizeInBytes,
            Sha512 => record.Content.Length == SHA512.HashSizeInBytes,
            _ => false,
        };
    }

    private static bool IsWholeAuthority(TlsaRecord record) => record is { Usage: Authority, Selector: Whole, Matching: Exact };

    private static bool IsCertificate(ReadOnlySpan<byte> octets)
    {
        using X509Certificate2? certificate = TryLoad(octets);
        return certificate is not null;
    }

    private static X509Certificate2? TryLoad(ReadOnlySpan<byte> octets)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(octets);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string Short(TlsaRecord record)
    {
        string text = record.Text;
        return text.Length > 20 ? $"{text.AsSpan(0, 16)}…" : text;
    }
}
