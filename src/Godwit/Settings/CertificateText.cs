// A certificate with its private key in PEM form, and what else is sent along with it: found in the text, recognised, decrypted, put together.
// Static. Faults say what a text is, never what is in it.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Settings;

/// <summary>What a certificate file holds.</summary>
/// <param name="Certificate">With its private key.</param>
/// <param name="Others">The file's other certificates, in its order: the authorities between ours and one that others know.</param>
public sealed record CertificateWithKey(X509Certificate2 Certificate, X509Certificate2Collection Others);

/// <summary>Reads certificates.</summary>
public static class CertificateText
{
    private const string NoPem = "holds no certificate; a certificate begins with -----BEGIN CERTIFICATE-----";
    private const string BadCertificate = "is damaged: what stands in it is no certificate";

    /// <summary>Every certificate of a text, in its order. Other PEM texts between them are passed over.</summary>
    /// <param name="fault">What the text lacks, to stand behind the name of its file; empty when there are certificates.</param>
    public static bool TryReadAll(string text, out X509Certificate2Collection certificates, out string fault)
    {
        certificates = [];
        fault = "";
        int at = 0;
        while (PemEncoding.TryFind(text.AsSpan(at), out PemFields fields))
        {
            ReadOnlySpan<char> rest = text.AsSpan(at);
            if (rest[fields.Label] is "CERTIFICATE" or "X509 CERTIFICATE")
            {
                try
                {
                    certificates.Add(X509CertificateLoader.LoadCertificate(Decode(rest, fields)));
                }
                catch (CryptographicException)
                {
                    fault = BadCertificate;
                    return false;
                }
            }

            at += fields.Location.End.Value;
        }

        bool begun = text.Contains("-----BEGIN CERTIFICATE", StringComparison.Ordinal);
        fault = certificates.Count > 0 ? "" : begun ? BadCertificate : NoPem;
        return fault.Length == 0;
    }

    /// <summary>The certificate that the file's private key belongs to. Keys are PKCS#1, PKCS#8 or SEC 1, plain or encrypted, RSA or EC.</summary>
    /// <param name="password">Of the key; empty when it is not encrypted.</param>
    public static bool TryRead(string text, string password, out CertificateWithKey? found, out string fault)
    {
        found = null;
        if (!TryReadAll(text, out X509Certificate2Collection certificates, out fault)
            || !CertificateKeyText.TryRead(text, password, out AsymmetricAlgorithm? key, out fault))
        {
            return false;
        }

        using (key)
        {
            foreach (X509Certificate2 certificate in certificates)
            {
                if (Join(certificate, key!) is { } joined)
                {
                    certificates.Remove(certificate);
                    found = new CertificateWithKey(joined, certificates);
                    return true;
                }
            }
        }

        fault = "holds a private key that belongs to none of its certificates; put certificate and key of one pair into it";
        return false;
    }

    internal static byte[] Decode(ReadOnlySpan<char> text, PemFields fields)
    {
        byte[] content = new byte[fields.DecodedDataLength];
        Convert.TryFromBase64Chars(text[fields.Base64Data], content, out _);
        return content;
    }

    private static X509Certificate2? Join(X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        try
        {
            return key is RSA rsa ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey((ECDsa)key);
        }
        catch (Exception other) when (other is ArgumentException or CryptographicException)
        {
            // Another pair's.
            return null;
        }
    }
}
