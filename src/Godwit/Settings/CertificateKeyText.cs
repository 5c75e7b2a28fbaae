// The private key that stands beside a certificate: found in the text, decrypted, imported. Static. Faults say what is wrong, never what is in the text.

using System.Security.Cryptography;

namespace Godwit.Settings;

/// <summary>Reads the keys of certificates.</summary>
internal static class CertificateKeyText
{
    private const string Missing = "holds no private key; put the key's PEM text behind the certificate, into the same file";
    private const string Damaged = "holds a private key that is damaged, or of a kind that cannot be used for TLS here (RSA and EC can)";
    private const string NeedsPassword = "holds an encrypted private key; write its password behind the file's name";
    private const string WrongPassword = "holds an encrypted private key that this password does not open";

    /// <summary>An imported key; the caller disposes it.</summary>
    public static bool TryRead(string text, string password, out AsymmetricAlgorithm? key, out string fault)
    {
        key = null;

        // Keys of old with header lines before their base64 are no PEM to .NET, so they come first.
        if (OldEncryptedKey.Find(text) is { } old)
        {
            if (password.Length == 0)
            {
                fault = NeedsPassword;
                return false;
            }

            fault = OldEncryptedKey.TryDecrypt(old, password, out string label, out byte[] octets) ? "" : WrongPassword;
            key = fault.Length == 0 ? Import(label, octets, password) : null;
            CryptographicOperations.ZeroMemory(octets);
            fault = key is null ? WrongPassword : "";
            return key is not null;
        }

        int at = 0;
        while (PemEncoding.TryFind(text.AsSpan(at), out PemFields fields))
        {
            ReadOnlySpan<char> rest = text.AsSpan(at);
            string label = rest[fields.Label].ToString();
            if (label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            {
                return TryImport(label, CertificateText.Decode(rest, fields), password, out key, out fault);
            }

            at += fields.Location.End.Value;
        }

        fault = text.Contains(" PRIVATE KEY-----", StringComparison.Ordinal) ? Damaged : Missing;
        return false;
    }

    private static bool TryImport(string label, byte[] octets, string password, out AsymmetricAlgorithm? key, out string fault)
    {
        bool encrypted = label is "ENCRYPTED PRIVATE KEY";
        key = encrypted && password.Length == 0 ? null : Import(label, octets, password);
        CryptographicOperations.ZeroMemory(octets);
        fault = key is not null ? "" : !encrypted ? Damaged : password.Length == 0 ? NeedsPassword : WrongPassword;
        return key is not null;
    }

    /// <summary>Null when it is no such key.</summary>
    private static AsymmetricAlgorithm? Import(string label, byte[] octets, string password)
    {
        // PKCS#8 does not say outside what kind of key is inside: one is tried, then the other.
        if (label is not "EC PRIVATE KEY")
        {
            var rsa = RSA.Create();
            if (Imports(rsa, octets, password, label is "RSA PRIVATE KEY" ? () => rsa.ImportRSAPrivateKey(octets, out _) : null, label))
            {
                return rsa;
            }

            rsa.Dispose();
        }

        if (label is not "RSA PRIVATE KEY")
        {
            var elliptic = ECDsa.Create();
            if (Imports(elliptic, octets, password, label is "EC PRIVATE KEY" ? () => elliptic.ImportECPrivateKey(octets, out _) : null, label))
            {
                return elliptic;
            }

            elliptic.Dispose();
        }

        return null;
    }

    /// <param name="own">Imports the form of this kind of key alone; null for PKCS#8.</param>
    private static bool Imports(AsymmetricAlgorithm key, byte[] octets, string password, Action? own, string label)
    {
        try
        {
            if (own is not null)
            {
                own();
            }
            else if (label is "ENCRYPTED PRIVATE KEY")
            {
                key.ImportEncryptedPkcs8PrivateKey(password, octets, out _);
            }
            else
            {
                key.ImportPkcs8PrivateKey(octets, out _);
            }

            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
