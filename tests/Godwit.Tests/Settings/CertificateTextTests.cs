using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Settings;

public sealed class CertificateTextTests
{
    private const string Password = "pass phrase";

    private static readonly TestAuthority _authority = new();
    private static readonly TestCertificate _elliptic = _authority.Issue("mx.test");
    private static readonly TestCertificate _rsa = _authority.Issue("mx.test", new TestCertificateTerms { Rsa = true });
    private static readonly PbeParameters _terms = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

    [Fact]
    public void Every_usual_form_of_key_is_read()
    {
        var rsa = (RSA)_rsa.Key;
        var elliptic = (ECDsa)_elliptic.Key;

        AssertRead(_rsa, rsa.ExportPkcs8PrivateKeyPem());
        AssertRead(_rsa, rsa.ExportRSAPrivateKeyPem());
        AssertRead(_rsa, rsa.ExportEncryptedPkcs8PrivateKeyPem(Password, _terms), Password);
        AssertRead(_elliptic, elliptic.ExportPkcs8PrivateKeyPem());
        AssertRead(_elliptic, elliptic.ExportECPrivateKeyPem());
        AssertRead(_elliptic, elliptic.ExportEncryptedPkcs8PrivateKeyPem(Password, _terms), Password);

        // A password that is not needed does no harm.
        AssertRead(_elliptic, elliptic.ExportPkcs8PrivateKeyPem(), Password);
    }

    [Theory]
    [InlineData("-aes256")]
    [InlineData("-aes128")]
    [InlineData("-aes192")]
    [InlineData("-des3")]
    public async Task Keys_encrypted_as_OpenSSL_once_did_are_read(string cipher)
    {
        Tool.Need("openssl");
        AssertRead(_rsa, await EncryptAsync("rsa", ((RSA)_rsa.Key).ExportRSAPrivateKeyPem(), cipher, "-traditional"), Password);
        AssertRead(_elliptic, await EncryptAsync("ec", ((ECDsa)_elliptic.Key).ExportECPrivateKeyPem(), cipher), Password);

        string encrypted = await EncryptAsync("ec", ((ECDsa)_elliptic.Key).ExportECPrivateKeyPem(), cipher);
        Assert.Equal("holds an encrypted private key that this password does not open", Fault(_elliptic.CertificatePem + "\n" + encrypted, "wrong"));
        Assert.Equal("holds an encrypted private key; write its password behind the file's name", Fault(_elliptic.CertificatePem + "\n" + encrypted));
    }

    [Fact]
    public void The_certificate_that_the_key_fits_is_ours_and_the_others_are_sent_along()
    {
        TestAuthority between = _authority.Below("Between");
        TestCertificate ours = between.Issue("mx.test");

        // In whatever order, with whatever stands between.
        string text = $"made by hand\n{ours.KeyPem}\n\n{between.Pem}\nBag Attributes: x\n{ours.CertificatePem}\n{_authority.Pem}\n";
        Assert.True(CertificateText.TryRead(text, "", out CertificateWithKey? found, out string fault), fault);

        Assert.Equal("CN=mx.test", found!.Certificate.Subject);
        Assert.True(found.Certificate.HasPrivateKey);
        Assert.Equal(["CN=Between", "CN=Test Authority"], found.Others.Select(each => each.Subject));
    }

    [Fact]
    public void What_a_file_lacks_is_said()
    {
        string encrypted = ((ECDsa)_elliptic.Key).ExportEncryptedPkcs8PrivateKeyPem(Password, _terms);

        Assert.Equal("holds no certificate; a certificate begins with -----BEGIN CERTIFICATE-----", Fault(""));
        Assert.Equal("holds no certificate; a certificate begins with -----BEGIN CERTIFICATE-----", Fault(_elliptic.KeyPem));
        Assert.Equal("is damaged: what stands in it is no certificate", Fault("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"));
        Assert.Equal("is damaged: what stands in it is no certificate", Fault(_elliptic.Pem[..100]));
        Assert.Equal("holds no private key; put the key's PEM text behind the certificate, into the same file", Fault(_elliptic.CertificatePem));
        Assert.Equal(
            "holds a private key that belongs to none of its certificates; put certificate and key of one pair into it",
            Fault(_elliptic.CertificatePem + "\n" + _authority.Issue("mx.test").KeyPem));
        Assert.Equal(
            "holds a private key that belongs to none of its certificates; put certificate and key of one pair into it",
            Fault(_elliptic.CertificatePem + "\n" + _rsa.KeyPem));
        Assert.Equal("holds an encrypted private key; write its password behind the file's name", Fault(_elliptic.CertificatePem + "\n" + encrypted));
        Assert.Equal("holds an encrypted private key that this password does not open", Fault(_elliptic.CertificatePem + "\n" + encrypted, "wrong"));
        const string Damaged = "holds a private key that is damaged, or of a kind that cannot be used for TLS here (RSA and EC can)";
        Assert.Equal(Damaged, Fault(_elliptic.CertificatePem + "\n-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"));
        Assert.Equal(Damaged, Fault(_elliptic.CertificatePem + "\n-----BEGIN PRIVATE KEY-----\nMIIB"));
        Assert.Equal(Damaged, Fault(_elliptic.CertificatePem + "\n" + DkimKeys.Ed25519));
    }

    [Fact]
    public void A_file_cut_anywhere_is_told_and_never_an_exception()
    {
        for (int length = 0; length < _elliptic.Pem.Length - 30; length += 3)
        {
            Assert.NotEqual("", Fault(_elliptic.Pem[..length]));
        }
    }

    [Fact]
    public async Task An_old_encrypted_key_cut_anywhere_is_told_and_never_an_exception()
    {
        Tool.Need("openssl");
        string text = _elliptic.CertificatePem + "\n" + await EncryptAsync("ec", ((ECDsa)_elliptic.Key).ExportECPrivateKeyPem(), "-aes256");
        for (int length = _elliptic.CertificatePem.Length; length < text.Length - 30; length++)
        {
            Assert.NotEqual("", Fault(text[..length], Password));
        }
    }

    private static void AssertRead(TestCertificate certificate, string key, string password = "")
    {
        Assert.True(CertificateText.TryRead(certificate.CertificatePem + "\n" + key, password, out CertificateWithKey? found, out string fault), fault);
        Assert.True(found!.Certificate.HasPrivateKey);
        byte[] hash = SHA256.HashData("x"u8);
        if (found.Certificate.GetRSAPrivateKey() is { } rsa)
        {
            Assert.True(certificate.Certificate.GetRSAPublicKey()!.VerifyHash(hash, rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pss), HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
        }
        else
        {
            Assert.True(certificate.Certificate.GetECDsaPublicKey()!.VerifyHash(hash, found.Certificate.GetECDsaPrivateKey()!.SignHash(hash)));
        }
    }

    private static string Fault(string text, string password = "") => CertificateText.TryRead(text, password, out _, out string fault) ? "" : fault;

    private static async Task<string> EncryptAsync(string kind, string key, params string[] options)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("godwit-key-").FullName, "key.pem");
        await File.WriteAllTextAsync(file, key, TestContext.Current.CancellationToken);
        ToolResult result = await Tool.RunAsync("openssl", [kind, "-in", file, "-out", file + ".enc", "-passout", "pass:" + Password, .. options], TimeSpan.FromSeconds(30));
        Assert.True(result.ExitCode == 0, result.Output);
        string encrypted = await File.ReadAllTextAsync(file + ".enc", TestContext.Current.CancellationToken);
        Assert.Contains("Proc-Type: 4,ENCRYPTED", encrypted, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        return encrypted;
    }
}
