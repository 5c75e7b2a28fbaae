// A key pair made now: the private half as a file holds it, the public half as DNS publishes it. Immutable. Nothing here writes or prints.

using System.Security.Cryptography;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>A new DKIM key.</summary>
/// <param name="Pem">PKCS#8 between its PEM lines: a secret.</param>
/// <param name="Record">The text of the TXT record (RFC 6376 section 3.6.1, RFC 8463 section 4).</param>
internal sealed record NewKey(string Pem, string Record)
{
    /// <summary>RFC 8301 section 3.2: signers use 2048 bits.</summary>
    public const int UsualBits = 2048;

    /// <summary>Longer ones fit into no record that receivers must be able to read (RFC 8301 section 3.2), and cost a millisecond each.</summary>
    public const int MaxBits = 4096;

    /// <summary>RFC 8410 section 7: what stands before the seed.</summary>
    private static readonly byte[] _ed25519Prefix = Convert.FromHexString("302e020100300506032b657004220420");

    /// <param name="bits">1024 to <see cref="MaxBits"/>.</param>
    public static NewKey Rsa(int bits)
    {
        using var rsa = RSA.Create(bits);
        return new NewKey(rsa.ExportPkcs8PrivateKeyPem(), RecordOf(DkimAlgorithm.RsaSha256, rsa.ExportSubjectPublicKeyInfo()));
    }

    /// <exception cref="DllNotFoundException">The machine has no OpenSSL.</exception>
    public static NewKey Ed25519()
    {
        byte[] seed = RandomNumberGenerator.GetBytes(Ed25519Key.KeyOctets);
        byte[] wrapped = [.. _ed25519Prefix, .. seed];
        using Ed25519Key key = Ed25519Key.Import(seed);
        var made = new NewKey(PemEncoding.WriteString("PRIVATE KEY", wrapped), RecordOf(DkimAlgorithm.Ed25519Sha256, key.PublicKey()));
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(wrapped);
        return made;
    }

    /// <summary>What is published for a key.</summary>
    public static string RecordOf(DkimAlgorithm algorithm, byte[] publicKey) =>
        $"v=DKIM1; k={(algorithm == DkimAlgorithm.Ed25519Sha256 ? "ed25519" : "rsa")}; p={Convert.ToBase64String(publicKey)}";

    /// <summary>Never shows the key.</summary>
    public override string ToString() => Record;
}
