// Zones that are really signed: Knot signs and serves them, unbound validates them, both on loopback ports of their own. Ended by their process ids.
// unbound trusts the keys that the lab tells it to, and knows nothing of the world outside.

using System.Globalization;
using System.Net;
using System.Text;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Tests.Support;

/// <summary>How a zone of the lab stands.</summary>
internal enum LabZoneKind
{
    /// <summary>Signed, and its key is trusted.</summary>
    Secure,

    /// <summary>Not signed, and nobody says that it is.</summary>
    Insecure,

    /// <summary>Signed, and another key is trusted: every answer is bogus.</summary>
    Bogus,
}

/// <param name="Records">In zone file form, names relative to the zone.</param>
internal sealed record LabZone(string Name, LabZoneKind Kind, string Records);

/// <summary>A validating name server for tests. Say <c>DnssecLab.Need()</c> first.</summary>
internal sealed class DnssecLab : IAsyncDisposable
{
    private const DnsType DnsKey = (DnsType)48;

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-dnssec-").FullName;
    private readonly List<RunningTool> _running = [];

    private DnssecLab()
    {
    }

    /// <summary>Where unbound answers.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Skips the running test where a program is missing.</summary>
    public static void Need() => Tool.Need("knotd", "unbound");

    public static async Task<DnssecLab> StartAsync(params LabZone[] zones)
    {
        var lab = new DnssecLab();
        try
        {
            int knot = await lab.StartKnotAsync(zones);
            await lab.StartUnboundAsync(zones, knot);
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningTool tool in Enumerable.Reverse(_running))
        {
            await tool.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<int> StartKnotAsync(LabZone[] zones)
    {
        int port = Tool.FreePort();
        Directory.CreateDirectory(Path.Combine(_folder, "db")); // Of a missing one Knot only warns, and then has no keys.
        var config = new StringBuilder($"""
            server:
                listen: 127.0.0.1@{port}
                rundir: "{_folder}"
                pidfile: "{_folder}/knot.pid"
            database:
                storage: "{_folder}/db"
            log:
              - target: stdout
                any: info
            policy:
              - id: lab
                algorithm: ecdsap256sha256
                single-type-signing: on
            zone:

            """);
        foreach (LabZone zone in zones)
        {
            string file = Path.Combine(_folder, $"{zone.Name}.zone");
            await File.WriteAllTextAsync(file, $"""
                $ORIGIN {zone.Name}.
                $TTL 300
                @ SOA ns hostmaster 1 3600 900 864000 60
                @ NS ns
                ns A 127.0.0.1
                {zone.Records}

                """);
            config.Append(CultureInfo.InvariantCulture, $"""
                  - domain: {zone.Name}
                    file: "{file}"
                    zonefile-sync: -1
                    zonefile-load: whole
                    journal-content: none

                """);
            if (zone.Kind != LabZoneKind.Insecure)
            {
                config.Append("    dnssec-signing: on\n    dnssec-policy: lab\n");
            }
        }

        string path = Path.Combine(_folder, "knot.conf");
        await File.WriteAllTextAsync(path, config.ToString());
        RunningTool tool = Start("knotd", "-c", path);
        await Eventually.TrueAsync(() => tool.HasExited || tool.Output.Contains("server started", StringComparison.Ordinal), TimeSpan.FromSeconds(30), () => tool.Output);
        Assert.False(tool.HasExited, $"knotd did not start: {tool.Output}");
        return port;
    }

    private async Task StartUnboundAsync(LabZone[] zones, int knot)
    {
        int port = Tool.FreePort();
        var anchors = new StringBuilder();
        var stubs = new StringBuilder();
        string strange = "";
        foreach (LabZone zone in zones)
        {
            anchors.Append(CultureInfo.InvariantCulture, $"  local-zone: \"{zone.Name}.\" transparent\n");
            stubs.Append(CultureInfo.InvariantCulture, $"stub-zone:\n  name: \"{zone.Name}.\"\n  stub-addr: 127.0.0.1@{knot}\n");
            if (zone.Kind != LabZoneKind.Insecure)
            {
                string key = await KeyOfAsync(zone.Name, knot);
                strange = strange.Length > 0 ? strange : key;
                if (zone.Kind == LabZoneKind.Bogus)
                {
                    // Another zone's key: well formed, and not the one that has signed.
                    key = key == strange ? throw new InvalidOperationException("list a secure zone before a bogus one") : strange;
                }

                anchors.Append(CultureInfo.InvariantCulture, $"  trust-anchor: \"{zone.Name}. DNSKEY {key}\"\n");
            }
        }

        string path = Path.Combine(_folder, "unbound.conf");
        await File.WriteAllTextAsync(path, $"""
            server:
              interface: 127.0.0.1@{port}
              access-control: 127.0.0.0/8 allow
              do-daemonize: no
              do-not-query-localhost: no
              chroot: ""
              username: ""
              directory: "{_folder}"
              pidfile: ""
              use-syslog: no
              logfile: ""
              verbosity: 1
              module-config: "validator iterator"
              num-threads: 1
              trust-anchor-signaling: no
              val-log-level: 2
              local-zone: "." refuse
            {anchors}
            {stubs}
            remote-control:
              control-enable: no
            """);
        RunningTool tool = Start("unbound", "-d", "-d", "-c", path);
        await Eventually.TrueAsync(() => tool.HasExited || tool.Output.Contains("start of service", StringComparison.Ordinal), TimeSpan.FromSeconds(30), () => tool.Output);
        Assert.False(tool.HasExited, $"unbound did not start: {tool.Output}");
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
    }

    /// <summary>The zone's key, as a trust anchor writes it. Signing may take a moment.</summary>
    private static async Task<string> KeyOfAsync(string zone, int knot)
    {
        for (int i = 0; i < 100; i++)
        {
            await using var resolver = new DnsResolver(() => [new IPEndPoint(IPAddress.Loopback, knot)], new ServerClock(TimeProvider.System));
            DnsAnswer answer = await resolver.QueryAsync(DomainName.Parse(zone), DnsKey, TestContext.Current.CancellationToken);
            if (answer.Records is [RawRecord { Content: { Length: > 4 } content }, ..])
            {
                ReadOnlySpan<byte> octets = content.Span;
                return string.Create(CultureInfo.InvariantCulture, $"{(octets[0] << 8) | octets[1]} {octets[2]} {octets[3]} {Convert.ToBase64String(octets[4..])}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        throw new InvalidOperationException($"{zone} has no key");
    }

    private RunningTool Start(string name, params string[] arguments)
    {
        var tool = RunningTool.Start(Tool.Find(name)!, arguments);
        _running.Add(tool);
        return tool;
    }
}
