// Keys for tests that sign: made once for the whole run, and the records that would be published for them.

using System.Security.Cryptography;
using NSec.Cryptography;

namespace Godwit.Tests.Support;

internal static class DkimKeys
{
    private static readonly Lazy<RSA> _rsa = new(() => RSA.Create(2048));

    /// <summary>An RSA key in PKCS#1.</summary>
    public static string Rsa => _rsa.Value.ExportRSAPrivateKeyPem();

    /// <summary>The same key in PKCS#8.</summary>
    public static string RsaPkcs8 => _rsa.Value.ExportPkcs8PrivateKeyPem();

    /// <summary>An Ed25519 key: the seed of RFC 8463 appendix A.1 in PKCS#8 (RFC 8410 section 7).</summary>
    public static string Ed25519 => PemEncoding.WriteString("PRIVATE KEY", [.. Convert.FromHexString("302e020100300506032b657004220420"), .. Seed]);

    public static string RsaRecord => $"v=DKIM1; k=rsa; p={Convert.ToBase64String(_rsa.Value.ExportSubjectPublicKeyInfo())}";

    public static string Ed25519Record => $"v=DKIM1; k=ed25519; p={Convert.ToBase64String(Ed25519Public)}";

    private static byte[] Seed => Convert.FromBase64String("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=");

    private static byte[] Ed25519Public
    {
        get
        {
            using var key = Key.Import(SignatureAlgorithm.Ed25519, Seed, KeyBlobFormat.RawPrivateKey);
            return key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
        }
    }
}
