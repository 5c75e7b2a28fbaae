// The arithmetic of SCRAM-SHA-256 (RFC 5802 section 3, RFC 7677), for both sides.

using System.Security.Cryptography;
using System.Text;

namespace Godwit.Sasl;

/// <summary>What a server keeps of a password. Whoever has only these cannot log in elsewhere, nor here.</summary>
internal sealed record ScramKeys(byte[] StoredKey, byte[] ServerKey)
{
    public const int Length = 32;

    /// <summary>The keys of a salted password.</summary>
    public static ScramKeys Of(ReadOnlySpan<byte> saltedPassword) =>
        new(SHA256.HashData(ClientKey(saltedPassword)), HMACSHA256.HashData(saltedPassword, "Server Key"u8));

    /// <summary>Both parties' exchange in one string, which both sign.</summary>
    public static byte[] AuthMessage(string clientFirstBare, string serverFirst, string clientFinalWithoutProof) =>
        Encoding.Latin1.GetBytes($"{clientFirstBare},{serverFirst},{clientFinalWithoutProof}");

    /// <summary>Base64 of 144 random bits: no comma, and never the same twice.</summary>
    public static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));

    /// <summary>What a client sends to show that it knows the password.</summary>
    public static byte[] ClientProof(ReadOnlySpan<byte> saltedPassword, ReadOnlySpan<byte> authMessage)
    {
        byte[] clientKey = ClientKey(saltedPassword);
        return Xor(clientKey, HMACSHA256.HashData(SHA256.HashData(clientKey), authMessage));
    }

    /// <summary>Whether a client's proof fits. The time does not depend on how it differs.</summary>
    public bool Fits(ReadOnlySpan<byte> proof, ReadOnlySpan<byte> authMessage)
    {
        byte[] signature = HMACSHA256.HashData(StoredKey, authMessage);
        return proof.Length == Length && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Xor(proof, signature)), StoredKey);
    }

    /// <summary>What a server sends to show that it knows the password too.</summary>
    public byte[] ServerSignature(ReadOnlySpan<byte> authMessage) => HMACSHA256.HashData(ServerKey, authMessage);

    private static byte[] ClientKey(ReadOnlySpan<byte> saltedPassword) => HMACSHA256.HashData(saltedPassword, "Client Key"u8);

    private static byte[] Xor(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        byte[] result = one.ToArray();
        for (int i = 0; i < result.Length; i++)
        {
            result[i] ^= other[i];
        }

        return result;
    }
}
