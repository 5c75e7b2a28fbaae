// The <proxy> blocks of a file, by name, and the sources that a list of them makes. Immutable once read.

using System.Net;

namespace Godwit.Settings;

/// <summary>PROXY protocol servers that virtual MTAs may name.</summary>
internal sealed class ProxyTable
{
    private readonly Dictionary<string, WrittenProxy> _all = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The server's own <c>use-proxy</c>, which holds where a virtual MTA has none.</summary>
    public CheckedDirective? Inherited { get; private init; }

    /// <summary>Blocks of one name count together; the last server and version among them hold.</summary>
    public static ProxyTable Of(CheckedBlock root)
    {
        var table = new ProxyTable { Inherited = root.Last("use-proxy") };
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Proxy))
        {
            table._all.TryGetValue(block.Argument, out WrittenProxy? before);
            var clients = block.All("client").Select(line => line.Value).OfType<ProxyClient>();
            table._all[block.Argument] = new WrittenProxy(
                block.Argument,
                block.Last("server")?.Value as HostTarget ?? before?.Server,
                block.Last("protocol-version")?.Value as int? ?? before?.Version ?? 1,
                [.. before?.Clients ?? [], .. clients]);
        }

        return table;
    }

    /// <summary>
    /// One source for each client of the first proxy. Behind the others it has a client of the same address family, in turn, so that a source that goes
    /// over keeps one address. Empty while a proxy lacks its server or its clients: that is a problem of its own.
    /// </summary>
    /// <param name="names">In order of failover.</param>
    /// <param name="local">Our address towards all of them; null lets the system choose.</param>
    public List<SourceHost> SourcesOf(IReadOnlyList<string> names, IPAddress? local)
    {
        List<WrittenProxy> proxies = [.. names.Select(name => _all.GetValueOrDefault(name)).OfType<WrittenProxy>().Where(proxy => proxy.Server is not null)];
        return proxies.Count == 0
            ? []
            : [.. proxies[0].Clients.Select((client, index) => new SourceHost(client.EndPoint.Address, client.HostName.Text)
            {
                Proxies = [proxies[0].HopFrom(client, local), .. proxies.Skip(1).Select(proxy => proxy.HopLike(client, index, local)).OfType<ProxyHop>()],
            })];
    }

    /// <param name="Server">null while nothing usable is written.</param>
    private sealed record WrittenProxy(string Name, HostTarget? Server, int Version, List<ProxyClient> Clients)
    {
        public ProxyHop HopFrom(ProxyClient client, IPAddress? local) => new(Name, Server!, Version, local, client.EndPoint, client.HostName.Text);

        /// <summary>null when this proxy has no client of that family.</summary>
        public ProxyHop? HopLike(ProxyClient wanted, int index, IPAddress? local)
        {
            List<ProxyClient> alike = Clients.FindAll(client => client.EndPoint.AddressFamily == wanted.EndPoint.AddressFamily);
            return alike.Count == 0 ? null : HopFrom(alike[index % alike.Count], local);
        }
    }
}
