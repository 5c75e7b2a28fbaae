// Certificates of one test, with their keys: authorities below authorities, hosts of any name and any dates. Nothing of it is ever committed.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Tls;

namespace Godwit.Tests.Support;

/// <summary>One certificate, and who signed it.</summary>
internal sealed class ForgedCertificate
{
    private static readonly DateTimeOffset _from = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _to = new(2045, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly AsymmetricAlgorithm _key;

    private ForgedCertificate(X509Certificate2 certificate, AsymmetricAlgorithm key, ForgedCertificate? signer) =>
        (Certificate, _key, Signer) = (certificate, key, signer);

    /// <summary>With its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Authorities have no other, and hosts unless one was wished.</summary>
    public ECDsa Key => (ECDsa)_key;

    public ForgedCertificate? Signer { get; }

    /// <summary>An authority; signed by itself unless by another.</summary>
    public static ForgedCertificate Authority(string name, ForgedCertificate? signer = null, DateTimeOffset? to = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return Sign(request, key, signer, to: to);
    }

    /// <summary>A host's; signed by itself unless by an authority.</summary>
    /// <param name="names">DNS names; none leaves only the subject.</param>
    public static ForgedCertificate Host(ForgedCertificate? signer, string subject, string[] names, DateTimeOffset? to = null, ECDsa? key = null)
    {
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        if (names.Length > 0)
        {
            var builder = new SubjectAlternativeNameBuilder();
            foreach (string name in names)
            {
                builder.AddDnsName(name);
            }

            request.CertificateExtensions.Add(builder.Build());
        }

        return Sign(request, key, signer, to: to);
    }

    public static ForgedCertificate Host(ForgedCertificate? signer, string name, DateTimeOffset? to = null) => Host(signer, name, [name], to);

    /// <summary>A host's that may be known by its address.</summary>
    public static ForgedCertificate OfAddressOrName(ForgedCertificate? signer, string name)
    {
        if (!System.Net.IPAddress.TryParse(name, out System.Net.IPAddress? address))
        {
            return Host(signer, name);
        }

        var builder = new SubjectAlternativeNameBuilder();
        builder.AddIpAddress(address);
        return WithNames(signer, builder.Build());
    }

    /// <summary>A host's with these names, however odd.</summary>
    public static ForgedCertificate WithNames(ForgedCertificate? signer, X509Extension names)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=odd", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names);
        return Sign(request, key, signer);
    }

    /// <summary>What a peer with this certificate shows: itself and these others.</summary>
    public PeerCertificates Shown(params ForgedCertificate[] others) => new(Bare(Certificate), [.. others.Select(other => Bare(other.Certificate))]);

    /// <summary>A TLSA record for it.</summary>
    public TlsaRecord Tlsa(int usage, int selector, int matching) =>
        new(DomainName.Parse("_25._tcp.mx.example.org"), 300, usage, selector, matching, TlsaContent(selector, matching));

    public byte[] TlsaContent(int selector, int matching)
    {
        byte[] octets = selector == 0 ? Certificate.RawData : Certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return matching switch { 0 => octets, 1 => SHA256.HashData(octets), _ => SHA512.HashData(octets) };
    }

    private static X509Certificate2 Bare(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    /// <summary>Whatever is asked for, signed by an authority or by itself. Every certificate of the tests is made here.</summary>
    /// <param name="key">The request's own.</param>
    public static ForgedCertificate Sign(
        CertificateRequest request, AsymmetricAlgorithm key, ForgedCertificate? signer, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        X500DistinguishedName issuer = signer?.Certificate.SubjectName ?? request.SubjectName;
        var generator = X509SignatureGenerator.CreateForECDsa(signer?.Key ?? (ECDsa)key);
        using X509Certificate2 bare = request.Create(issuer, generator, from ?? _from, to ?? _to, serial);

        // By way of PKCS #12: a server's side of TLS wants a key of the store and not one of the moment.
        using X509Certificate2 paired = key is RSA rsa ? bare.CopyWithPrivateKey(rsa) : bare.CopyWithPrivateKey((ECDsa)key);
        return new ForgedCertificate(X509CertificateLoader.LoadPkcs12(paired.Export(X509ContentType.Pkcs12), null), key, signer);
    }
}
