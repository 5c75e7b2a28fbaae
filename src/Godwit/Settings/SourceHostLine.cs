// The sources that one block gives, each with the line it comes from: smtp-source-host, its old form of smtp-source-ip with host-name, and addresses
// behind proxies. use-proxy is inherited like any other setting: an address of a block that goes through proxies is ours towards them.

using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>One source and the line that gave it.</summary>
internal readonly record struct SourceHostLine(SourceHost Host, CheckedDirective Line)
{
    /// <summary>The sources of a block, in the order in which they are used.</summary>
    /// <param name="serverName">For addresses without a name of their own.</param>
    public static List<SourceHostLine> Of(CheckedBlock block, string serverName, ProxyTable table)
    {
        List<SourceHostLine> direct = Direct(block, serverName);
        List<SourceHostLine> behind = BehindServers(block);
        CheckedDirective? proxies = block.Last("use-proxy") ?? (direct.Count > 0 && behind.Count == 0 ? table.Inherited : null);
        if (proxies is not { Value: IReadOnlyList<string> { Count: > 0 } names })
        {
            return [.. direct, .. behind];
        }

        IPAddress? local = direct.Count > 0 ? direct[0].Host.Address : null;
        return [.. table.SourcesOf(names, local).Select(host => new SourceHostLine(host, proxies)), .. behind];
    }

    /// <summary>The host-name that belongs to the smtp-source-ip lines of a virtual MTA; at global level it is the server's own.</summary>
    public static CheckedDirective? NameOf(CheckedBlock block) => block.Kind == BlockKind.VirtualMta
        ? block.Directives.FindLast(d => d.Directive.Name == "host-name") is { Value: DomainName } name ? name : null
        : null;

    /// <summary>The lines that make these sources, each once.</summary>
    public static IEnumerable<(string Directive, string Text)> Print(IEnumerable<SourceHost> hosts) =>
        hosts.Where(host => host.Address is not null).Select(Print).Distinct();

    private static (string Directive, string Text) Print(SourceHost host) => host.Proxies switch
    {
        [] => ("smtp-source-host", $"{host.Address} {host.HostName}"),
        [{ Name: "", Local: not null } hop] =>
            ("smtp-proxy-source-host",
            $"{hop.Local} {ValueParsers.HostAndPort.Print(hop.Server)} {ValueParsers.AddressAndPort.Print(hop.Client)} {hop.HostName}"),
        _ => ("use-proxy", string.Join(',', host.Proxies.Select(hop => hop.Name))),
    };

    private static List<SourceHostLine> Direct(CheckedBlock block, string serverName)
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

    private static List<SourceHostLine> BehindServers(CheckedBlock block)
    {
        int version = block.Last("proxy-protocol")?.Value as int? ?? 1;
        var lines = new List<SourceHostLine>();
        foreach (CheckedDirective line in block.All("smtp-proxy-source-host"))
        {
            if (line.Value is ProxySourceHost { Client: var client } host)
            {
                var hop = new ProxyHop("", host.Proxy, version, host.Local, client.EndPoint, client.HostName.Text);
                lines.Add(new SourceHostLine(new SourceHost(client.EndPoint.Address, client.HostName.Text) { Proxies = [hop] }, line));
            }
        }

        return lines;
    }
}
