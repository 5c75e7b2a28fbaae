// The resolver against a real recursive server: unbound with local data, started on loopback for this class and ended by its process id.

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Tests.Dns;

public sealed class UnboundTests : IAsyncLifetime
{
    private const string Unbound = "/usr/sbin/unbound";
    private const string Skipped = "needs " + Unbound;

    private readonly string _directory = Directory.CreateTempSubdirectory("godwit-unbound-").FullName;
    private readonly IPEndPoint _endPoint = new(IPAddress.Loopback, FreePort());
    private readonly DnsResolver _resolver;
    private Process? _process;

    public UnboundTests() => _resolver = new DnsResolver(() => [_endPoint], new ServerClock(TimeProvider.System));

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Unbound))
        {
            return;
        }

        string config = Path.Combine(_directory, "unbound.conf");
        await File.WriteAllTextAsync(config, Config());
        var ready = new TaskCompletionSource();
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(Unbound, ["-d", "-d", "-c", config]) { RedirectStandardError = true, UseShellExecute = false },
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            // It says so once its sockets are open.
            if (line.Data is null || line.Data.Contains("start of service", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        _process.Start();
        _process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _resolver.DisposeAsync();
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_real_recursive_server_gives_hosts_negative_answers_aliases_and_long_answers()
    {
        Assert.SkipUnless(_process is { HasExited: false }, Skipped);
        var lookup = new MxLookup(_resolver, new Random(1));

        MxAnswer found = await lookup.FindAsync(DomainName.Parse("example.test"), default, CancellationToken.None);
        MxAnswer nullMx = await lookup.FindAsync(DomainName.Parse("null.example.test"), default, CancellationToken.None);
        MxAnswer alias = await lookup.FindAsync(DomainName.Parse("alias.example.test"), default, CancellationToken.None);
        MxAnswer unknown = await lookup.FindAsync(DomainName.Parse("no.example.test"), default, CancellationToken.None);
        DnsAnswer many = await _resolver.QueryAsync(DomainName.Parse("many.example.test"), DnsType.TXT, CancellationToken.None);
        DnsAnswer refused = await _resolver.QueryAsync(DomainName.Parse("refused.test"), DnsType.A, CancellationToken.None);

        Assert.Equal(["mx1.example.test", "mx2.example.test"], found.Hosts.Select(h => h.Name.Text));
        Assert.Equal(["2001:db8::1", "192.0.2.1"], found.Hosts[0].Addresses.Select(a => a.ToString()));
        Assert.Equal(MxStatus.NullMx, nullMx.Status);
        Assert.Equal("mx2.example.test", Assert.Single(alias.Hosts).Name.Text);
        Assert.Equal(MxStatus.NoSuchDomain, unknown.Status);
        Assert.Equal(20, many.Records.Count);
        Assert.Equal($"A refused.test: REFUSED from {_endPoint}", refused.Detail);
    }

    [Fact(Timeout = 30_000)]
    public async Task Negative_answers_carry_the_life_of_the_zone()
    {
        Assert.SkipUnless(_process is { HasExited: false }, Skipped);
        var clock = new ServerClock(TimeProvider.System);

        DnsAnswer answer = await _resolver.QueryAsync(DomainName.Parse("no.example.test"), DnsType.MX, CancellationToken.None);

        Assert.Equal(DnsStatus.NoSuchName, answer.Status);
        Assert.InRange((answer.Expires - clock.Now).TotalSeconds, 30, 77);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private string Config() => $"""
        server:
          interface: 127.0.0.1@{_endPoint.Port}
          access-control: 127.0.0.0/8 allow
          do-daemonize: no
          chroot: ""
          username: ""
          directory: "{_directory}"
          pidfile: ""
          use-syslog: no
          logfile: ""
          verbosity: 1
          module-config: "iterator"
          num-threads: 1
          local-zone: "test." static
          local-zone: "refused.test." always_refuse
          local-zone: "example.test." static
          local-data: "example.test. 300 IN SOA ns.example.test. hostmaster.example.test. 1 3600 900 86400 77"
          local-data: "example.test. 300 IN MX 10 mx1.example.test."
          local-data: "example.test. 300 IN MX 20 mx2.example.test."
          local-data: "mx1.example.test. 300 IN A 192.0.2.1"
          local-data: "mx1.example.test. 300 IN AAAA 2001:db8::1"
          local-data: "mx2.example.test. 300 IN A 192.0.2.2"
          local-data: "null.example.test. 300 IN MX 0 ."
          local-data: "alias.example.test. 300 IN CNAME mx2.example.test."
        {string.Concat(Enumerable.Range(0, 20).Select(i => $"  local-data: 'many.example.test. 300 IN TXT \"{new string((char)('a' + i), 120)}\"'\n"))}
        remote-control:
          control-enable: no
        """;
}
