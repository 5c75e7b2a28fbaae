// Private keys encrypted as OpenSSL did before PKCS#8 (RFC 1421 section 4.6.1: Proc-Type and DEK-Info before the base64). "openssl rsa -aes256 -traditional"
// still writes them, and files that are ten years old hold them. The key of the cipher comes from the password by one round of MD5: weak, and
// not ours to choose; nothing is encrypted like that here. Static.

using System.Security.Cryptography;
using System.Text;

namespace Godwit.Settings;

/// <summary>Finds and decrypts such keys.</summary>
internal static class OldEncryptedKey
{
    private const string Mark = "Proc-Type: 4,ENCRYPTED";
    private const string Info = "DEK-Info:";
    private const int SaltOctets = 8;

    /// <summary>The text between the PEM lines of the first such key, with its label before it; null when there is none.</summary>
    public static string? Find(string text)
    {
        int mark = text.IndexOf(Mark, StringComparison.Ordinal);
        int begin = mark < 0 ? -1 : text.LastIndexOf("-----BEGIN ", mark, StringComparison.Ordinal);
        int end = begin < 0 ? -1 : text.IndexOf("-----END ", mark, StringComparison.Ordinal);
        return end < 0 ? null : text[(begin + "-----BEGIN ".Length)..end];
    }

    /// <summary>False for a wrong password, as far as the padding tells, and for what is damaged or encrypted in a way that is not known.</summary>
    /// <param name="found">From <see cref="Find"/>.</param>
    /// <param name="label">Of the PEM text: <c>RSA PRIVATE KEY</c> and so on.</param>
    public static bool TryDecrypt(string found, string password, out string label, out byte[] octets)
    {
        octets = [];
        string[] lines = found.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        label = lines[0].TrimEnd('-');
        string? info = Array.Find(lines, line => line.StartsWith(Info, StringComparison.Ordinal));
        string[] how = info?[Info.Length..].Split(',', StringSplitOptions.TrimEntries) ?? [];
        if (how.Length != 2 || CipherOf(how[0]) is not { } cipher)
        {
            return false;
        }

        using (cipher)
        {
            try
            {
                byte[] iv = Convert.FromHexString(how[1]);
                byte[] content = Convert.FromBase64String(string.Concat(lines.Skip(1).Where(line => !line.Contains(':', StringComparison.Ordinal))));
                cipher.Key = KeyOf(password, iv.AsSpan(0, Math.Min(SaltOctets, iv.Length)), cipher.KeySize / 8);
                octets = cipher.DecryptCbc(content, iv);
                return true;
            }
            catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
            {
                return false;
            }
        }
    }

    private static SymmetricAlgorithm? CipherOf(string name)
    {
        if (name == "DES-EDE3-CBC")
        {
#pragma warning disable CA5350 // The cipher that the file was encrypted with.
            return TripleDES.Create();
#pragma warning restore CA5350
        }

        int bits = name switch { "AES-128-CBC" => 128, "AES-192-CBC" => 192, "AES-256-CBC" => 256, _ => 0 };
        if (bits == 0)
        {
            return null;
        }

        Aes aes = Aes.Create();
        aes.KeySize = bits;
        return aes;
    }

    /// <summary>OpenSSL's EVP_BytesToKey with MD5 and one round: each block hashes the one before it, the password and the salt.</summary>
    private static byte[] KeyOf(string password, ReadOnlySpan<byte> salt, int length)
    {
        byte[] key = new byte[length];
        byte[] secret = [.. Encoding.UTF8.GetBytes(password), .. salt];
        byte[] block = [];
        for (int filled = 0; filled < length; filled += block.Length)
        {
#pragma warning disable CA5351 // The hash that the file's key was made with.
            block = MD5.HashData([.. block, .. secret]);
#pragma warning restore CA5351
            block.AsSpan(0, Math.Min(block.Length, length - filled)).CopyTo(key.AsSpan(filled));
        }

        CryptographicOperations.ZeroMemory(secret);
        return key;
    }
}
