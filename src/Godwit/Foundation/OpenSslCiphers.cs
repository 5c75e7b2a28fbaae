// What OpenSSL makes of a list of ciphers in its own language: the list is given to the library, and the library is asked what it has chosen.
// Stateless; thread safe. Meant for loading a configuration, not for a hot path.

using System.Runtime.InteropServices;

namespace Godwit.Foundation;

/// <summary>Reads lists of ciphers by OpenSSL's rules.</summary>
internal static partial class OpenSslCiphers
{
    /// <summary>
    /// Added to every list: without authentication of the server or without encryption TLS protects nothing, and <c>HIGH:!ADH</c> leaves some
    /// such suites in.
    /// </summary>
    private const string Never = ":!aNULL:!eNULL";

    /// <summary>Suites of TLS 1.3 are no matter of these lists. All of them, and nothing else, have numbers that begin so (RFC 8446 appendix B.4).</summary>
    private const int Tls13Octet = 0x13;

    static OpenSslCiphers() => OpenSslLibrary.Use();

    /// <summary>
    /// The suites up to TLS 1.2 that a list chooses, in its order, by their IANA numbers. Names that the library does not know are passed over, as it does
    /// itself.
    /// </summary>
    /// <param name="anyStrength">Also suites and keys that the library's security level forbids elsewhere; TLS 1.0 and 1.1 need that.</param>
    /// <param name="fault">Why there are none, to stand behind the list; empty when there are some.</param>
    public static bool TryRead(string list, bool anyStrength, out ushort[] suites, out string fault)
    {
        suites = [];
        try
        {
            nint context = NewContext(Method());
            try
            {
                string whole = $"{list}{Never}{(anyStrength ? ":@SECLEVEL=0" : "")}";
                suites = context != 0 && SetList(context, whole) == 1 ? Chosen(context) : [];
                ClearErrors();
            }
            finally
            {
                FreeContext(context);
            }

            fault = suites.Length > 0 ? "" : "names no cipher that OpenSSL here has";
        }
        catch (Exception lacking) when (lacking is DllNotFoundException or EntryPointNotFoundException)
        {
            fault = "cannot be read: this machine lacks OpenSSL (libssl, 1.1.1 or 3)";
        }

        return fault.Length == 0;
    }

    /// <summary>Whether a word of a list chooses something, of whatever worth.</summary>
    public static bool Knows(string word)
    {
        nint context = NewContext(Method());
        try
        {
            return context != 0 && SetList(context, word + ":@SECLEVEL=0") == 1;
        }
        finally
        {
            ClearErrors();
            FreeContext(context);
        }
    }

    /// <summary>Whether the library has this suite of TLS 1.3.</summary>
    /// <param name="name">Its IANA name.</param>
    public static bool HasSuite(string name)
    {
        try
        {
            nint context = NewContext(Method());
            try
            {
                return context != 0 && SetSuites(context, name) == 1;
            }
            finally
            {
                ClearErrors();
                FreeContext(context);
            }
        }
        catch (Exception lacking) when (lacking is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static ushort[] Chosen(nint context)
    {
        nint stack = Ciphers(context);
        var suites = new List<ushort>();
        for (int i = 0; i < Count(stack); i++)
        {
            ushort suite = ProtocolId(Item(stack, i));
            if (suite >> 8 != Tls13Octet)
            {
                suites.Add(suite);
            }
        }

        return [.. suites];
    }

    [LibraryImport(OpenSslLibrary.Tls, EntryPoint = "TLS_method")]
    private static partial nint Method();

    [LibraryImport(OpenSslLibrary.Tls, EntryPoint = "SSL_CTX_new")]
    private static partial nint NewContext(nint method);

    [LibraryImport(OpenSslLibrary.Tls, EntryPoint = "SSL_CTX_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(OpenSslLibrary.Tls, EntryPoint = "SSL_CTX_set_cipher_list", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetList(nint context, string list);

    [LibraryImport(OpenSslLibrary.Tls, EntryPoint = "SSL_CTX_set_ciphersuites", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetSuites(nint context, string suites);

    /// <summary>Belongs to the context.</summary>
    [LibraryImport(OpenSslLibrary.Tls, EntryPoint = "SSL_CTX_get_ciphers")]
    private static partial nint Ciphers(nint context);

    [LibraryImport(OpenSslLibrary.Tls, EntryPoint = "SSL_CIPHER_get_protocol_id")]
    private static partial ushort ProtocolId(nint cipher);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "OPENSSL_sk_num")]
    private static partial int Count(nint stack);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "OPENSSL_sk_value")]
    private static partial nint Item(nint stack, int index);

    /// <summary>A refused list leaves its reason on the thread, where .NET would take it for the next operation's.</summary>
    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "ERR_clear_error")]
    private static partial void ClearErrors();
}
