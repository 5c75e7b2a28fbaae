// Listeners, name servers, the built-in receiver, the spool.

using System.Net;
using System.Net.Sockets;

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    private const int DnsPort = 53;

    /// <summary>Where nothing is written, one on every address.</summary>
    private List<ListenerSettings> Listeners(SourceInheritance sources)
    {
        var listeners = new List<ListenerSettings>();
        foreach (WrittenListener listener in WrittenListener.Of(root, (block, fault) => problems.Error(block.ArgumentAt, $"<smtp-listener>: {fault}")))
        {
            AddListeners(listeners, listener, sources);
        }

        return listeners.Count > 0 ? listeners : 
            [new ListenerSettings(new IPEndPoint(IPAddress.Any, WrittenListener.OldPort(root)), "") { Tls = TlsDirectives.OfListener(root, null) }];
    }

    private void AddListeners(List<ListenerSettings> listeners, WrittenListener written, SourceInheritance sources)
    {
        if (written.Source.Length > 0 && !sources.Names.Contains(written.Source, StringComparer.OrdinalIgnoreCase))
        {
            problems.Error(written.SourceAt, $"the source {ValueParsers.Show(written.Source)} is not defined{Spelling.Hint(written.Source, sources.Names)}");
        }

        List<IPAddress> addresses = LocalAddresses(written.Addresses);
        if (addresses.Count == 0)
        {
            problems.Error(written.At, $"no address of this host lies in {written.Addresses}");
        }

        TlsSettings tls = TlsDirectives.OfListener(root, written.Block);
        bool immediately = written.Block?.Last("immediate-tls")?.Value is true;
        foreach (IPAddress address in addresses)
        {
            var endPoint = new IPEndPoint(address, written.Port);
            if (written.Port != 0 && listeners.Exists(l => l.EndPoint.Equals(endPoint)))
            {
                problems.Error(written.At, $"{endPoint} is listened on twice");
            }
            else
            {
                listeners.Add(new ListenerSettings(endPoint, written.Source) { ImmediateTls = immediately, Tls = tls });
            }
        }
    }

    private List<IPAddress> LocalAddresses(IPNetwork network)
    {
        int most = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (network.PrefixLength == most)
        {
            return [network.BaseAddress];
        }

        return network.PrefixLength == 0 ? [network.BaseAddress] : [.. surroundings.LocalAddresses().Where(network.Contains).Distinct()];
    }

    private List<IPEndPoint> NameServers()
    {
        var servers = All(root, "name-server").Select(d => d.Value).OfType<IPEndPoint>().Distinct().ToList();
        if (servers.Count == 0)
        {
            servers.AddRange(surroundings.NameServers());
        }

        return servers.Count > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, DnsPort)];
    }

    private DummyReceiverSettings? DummyReceiver()
    {
        int port = LastValue(root, "dummy-smtp-port", 0);
        return port == 0 ? null : new DummyReceiverSettings(
            new IPEndPoint(LastValue(root, "dummy-smtp-ip", IPAddress.Loopback), port),
            LastValue(root, "dummy-smtp-latency", TimeSpan.Zero),
            LastValue(root, "dummy-smtp-has-pipelining", otherwise: false),
            LastValue(root, "dummy-smtp-has-chunking", otherwise: false));
    }

    private SpoolSettings Spool()
    {
        var spools = new List<(SpoolSettings Spool, ConfigPosition At)>();
        foreach (CheckedDirective line in All(root, "spool"))
        {
            if (line.Value is string directory)
            {
                spools.Add((new SpoolSettings(directory, LastValue(root, "spool-min-free-space", 0L)), line.At));
            }
        }

        foreach (CheckedBlock block in root.Blocks.Where(b => b.Kind == BlockKind.Spool))
        {
            spools.Add((new SpoolSettings(Path.GetFullPath(block.Argument, baseDirectory), LastValue(block, "min-free-space", 0L)), block.At));
        }

        if (spools.Count == 0)
        {
            if (root.IsUnread("spool"))
            {
                return new SpoolSettings("", 0);
            }

            problems.Error(_wholeFile, "no spool: accepted mail needs a directory; add \"<spool /var/spool/godwit>\" and \"</spool>\"");
            return new SpoolSettings("", 0);
        }

        foreach ((SpoolSettings _, ConfigPosition at) in spools.Skip(1))
        {
            problems.Once("spools", at, ConfigSeverity.Warning, $"only one spool is used so far: {spools[0].Spool.Directory}");
        }

        return spools[0].Spool;
    }
}
