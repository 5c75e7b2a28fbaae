// The source addresses that one block gives, each with the line it comes from: smtp-source-host, and its old form of smtp-source-ip with host-name.

using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>One source address and the line that gave it.</summary>
internal readonly record struct SourceHostLine(SourceHost Host, CheckedDirective Line)
{
    /// <summary>The addresses of a block, in the order in which they are used.</summary>
    /// <param name="serverName">For addresses without a name of their own.</param>
    public static List<SourceHostLine> Of(CheckedBlock block, string serverName)
    {
        var lines = new List<SourceHostLine>();
        foreach (CheckedDirective line in block.Directives)
        {
            if (line is { Directive.Name: "smtp-source-host", Value: IReadOnlyList<SourceHost> hosts })
            {
                lines.AddRange(hosts.Select(host => new SourceHostLine(host, line)));
            }
        }

        CheckedDirective? name = NameOf(block);
        string own = name?.Value is DomainName domain ? domain.Text : serverName;
        foreach (CheckedDirective line in block.Directives)
        {
            if (line is { Directive.Name: "smtp-source-ip", Value: IPAddress address })
            {
                lines.Add(new SourceHostLine(new SourceHost(address, own), line));
            }
        }

        // A name alone names whatever address the system chooses.
        if (name is not null && lines.Count == 0)
        {
            lines.Add(new SourceHostLine(new SourceHost(null, own), name));
        }

        return lines;
    }

    /// <summary>The host-name that belongs to the smtp-source-ip lines of a virtual MTA; at global level it is the server's own.</summary>
    public static CheckedDirective? NameOf(CheckedBlock block) => block.Kind == BlockKind.VirtualMta
        ? block.Directives.FindLast(d => d.Directive.Name == "host-name") is { Value: DomainName } name ? name : null
        : null;
}
