// Connections to hosts that are to be safe and cannot be: no version of TLS is left, or DANE is asked for and no name server is believed about DNSSEC.
// Static. Silent where another machine's name servers would have to be known.

using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Checks what hosts are asked to prove, and by what.</summary>
internal static class TlsHostLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return;
        }

        foreach (WrittenDomain domain in WrittenDomain.Of(root, static block => block.Directives.Exists(IsForbidden)))
        {
            CheckedDirective line = domain.Block.Directives.Find(IsForbidden)!;
            if (domain.Patterns.Count > 0 && domain.Effective(domain.Patterns[0], settings) is { Tls.Versions: TlsVersions.None } effective)
            {
                NoVersion(line, effective, problems);
            }
        }

        Blind(root, settings, problems);
    }

    private static bool IsForbidden(CheckedDirective line) =>
        line.Value is false && line.Directive.Name.StartsWith("smtp-tls-allow-tls", StringComparison.Ordinal);

    private static void NoVersion(CheckedDirective line, DeliverySettings effective, ProblemList problems)
    {
        if (effective.RequireStartTls == true)
        {
            problems.Once("no tls version", line.At, ConfigSeverity.Error,
                "no version of TLS is left for hosts here, and require-starttls is set: nothing could be sent; allow TLS 1.2 and 1.3");
        }
        else if (effective.UseStartTls)
        {
            problems.Once("no tls version, no tls", line.At, ConfigSeverity.Warning,
                "no version of TLS is left for hosts here: all mail goes in plain text; allow TLS 1.2 and 1.3, or say use-starttls no if that is meant");
        }
    }

    /// <summary>An answer's word about DNSSEC is worth what the path is that it came over.</summary>
    private static void Blind(CheckedBlock root, ServerSettings settings, ProblemList problems)
    {
        if (settings.NameServerTrustAd || settings.NameServers.Count == 0 || settings.NameServers.Any(static each => IPAddress.IsLoopback(each.Address)))
        {
            return;
        }

        CheckedDirective? asked = WrittenDomain.Blocks(root)
            .Select(static each => each.Block.Last("use-dane"))
            .FirstOrDefault(static line => line is { Value: true });
        CheckedDirective? at = asked ?? root.Last("name-server");
        bool isWanted = asked is not null
            || (DomainName.TryParse("any.invalid", out DomainName any) && settings.DeliveryFor(any, EnvelopeRecipient.DefaultVirtualMta).UseDane);
        if (isWanted && at is not null)
        {
            problems.Once("dane is blind", at.At, asked is null ? ConfigSeverity.Note : ConfigSeverity.Warning,
                "use-dane has no effect: no name server is on this host, and others are not believed about DNSSEC; run a validating one here (unbound), or say "
                + "name-server-trust-ad yes if nobody can forge packets between it and you");
        }
    }
}
