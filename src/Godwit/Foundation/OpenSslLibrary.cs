// Where the functions of OpenSSL are found that .NET has no class for: in the library that the runtime itself uses. An assembly can say once how its
// native names are found, so everyone who imports such a function comes by here first.

using System.Runtime.InteropServices;

namespace Godwit.Foundation;

/// <summary>The system's OpenSSL.</summary>
internal static class OpenSslLibrary
{
    /// <summary>Keys, hashes, signatures.</summary>
    public const string Crypto = "libcrypto";

    /// <summary>TLS.</summary>
    public const string Tls = "libssl";

    /// <summary>Every version that .NET works with.</summary>
    private static readonly string[] _versions = ["3", "1.1"];

    static OpenSslLibrary() => NativeLibrary.SetDllImportResolver(typeof(OpenSslLibrary).Assembly, static (name, assembly, path) =>
    {
        nint library = 0;
        for (int i = 0; library == 0 && (name is Crypto or Tls) && i < _versions.Length; i++)
        {
            NativeLibrary.TryLoad($"{name}.so.{_versions[i]}", assembly, path, out library);
        }

        return library;
    });

    /// <summary>To be called before the first import is used; a machine without the library throws <see cref="DllNotFoundException"/> at that use.</summary>
    public static void Use()
    {
        // The work is the type's initializer.
    }
}
