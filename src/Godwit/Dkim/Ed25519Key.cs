// The half of a pair that signs. Owned by its DkimKey. A handle is safe to sign with from many threads.

using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Godwit.Dkim;

/// <summary>A private key (RFC 8032).</summary>
internal sealed partial class Ed25519Key : OpenSslKey
{
    private const int SignatureOctets = 64;

    /// <param name="seed">32 octets.</param>
    /// <exception cref="CryptographicException">The library does not take them.</exception>
    /// <exception cref="DllNotFoundException">The machine has no such library.</exception>
    public static Ed25519Key Import(ReadOnlySpan<byte> seed) => Known(NewRawPrivateKey(Algorithm, 0, seed, (nuint)seed.Length));

    /// <summary>The 32 octets that are published.</summary>
    public byte[] PublicKey()
    {
        byte[] octets = new byte[KeyOctets];
        nuint length = KeyOctets;
        return ReadRawPublicKey(this, octets, ref length) == 1
            ? octets
            : throw new CryptographicException("OpenSSL does not tell the public half of an Ed25519 key");
    }

    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        byte[] signature = new byte[SignatureOctets];
        nuint length = SignatureOctets;
        nint context = NewContext();
        try
        {
            if (context == 0 || BeginSigning(context, 0, 0, 0, this) != 1 || Sign(context, signature, ref length, message, (nuint)message.Length) != 1)
            {
                throw new CryptographicException("OpenSSL could not sign with an Ed25519 key");
            }

            return signature;
        }
        finally
        {
            FreeContext(context);
        }
    }

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_private_key")]
    private static partial Ed25519Key NewRawPrivateKey(int algorithm, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_raw_public_key")]
    private static partial int ReadRawPublicKey(Ed25519Key key, Span<byte> octets, ref nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSignInit")]
    private static partial int BeginSigning(nint context, nint keyContext, nint digest, nint engine, Ed25519Key key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSign")]
    private static partial int Sign(nint context, Span<byte> signature, ref nuint length, ReadOnlySpan<byte> message, nuint messageLength);
}
