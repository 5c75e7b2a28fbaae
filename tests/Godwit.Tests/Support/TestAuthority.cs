// An authority of a test's own, and the certificates that it issues, as texts for files: what ForgedCertificate makes, in PEM. Nothing of it leaves the test but the files that the test writes.

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
    public X509Certificate2 WithKey() => Certificate;

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
    private readonly ForgedCertificate _own;

    private TestAuthority(string name, ForgedCertificate? above) => _own = ForgedCertificate.Authority(name, above);

    public TestAuthority(string name = "Test Authority")
        : this(name, null)
    {
    }

    public X509Certificate2 Certificate => _own.Certificate;

    /// <summary>The authority's own certificate, for files of trusted ones.</summary>
    public string Pem => _own.Certificate.ExportCertificatePem();

    /// <summary>An authority below this one.</summary>
    public TestAuthority Below(string name) => new(name, _own);

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
        ForgedCertificate issued = ForgedCertificate.Sign(request, key, _own, terms.From, terms.Until);
        string keyPem = key is RSA r ? r.ExportPkcs8PrivateKeyPem() : ((ECDsa)key).ExportPkcs8PrivateKeyPem();
        return new TestCertificate(issued.Certificate, issued.Certificate.ExportCertificatePem(), keyPem, key);
    }
}
