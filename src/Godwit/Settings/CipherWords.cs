// The words of OpenSSL's language of cipher lists (ciphers(1)), to find those that mean nothing. The library itself says of a suite or a family whether it has
// it; of a family that it was built without it says nothing, so those have a list here: "!RC4" is good practice wherever there is no RC4 any more. Static.

using System.Collections.Frozen;
using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>Looks at lists word by word.</summary>
internal static class CipherWords
{
    /// <summary>Families that libraries of today are often built without, and those of other versions of the language.</summary>
    private static readonly FrozenSet<string> _families = FrozenSet.ToFrozenSet(
        [
            "COMPLEMENTOFDEFAULT", "COMPLEMENTOFALL", "DEFAULT", "LOW", "EXP", "EXPORT", "EXPORT40", "EXPORT56", "NULL", "eNULL", "aNULL", "CBC", "FIPS",
            "kRSA", "aRSA", "RSA", "kDHr", "kDHd", "kDH", "kDHE", "kEDH", "DH", "DHE", "EDH", "ADH", "kEECDH", "kECDHE", "ECDHE", "EECDH", "AECDH", "aDSS",
            "DSS", "aDH", "aECDH", "aECDSA", "ECDSA", "ECDH", "kECDHr", "kECDHe", "kECDH", "TLSv1.3", "TLSv1.2", "TLSv1.0", "TLSv1", "SSLv3", "SSLv2",
            "ARIA", "ARIA128", "ARIA256", "ARIAGCM", "CAMELLIA", "CAMELLIA128", "CAMELLIA256", "CHACHA20", "3DES", "DES", "RC4", "RC2", "IDEA", "SEED",
            "MD5", "SHA", "SHA1", "SHA256", "SHA384", "aGOST", "aGOST01", "kGOST", "GOST94", "GOST89MAC", "PSK", "kPSK", "aPSK", "kECDHEPSK", "kDHEPSK",
            "kRSAPSK", "SRP", "kSRP", "aSRP", "KRB5", "kKRB5", "aKRB5", "FZA", "kFZA", "aFZA", "SUITEB128", "SUITEB128ONLY", "SUITEB128C2", "SUITEB192",
        ],
        StringComparer.Ordinal);

    /// <summary>The words of a list that stand for nothing, in its order; empty also where the library cannot be asked.</summary>
    public static IReadOnlyList<string> Unknown(string list)
    {
        var unknown = new List<string>();
        foreach (string entry in list.Split([':', ',', ';', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            // An order such as @STRENGTH is no cipher.
            if (entry[0] == '@')
            {
                continue;
            }

            string name = entry.TrimStart('!', '-', '+');
            if (!Array.TrueForAll(name.Split('+'), IsKnown) && !unknown.Contains(name))
            {
                unknown.Add(name);
            }
        }

        return unknown;
    }

    private static bool IsKnown(string word) => _families.Contains(word) || OpenSslCiphers.Knows(word);
}
