// The other half of Ed25519Key, from the same library. Owned by one verification, which disposes it.

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Godwit.Foundation;

namespace Godwit.Dkim;

/// <summary>A public key (RFC 8032).</summary>
internal sealed partial class Ed25519PublicKey : SafeHandle
{
    /// <summary>Octets of a key as RFC 8463 section 4.2 publishes it.</summary>
    public const int KeyOctets = 32;

    private const string Library = OpenSslLibrary.Crypto;

    /// <summary>The library's own number for the algorithm.</summary>
    private const int Algorithm = 1087;

    static Ed25519PublicKey() => OpenSslLibrary.Use();

    public Ed25519PublicKey()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <exception cref="CryptographicException">The octets are no key.</exception>
    /// <exception cref="DllNotFoundException">The machine has no such library.</exception>
    public static Ed25519PublicKey Import(ReadOnlySpan<byte> octets)
    {
        Ed25519PublicKey key = NewRawPublicKey(Algorithm, 0, octets, (nuint)octets.Length);
        return key.IsInvalid ? throw new CryptographicException("OpenSSL does not take this Ed25519 key") : key;
    }

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

    protected override bool ReleaseHandle()
    {
        Free(handle);
        return true;
    }

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    private static partial Ed25519PublicKey NewRawPublicKey(int algorithm, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    private static partial void Free(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    private static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    private static partial int BeginVerifying(nint context, nint keyContext, nint digest, nint engine, Ed25519PublicKey key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    private static partial int Verify(nint context, ReadOnlySpan<byte> signature, nuint length, ReadOnlySpan<byte> message, nuint messageLength);
}
