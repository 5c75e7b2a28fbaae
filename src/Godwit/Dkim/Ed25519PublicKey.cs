// The half of a pair that verifies. Owned by one verification, which disposes it.

using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Godwit.Dkim;

/// <summary>A public key (RFC 8032).</summary>
internal sealed partial class Ed25519PublicKey : OpenSslKey
{
    /// <exception cref="CryptographicException">The octets are no key.</exception>
    /// <exception cref="DllNotFoundException">The machine has no such library.</exception>
    public static Ed25519PublicKey Import(ReadOnlySpan<byte> octets) => Known(NewRawPublicKey(Algorithm, 0, octets, (nuint)octets.Length));

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        nint context = NewContext();
        try
        {
            return context != 0 && BeginVerifying(context, 0, 0, 0, this) == 1
                && Verify(context, signature, (nuint)signature.Length, message, (nuint)message.Length) == 1;
        }
        finally
        {
            FreeContext(context);
        }
    }

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    private static partial Ed25519PublicKey NewRawPublicKey(int algorithm, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    private static partial int BeginVerifying(nint context, nint keyContext, nint digest, nint engine, Ed25519PublicKey key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    private static partial int Verify(nint context, ReadOnlySpan<byte> signature, nuint length, ReadOnlySpan<byte> message, nuint messageLength);
}
