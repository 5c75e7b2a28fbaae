using System.Security.Cryptography;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class KeyLintTests
{
    private const string File = "/keys/a.pem";

    [Fact]
    public void Keys_that_receivers_accept_are_passed_over_in_silence()
    {
        using var rsa = RSA.Create(1024);

        Assert.Empty(Told(rsa.ExportRSAPrivateKeyPem()));
        Assert.Empty(Told(rsa.ExportPkcs8PrivateKeyPem()));
        Assert.Empty(Told("made by hand\n\n" + rsa.ExportRSAPublicKeyPem() + "\n" + rsa.ExportPkcs8PrivateKeyPem()));
        Assert.Empty(Told(Ed25519()));
    }

    [Fact]
    public void A_short_rsa_key_is_a_warning_that_says_its_length()
    {
        using var rsa = RSA.Create(512);

        Assert.Equal($"warning: domain-key: {File}: a key of 512 bits is not accepted by receivers; make one of 2048 (RFC 8301)", Told(rsa.ExportRSAPrivateKeyPem()));
        Assert.StartsWith("warning: domain-key: /keys/a.pem: a key of 512 bits", Told(rsa.ExportPkcs8PrivateKeyPem()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_private_key_is_an_error_that_says_what_it_is()
    {
        using var rsa = RSA.Create(1024);
        using var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal($"error: domain-key: {File} holds \"RSA PUBLIC KEY\", not a private key", Told(rsa.ExportRSAPublicKeyPem()));
        Assert.Equal($"error: domain-key: {File} holds a key that DKIM does not know; it takes RSA and Ed25519", Told(elliptic.ExportPkcs8PrivateKeyPem()));
        Assert.Equal($"error: domain-key: {File} is encrypted; store the key without a password",
            Told(rsa.ExportEncryptedPkcs8PrivateKeyPem("x", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1))));
        Assert.Equal($"error: domain-key: {File} is encrypted; store the key without a password",
            Told("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----"));
        Assert.StartsWith($"error: domain-key: {File} is no PEM file", Told("v=DKIM1; p=MIGf"), StringComparison.Ordinal);
        Assert.StartsWith($"error: domain-key: {File} is no PEM file", Told(""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n%%%%\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIB")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----")]
    public void A_damaged_key_is_an_error_and_never_an_exception(string text) =>
        Assert.Equal($"error: domain-key: {File} is damaged: what it holds is no private key", Told(text));

    [Fact]
    public void A_key_cut_anywhere_is_told_without_showing_any_of_it()
    {
        using var rsa = RSA.Create(1024);
        string pem = rsa.ExportPkcs8PrivateKeyPem();
        for (int length = 0; length < pem.Length; length += 7)
        {
            string told = Told(pem[..length]);
            Assert.StartsWith("error: domain-key: ", told, StringComparison.Ordinal);
            Assert.True(length < 60 || !told.Contains(pem[40..60], StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_once_however_many_lines_name_it()
    {
        ConfigLoad load = Load("domain-key s1,a.example,/none.pem\ndomain-key s1,b.example,/none.pem\n<virtual-mta v>\ndomain-key s1,*,/none.pem\n</virtual-mta>\n", "");

        Assert.Equal("domain-key: /none.pem: no such file; mail would go unsigned", Assert.Single(load.Problems, p => p.Message.Contains("none.pem", StringComparison.Ordinal)).Message);
        Assert.NotNull(load.Settings);
    }

    private static string Told(string key)
    {
        ConfigProblem? problem = Load($"domain-key s1,a.example,{File}\n", key).Problems.SingleOrDefault(p => p.Message.StartsWith("domain-key: ", StringComparison.Ordinal));
        return problem is null ? "" : $"{(problem.Severity == ConfigSeverity.Error ? "error" : "warning")}: {problem.Message}";
    }

    private static ConfigLoad Load(string lines, string key) => ConfigFile.Load("/c/main", ConfigSurroundings.InMemory(
        new Dictionary<string, string> { ["/c/main"] = $"postmaster a@example.com\nspool /x\n{lines}", [File] = key }));

    /// <summary>RFC 8410 section 7: the private key of an octet string in PKCS#8.</summary>
    private static string Ed25519() => PemEncoding.WriteString("PRIVATE KEY", [.. Convert.FromHexString("302e020100300506032b657004220420"), .. new byte[32]]);
}
