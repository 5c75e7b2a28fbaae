// What TLS is to work with and cannot: certificates, keys and authorities that cannot be read or used, certificates that run out or are for other names,
// ciphers that OpenSSL does not have. An error where the server would not start with it. One instance for each load. Says what a file is, never what is in
// it.

using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Looks at the files and lists that directives of TLS name.</summary>
/// <param name="hostNames">What this server says it is called.</param>
internal sealed class TlsLint(IReadOnlyList<DomainName> hostNames, ConfigSurroundings surroundings, ProblemList problems)
{
    /// <summary>Time in which a certificate can be renewed without haste; services that renew by themselves do it earlier.</summary>
    private static readonly TimeSpan _soon = TimeSpan.FromDays(14);

    private readonly HashSet<CertificateFile> _seen = [];

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems) =>
        new TlsLint(settings?.HostNames ?? [], surroundings, problems).Visit(root);

    private void Visit(CheckedBlock block)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            if (line.Directive.Status != DirectiveStatus.InEffect)
            {
                continue;
            }

            switch (line.Value)
            {
                case CertificateFile file when _seen.Add(file):
                    Certificate(line, file);
                    break;
                case string path when line.Directive.Name.EndsWith("tls-ca-file", StringComparison.Ordinal):
                    Authorities(line, path);
                    break;
                case string list when ReferenceEquals(line.Directive.Form, ValueParsers.CipherList):
                    Ciphers(line, list);
                    break;
                case string list when ReferenceEquals(line.Directive.Form, ValueParsers.CipherSuites):
                    Suites(line, list);
                    break;
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Visit(inner);
        }
    }

    private void Certificate(CheckedDirective line, CertificateFile file)
    {
        if (!TryRead(line, file.Path, out string text))
        {
            return;
        }

        if (!CertificateText.TryRead(text, file.Password.Reveal(), out CertificateWithKey? found, out string fault))
        {
            Tell(line, ConfigSeverity.Error, $"{file.Path} {fault}");
            return;
        }

        using X509Certificate2 certificate = found!.Certificate;
        DateTime now = surroundings.Time.GetUtcNow().UtcDateTime;
        DateTime from = certificate.NotBefore.ToUniversalTime();
        DateTime until = certificate.NotAfter.ToUniversalTime();
        if (until <= now)
        {
            Tell(line, ConfigSeverity.Warning, $"{file.Path}: the certificate expired on {Day(until)}; peers that check it will not talk to us: renew it");
        }
        else if (until - now < _soon)
        {
            Tell(line, ConfigSeverity.Warning, $"{file.Path}: the certificate expires on {Day(until)}, in {Days(until - now)}; renew it");
        }

        bool isServers = line.Directive.Name is "smtp-server-tls-certificate" or "tls-certificate";
        if (isServers && hostNames.Count > 0 && !hostNames.Any(name => IsFor(certificate, name)))
        {
            Tell(line, ConfigSeverity.Note, $"{file.Path}: the certificate speaks of no host-name ({string.Join(", ", hostNames.Take(3))}): a client that "
                + "checks it has to know this server by one of the certificate's own names");
        }

        if (from > now)
        {
            Tell(line, ConfigSeverity.Warning, $"{file.Path}: the certificate is valid from {Day(from)} only; peers that check it will not talk to us before");
        }
    }

    private void Authorities(CheckedDirective line, string path)
    {
        if (TryRead(line, path, out string text) && !CertificateText.TryReadAll(text, out _, out string fault))
        {
            Tell(line, ConfigSeverity.Error, $"{path} {fault}");
        }
    }

    private void Ciphers(CheckedDirective line, string list)
    {
        if (list == TlsSettings.UsualCiphers || surroundings.IsForeign)
        {
            return;
        }

        if (!OpenSslCiphers.TryRead(list, anyStrength: true, out _, out string fault))
        {
            Tell(line, ConfigSeverity.Error, $"{ValueParsers.Show(list)} {fault}; see what a list chooses with \"openssl ciphers -s -v 'LIST'\"");
        }
        else
        {
            Unresumed(line);
            Misspelt(line, list);
            if (list.Contains("@SECLEVEL", StringComparison.OrdinalIgnoreCase))
            {
                Tell(line, ConfigSeverity.Warning, "@SECLEVEL has no effect: the security level is that of the machine's openssl.cnf, and the lowest where "
                    + "versions before TLS 1.2 are allowed");
            }
        }
    }

    /// <summary>OpenSSL passes over what it does not know, so a slip in a list is never heard of.</summary>
    private void Misspelt(CheckedDirective line, string list)
    {
        if (CipherWords.Unknown(list) is not { Count: > 0 } unknown)
        {
            return;
        }

        Tell(line, ConfigSeverity.Note, $"OpenSSL here knows nothing named {string.Join(", ", unknown.Select(ValueParsers.Show))}, and passes it over; "
            + "take it out, or correct it");
    }

    private void Suites(CheckedDirective line, string list)
    {
        string unknown = surroundings.IsForeign ? "" : string.Join(", ", TlsSuiteNames.Unknown(list));
        if (unknown.Length > 0)
        {
            Tell(line, ConfigSeverity.Error, $"OpenSSL here has no suite of TLS 1.3 named {ValueParsers.Show(unknown)}; its own are {TlsSuiteNames.Usual}");
        }
        else if (list.Length > 0)
        {
            Unresumed(line);
        }
    }

    private void Unresumed(CheckedDirective line) => problems.Once("tls unresumed", line.At, ConfigSeverity.Note,
        $"{line.Directive.Name}: with a choice of its own sessions are not resumed, so that every connection costs a whole handshake; "
        + "the default costs less and is as safe");

    /// <summary>False, and told, when there is nothing to look at.</summary>
    private bool TryRead(CheckedDirective line, string path, out string text)
    {
        text = "";
        try
        {
            text = surroundings.Read(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            if (!surroundings.IsForeign)
            {
                // Somebody may have written the password and forgotten the file: what is no file's name is not shown.
                bool missing = e is FileNotFoundException or DirectoryNotFoundException;
                string fault = !missing ? $"{path}: it cannot be read"
                    : line.Directive.Secret && !IsNamedAsCertificate(path) ? "there is no such file"
                    : $"{path}: no such file";
                Tell(line, ConfigSeverity.Error, fault);
            }

            return false;
        }
    }

    private static bool IsNamedAsCertificate(string path) => Path.GetExtension(path) is ".pem" or ".crt" or ".cer" or ".cert" or ".key";

    private static bool IsFor(X509Certificate2 certificate, DomainName name)
    {
        try
        {
            return certificate.MatchesHostname(name.Text, allowWildcards: true, allowCommonName: false);
        }
        catch (Exception odd) when (odd is CryptographicException or ArgumentException)
        {
            return true; // Names that cannot be compared are not told about.
        }
    }

    private void Tell(CheckedDirective line, ConfigSeverity severity, string fault) =>
        problems.Once($"tls {line.Directive.Name} {fault}", line.ValueAt, severity, $"{line.Directive.Name}: {fault}");

    private static string Day(DateTime time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Days(TimeSpan left) => left.TotalDays switch
    {
        < 1 => "less than a day",
        < 2 => "1 day",
        var days => $"{(int)days} days",
    };
}
