// The suites of TLS 1.3 by name (RFC 8446 appendix B.4): they are too few and too regular for a language of lists. Static.

using System.Net.Security;
using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>Reads lists of suites.</summary>
internal static class TlsSuiteNames
{
    /// <summary>What OpenSSL offers when nobody says anything, in its order.</summary>
    public const string Usual = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

    /// <summary>Those of a list that are suites of TLS 1.3, in its order.</summary>
    public static IEnumerable<TlsCipherSuite> Read(string list)
    {
        foreach (string name in list.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Find(name) is { } suite)
            {
                yield return suite;
            }
        }
    }

    /// <summary>The names of a list that OpenSSL here does not have.</summary>
    public static IEnumerable<string> Unknown(string list) =>
        list.Split(':', StringSplitOptions.RemoveEmptyEntries).Where(name => Find(name) is null || !OpenSslCiphers.HasSuite(name));

    private static TlsCipherSuite? Find(string name) =>
        Enum.TryParse(name, out TlsCipherSuite suite) && Enum.IsDefined(suite) && (int)suite >> 8 == 0x13 && char.IsAsciiLetter(name[0]) ? suite : null;
}
