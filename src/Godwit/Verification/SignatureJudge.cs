// Whether a signature is genuine, once its key and the hash of the body are known (RFC 6376 section 6.1). Static and without waiting: it runs on the
// threads that sign, because RSA and long bodies cost milliseconds.

using System.Buffers;
using System.Security.Cryptography;
using Godwit.Dkim;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Verification;

/// <summary>Verifies.</summary>
internal static class SignatureJudge
{
    /// <summary>What can be said before a key is looked for; null when nothing stands against the signature.</summary>
    /// <param name="problem">Of reading the field.</param>
    public static (SignatureResult Result, string Reason)? BeforeKey(SignatureField signature, string problem, long unixSeconds) =>
        problem.Length > 0 ? (SignatureResult.Neutral, problem)
        : signature.Algorithm == "rsa-sha1" ? (SignatureResult.Policy, "rsa-sha1 is not accepted (RFC 8301)")
        : signature.Kind is null ? (SignatureResult.Neutral, $"the algorithm {signature.Algorithm} is not known")
        : signature.Expires < unixSeconds ? (SignatureResult.Policy, "the signature has expired")
        : null;

    /// <summary>Judges a signature over header and body.</summary>
    public static (SignatureResult Result, string Reason) Judge(SignatureField signature, KeyRecord key, HeaderIndex header, BodyHash body)
    {
        if (signature.BodyLimit != long.MaxValue && signature.BodyLimit > body.Length)
        {
            return (SignatureResult.Fail, "l= is more than the body has");
        }

        if (!body.Hash.AsSpan().SequenceEqual(signature.BodyHash))
        {
            return (SignatureResult.Fail, "the body was changed");
        }

        var canonical = new ArrayBufferWriter<byte>(4096);
        foreach (HeaderField field in header.Select(signature.Names))
        {
            CanonicalHeader.Write(canonical, header.Octets(field), signature.HeaderForm);
        }

        CanonicalHeader.WriteLast(canonical, signature.Unsigned(), signature.HeaderForm);
        return Verify(signature, key, SHA256.HashData(canonical.WrittenSpan));
    }

    /// <summary>Judges a signature over the SHA-256 of a canonical text.</summary>
    public static (SignatureResult Result, string Reason) Verify(SignatureField signature, KeyRecord key, ReadOnlySpan<byte> hash)
    {
        if (key.Algorithm != signature.Kind)
        {
            return (SignatureResult.PermError, "the key is of another kind than the signature");
        }

        using DkimPublicKey? usable = DkimPublicKey.TryRead(key.Algorithm, key.Key);
        if (usable is null)
        {
            return (SignatureResult.PermError, "the key cannot be read");
        }

        if (usable.Algorithm == DkimAlgorithm.RsaSha256 && usable.Bits is < DkimRules.MinRsaBits or > DkimRules.MaxRsaBits)
        {
            return (SignatureResult.Policy, $"a key of {usable.Bits} bits is not accepted (RFC 8301)");
        }

        if (!usable.VerifyHash(hash, signature.Signature))
        {
            return (SignatureResult.Fail, "the header was changed, or the key is not the signer's");
        }

        return (SignatureResult.Pass, key.IsTesting ? "the key is for testing" : "");
    }
}
