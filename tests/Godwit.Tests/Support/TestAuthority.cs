// An authority of a test's own, and the certificates that it issues. Nothing of it leaves the test but the files that the test writes.

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Tests.Support;

/// <summary>A certificate with its key, as PEM texts.</summary>
internal sealed record TestCertificate(X509Certificate2 Certificate, string CertificatePem, string KeyPem, AsymmetricAlgorithm Key)
{
    /// <summary>Both, as one file.</summary>
    public string Pem => CertificatePem + "\n" + KeyPem + "\n";

    /// <summary>One object that a server or a client can use.</summary>
    public X509Certificate2 WithKey() => Key is RSA rsa ? Certificate.CopyWithPrivateKey(rsa) : Certificate.CopyWithPrivateKey((ECDsa)Key);

    /// <summary>The key encrypted; both as one file.</summary>
    public string PemWith(string password) => CertificatePem + "\n"
        + Key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2000)) + "\n";
}

/// <summary>What a certificate is to be.</summary>
internal sealed record TestCertificateTerms
{
    public bool Rsa { get; init; }

    public DateTimeOffset From { get; init; } = DateTimeOffset.UtcNow.AddDays(-30);

    public DateTimeOffset Until { get; init; } = DateTimeOffset.UtcNow.AddDays(90);

    /// <summary>Names besides the first.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}

/// <summary>Issues certificates.</summary>
internal sealed class TestAuthority
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _own;

    private TestAuthority(string name, TestAuthority? above)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-400);
        DateTimeOffset until = DateTimeOffset.UtcNow.AddDays(400);
        _own = above is null
            ? request.CreateSelfSigned(from, until)
            : request.Create(above._own, from, until.AddDays(-1), Serial()).CopyWithPrivateKey(_key);
    }

    public TestAuthority(string name = "Test Authority")
        : this(name, null)
    {
    }

    public X509Certificate2 Certificate => _own;

    /// <summary>The authority's own certificate, for files of trusted ones.</summary>
    public string Pem => _own.ExportCertificatePem();

    /// <summary>An authority below this one.</summary>
    public TestAuthority Below(string name) => new(name, this);

    /// <summary>For a host or a client, and as good for either purpose.</summary>
    public TestCertificate Issue(string name, TestCertificateTerms? terms = null)
    {
        terms ??= new TestCertificateTerms();
        AsymmetricAlgorithm key = terms.Rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = key is RSA rsa
            ? new CertificateRequest($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={name}", (ECDsa)key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string each in terms.Names.Prepend(name))
        {
            if (IPAddress.TryParse(each, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(each);
            }
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        X509Certificate2 issued = request.Create(_own.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), terms.From, terms.Until, Serial());
        string keyPem = key is RSA r ? r.ExportPkcs8PrivateKeyPem() : ((ECDsa)key).ExportPkcs8PrivateKeyPem();
        return new TestCertificate(issued, issued.ExportCertificatePem(), keyPem, key);
    }

    private static byte[] Serial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(12);
        serial[0] = 1;
        return serial;
    }
}
