// Doors that are to speak TLS and cannot, or speak more of it than is safe: no certificate, no version, versions that are broken. Static.

namespace Godwit.Settings;

/// <summary>Checks listeners and sources for TLS that will not come about.</summary>
internal static class TlsDoorLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        List<WrittenListener> listeners = WrittenListener.Of(root);
        foreach (WrittenListener listener in listeners)
        {
            TlsSettings tls = TlsDirectives.OfListener(root, listener.Block);
            if (listener.Block?.Last("immediate-tls") is { Value: true } immediate && tls.Certificate is null && !Unread(root, listener.Block))
            {
                problems.Error(immediate.At, $"immediate-tls yes, and {listener.Shown} has no certificate; add \"tls-certificate FILE\" here or "
                    + "\"smtp-server-tls-certificate FILE\" at global level");
            }

            if (tls.Versions == TlsVersions.None)
            {
                problems.Error(listener.At, $"no version of TLS is left for {listener.Shown}; allow TLS 1.2 and 1.3");
            }
        }

        Offered(root, listeners, problems);
        Old(root, problems);
    }

    /// <summary>As PowerMTA, a source that may use STARTTLS is not offered it where there is no certificate: mail comes unencrypted, without a word.</summary>
    private static void Offered(CheckedBlock root, List<WrittenListener> listeners, ProblemList problems)
    {
        bool possible = listeners.Count == 0
            ? TlsDirectives.OfListener(root, null).Certificate is not null || root.IsUnread("smtp-server-tls-certificate")
            : listeners.Exists(one => TlsDirectives.OfListener(root, one.Block).Certificate is not null || Unread(root, one.Block));
        foreach (CheckedBlock source in possible ? [] : root.BlocksOf(BlockKind.Source))
        {
            if (source.Last("allow-starttls") is { Value: true } offer)
            {
                problems.Once("starttls without certificate", offer.At, ConfigSeverity.Warning,
                    "allow-starttls yes, and no listener has a certificate: STARTTLS is not offered; add \"smtp-server-tls-certificate FILE\"");
            }
        }
    }

    /// <summary>Versions that RFC 8996 forbids, wherever they are allowed.</summary>
    private static void Old(CheckedBlock block, ProblemList problems)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            string name = line.Directive.Name;
            if (line is { Value: true, Directive.Status: DirectiveStatus.InEffect }
                && (name.EndsWith("tls-allow-tlsv1", StringComparison.Ordinal) || name.EndsWith("tls-allow-tlsv1.1", StringComparison.Ordinal)))
            {
                problems.Once($"old tls {name}", line.At, ConfigSeverity.Warning,
                    $"{name} yes: TLS before 1.2 is broken (RFC 8996), and OpenSSL speaks it only with its lowest demands on keys and signatures, "
                    + "which then hold for every connection here; sessions are not resumed either");
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Old(inner, problems);
        }
    }

    private static bool Unread(CheckedBlock root, CheckedBlock? listener) =>
        root.IsUnread("smtp-server-tls-certificate") || listener?.IsUnread("tls-certificate") == true;
}
