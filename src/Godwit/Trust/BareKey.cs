// A public key without a certificate, as a TLSA record of usage 2 may hold it: whether it has signed a certificate. Pure.

using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Trust;

/// <summary>Checks signatures of certificates by keys alone. RSA (PKCS #1) and ECDSA, with SHA-2.</summary>
internal static class BareKey
{
    /// <summary>Whether these octets are a public key (SubjectPublicKeyInfo) of a kind that can be checked.</summary>
    public static bool IsKey(ReadOnlySpan<byte> key)
    {
        try
        {
            var read = PublicKey.CreateFromSubjectPublicKeyInfo(key, out int length);
            if (length != key.Length)
            {
                return false;
            }

            using RSA? rsa = read.GetRSAPublicKey();
            using ECDsa? curve = read.GetECDsaPublicKey();
            return rsa is not null || curve is not null;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>False also for what cannot be read or checked.</summary>
    public static bool HasSigned(ReadOnlySpan<byte> key, X509Certificate2 certificate)
    {
        try
        {
            // Certificate ::= SEQUENCE { what is signed, AlgorithmIdentifier, BIT STRING } (RFC 5280 section 4.1).
            AsnReader outer = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
            ReadOnlySpan<byte> content = outer.ReadEncodedValue().Span;
            string algorithm = outer.ReadSequence().ReadObjectIdentifier();
            byte[] signature = outer.ReadBitString(out _);
            var read = PublicKey.CreateFromSubjectPublicKeyInfo(key, out _);
            using RSA? rsa = read.GetRSAPublicKey();
            using ECDsa? curve = read.GetECDsaPublicKey();
            return algorithm switch
            {
                "1.2.840.113549.1.1.11" => ByRsa(rsa, content, signature, HashAlgorithmName.SHA256),
                "1.2.840.113549.1.1.12" => ByRsa(rsa, content, signature, HashAlgorithmName.SHA384),
                "1.2.840.113549.1.1.13" => ByRsa(rsa, content, signature, HashAlgorithmName.SHA512),
                "1.2.840.10045.4.3.2" => ByCurve(curve, content, signature, HashAlgorithmName.SHA256),
                "1.2.840.10045.4.3.3" => ByCurve(curve, content, signature, HashAlgorithmName.SHA384),
                "1.2.840.10045.4.3.4" => ByCurve(curve, content, signature, HashAlgorithmName.SHA512),
                _ => false,
            };
        }
        catch (Exception unreadable) when (unreadable is AsnContentException or CryptographicException)
        {
            return false;
        }
    }

    private static bool ByRsa(RSA? key, ReadOnlySpan<byte> content, byte[] signature, HashAlgorithmName hash) =>
        key is not null && key.VerifyData(content, signature, hash, RSASignaturePadding.Pkcs1);

    private static bool ByCurve(ECDsa? key, ReadOnlySpan<byte> content, byte[] signature, HashAlgorithmName hash) =>
        key is not null && key.VerifyData(content, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
}
