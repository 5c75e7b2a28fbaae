// Hosts on the port of TLS from the first octet (RFC 8314 section 7.3), which a client of STARTTLS waits at for a greeting that does not come. Static.

using System.Net;

namespace Godwit.Settings;

/// <summary>Warns of port 465.</summary>
internal static class TlsPortLint
{
    private const int ImmediateTlsPort = 465;

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems) => Visit(root, problems);

    private static void Visit(CheckedBlock block, ProblemList problems)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            if (line.Value is IReadOnlyList<HostLevel> levels ? levels.Any(level => level.Hosts.Any(IsMeant))
                : line.Directive.Name == "default-smtp-port" && line.Value is ImmediateTlsPort)
            {
                problems.Once("port 465", line.At, ConfigSeverity.Warning,
                    $"hosts speak TLS from the first octet on port {ImmediateTlsPort}, and mail is brought with STARTTLS: nothing would arrive; "
                    + "use port 587 or 25 with require-starttls yes");
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Visit(inner, problems);
        }
    }

    /// <summary>A tunnel on this machine may do what it likes.</summary>
    private static bool IsMeant(HostTarget host) => host.Port == ImmediateTlsPort && !(host.Address is { } address && IPAddress.IsLoopback(address));
}
