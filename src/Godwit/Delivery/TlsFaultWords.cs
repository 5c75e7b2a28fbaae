// What a host failed by, for an operator. Static.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Tls;

namespace Godwit.Delivery;

/// <summary>Words about certificates that prove nothing.</summary>
internal static class TlsFaultWords
{
    /// <summary>Names of one certificate that are shown: it may have a thousand.</summary>
    private const int MostNames = 3;

    /// <summary>What is shown of one of them: a peer writes it, and it goes into logs and records.</summary>
    private const int MaxName = 100;

    /// <summary>To stand behind the host's name.</summary>
    public static string Of(TlsResultType fault, PeerCertificates? shown) => fault switch
    {
        TlsResultType.CertificateHostMismatch => $"its certificate is for {NamesIn(shown)}",
        TlsResultType.CertificateExpired when shown is not null && shown.Leaf.NotAfter.ToUniversalTime() is var end =>
            $"its certificate, or an authority's, has expired or is not valid yet (valid until {end:yyyy-MM-dd})",
        TlsResultType.CertificateExpired => "its certificate has expired",
        TlsResultType.CertificateNotTrusted => "no trusted authority has signed its certificate",
        TlsResultType.TlsaInvalid => "its certificate matches none of its TLSA records",
        TlsResultType.DnssecInvalid => "DNSSEC does not validate its records",
        TlsResultType.ValidationFailure when shown is null => "it showed no certificate",
        TlsResultType.ValidationFailure => "the policy of the domain does not name it",
        _ => fault.Name(),
    };

    private static string NamesIn(PeerCertificates? shown)
    {
        string[] names = shown is null ? [] : [.. NamesOf(shown.Leaf).Take(MostNames + 1).Select(Clean)];
        return names.Length == 0 ? "no name" : string.Join(", ", names.Take(MostNames)) + (names.Length > MostNames ? " and others" : "");
    }

    /// <summary>Printable ASCII of one line.</summary>
    private static string Clean(string name) => string.Create(Math.Min(name.Length, MaxName), name, static (clean, name) =>
    {
        for (int i = 0; i < clean.Length; i++)
        {
            clean[i] = name[i] is >= ' ' and <= '~' ? name[i] : '?';
        }
    });

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate)
    {
        try
        {
            X509SubjectAlternativeNameExtension? names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
            return names is null ? [] : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())];
        }
        catch (CryptographicException)
        {
            return []; // Its names cannot be read.
        }
    }
}
