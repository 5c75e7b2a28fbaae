// A private key in PEM form: found in the text, recognised, taken out of its wrapping. Static. Faults say what a text is, never what is in it.

using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Godwit.Settings;

/// <summary>The kinds of key that DKIM knows.</summary>
public enum PrivateKeyKind : byte
{
    /// <summary>The octets are PKCS#1 (RFC 8017 appendix A.1.2).</summary>
    Rsa,

    /// <summary>The octets are the seed (RFC 8032 section 5.1.5).</summary>
    Ed25519,
}

/// <summary>Reads private keys.</summary>
public static class PrivateKeyText
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";

    /// <summary>RFC 8410 section 3.</summary>
    private const string Ed25519 = "1.3.101.112";

    private const int Ed25519Octets = 32;

    private const string Damaged = "is damaged: what it holds is no private key";

    /// <summary>Finds the first private key, in PKCS#1 or PKCS#8 (RFC 5208, 5958).</summary>
    /// <param name="octets">The bare key. The caller clears it when it is done.</param>
    /// <param name="fault">What the text lacks, to stand behind the name of its file; empty when it is a key.</param>
    public static bool TryRead(string text, out PrivateKeyKind kind, out byte[] octets, out string fault)
    {
        kind = PrivateKeyKind.Rsa;
        octets = [];

        // Old encrypted keys have header lines before their base64, which is no PEM to .NET.
        if (text.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            fault = "is encrypted; store the key without a password";
            return false;
        }

        int key = text.IndexOf(" PRIVATE KEY-----", StringComparison.Ordinal);
        int start = key < 0 ? 0 : Math.Max(0, text.LastIndexOf("-----BEGIN", key, StringComparison.Ordinal));
        if (!PemEncoding.TryFind(text.AsSpan(start), out PemFields fields))
        {
            fault = key < 0 ? "is no PEM file; a private key begins with -----BEGIN" : Damaged;
            return false;
        }

        ReadOnlySpan<char> label = text.AsSpan(start)[fields.Label];
        byte[] content = new byte[fields.DecodedDataLength];
        Convert.TryFromBase64Chars(text.AsSpan(start)[fields.Base64Data], content, out _);
        if (label is "RSA PRIVATE KEY")
        {
            octets = content;
            fault = IsRsa(content) ? "" : Damaged;
            return fault.Length == 0;
        }

        fault = label is "PRIVATE KEY" ? Unwrap(content, out kind, out octets) : $"holds \"{label}\", not a private key";
        CryptographicOperations.ZeroMemory(content);
        return fault.Length == 0;
    }

    private static string Unwrap(byte[] content, out PrivateKeyKind kind, out byte[] octets)
    {
        kind = PrivateKeyKind.Rsa;
        octets = [];
        byte[] inner = [];
        try
        {
            AsnReader key = new AsnReader(content, AsnEncodingRules.DER).ReadSequence();
            key.ReadInteger();
            string algorithm = key.ReadSequence().ReadObjectIdentifier();
            inner = key.ReadOctetString();
            switch (algorithm)
            {
                case RsaEncryption:
                    octets = (byte[])inner.Clone();
                    return IsRsa(octets) ? "" : Damaged;
                case Ed25519:
                    kind = PrivateKeyKind.Ed25519;
                    octets = new AsnReader(inner, AsnEncodingRules.DER).ReadOctetString();
                    return octets.Length == Ed25519Octets ? "" : Damaged;
                default:
                    return "holds a key that DKIM does not know; it takes RSA and Ed25519";
            }
        }
        catch (AsnContentException)
        {
            return Damaged;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
        }
    }

    /// <summary>Whether it is a key that can sign: numbers that do not fit together are none.</summary>
    private static bool IsRsa(byte[] pkcs1)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportRSAPrivateKey(pkcs1, out _);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
