// A key of Ed25519 inside the OpenSSL library that the runtime itself uses for RSA and TLS: .NET has no class for it, and a native library of our own would
// have to lie beside a program that is one file. What both halves of a pair have in common: that they are freed, and how an operation with them begins.

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Godwit.Foundation;

namespace Godwit.Dkim;

/// <summary>One half of a pair of Ed25519 keys.</summary>
internal abstract partial class OpenSslKey : SafeHandle
{
    /// <summary>Of the seed, and of the public key as RFC 8463 section 4.2 publishes it (RFC 8032 section 5.1.5).</summary>
    public const int KeyOctets = 32;

    protected const string Library = OpenSslLibrary.Crypto;

    /// <summary>The library's own number for the algorithm.</summary>
    protected const int Algorithm = 1087;

    static OpenSslKey() => OpenSslLibrary.Use();

    protected OpenSslKey()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <exception cref="CryptographicException">The library has not made one.</exception>
    protected static T Known<T>(T key)
        where T : OpenSslKey => key.IsInvalid ? throw new CryptographicException("OpenSSL does not take this Ed25519 key") : key;

    protected override bool ReleaseHandle()
    {
        Free(handle);
        return true;
    }

    /// <summary>What an operation keeps its state in; 0 when there is no memory.</summary>
    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    protected static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    protected static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    private static partial void Free(nint key);
}
