// HAProxy as people run it in front of their source addresses: it reads our header and connects from the address that stands there.

using System.Net;
using System.Net.Sockets;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

public sealed class HaproxyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Mail_leaves_from_the_address_behind_haproxy(int version)
    {
        Tool.Need("haproxy");
        Assert.SkipWhen(!Environment.IsPrivilegedProcess, "haproxy needs root to connect from other addresses");
        await using ScriptedSmtpServer peer = new();
        int port = Tool.FreePort();
        string config = Path.Combine(Directory.CreateTempSubdirectory("godwit-haproxy-").FullName, "haproxy.cfg");
        await File.WriteAllTextAsync(
            config,
            $"""
            defaults
              mode tcp
              timeout connect 10s
              timeout client 60s
              timeout server 60s
            listen out
              bind 127.0.0.1:{port} accept-proxy
              server host 0.0.0.0 source 0.0.0.0 usesrc clientip

            """,
            TestContext.Current.CancellationToken);
        await using RunningTool haproxy = RunningTool.Start(Tool.Find("haproxy")!, ["-db", "-f", config]);
        await using RunningServer server = await RunningServer.StartAsync($"""
            <proxy near>
              server 127.0.0.1:{port}
              client 127.0.0.7 seven.mx.test
              protocol-version {version}
            </proxy>
            use-proxy near
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
            </domain>
            """);

        await Eventually.TrueAsync(() => Listens(port), TimeSpan.FromSeconds(20), () => haproxy.Output);
        await server.SendAsync("a@sender.test", "b@there.test");
        AccountingRow delivered = await server.RecordAsync("d", "b@there.test");

        Assert.Equal("127.0.0.7", delivered["dlvSourceIp"]);
        Assert.Equal(IPAddress.Parse("127.0.0.7"), Assert.Single(peer.Sessions).Remote.Address);
        Directory.Delete(Path.GetDirectoryName(config)!, recursive: true);
    }

    private static bool Listens(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
