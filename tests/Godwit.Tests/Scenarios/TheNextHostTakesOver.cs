// The second host gets the mail when the first refuses the connection, does not answer in time, greets with 421, or has no address.

using System.Net;
using System.Net.Sockets;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheNextHostTakesOver
{
    private static readonly IPAddress _first = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress _second = IPAddress.Parse("127.0.0.3");

    [Fact]
    public async Task When_the_first_MX_refuses_the_connection()
    {
        await using var second = new ScriptedSmtpServer(address: _second);
        await AssertSecondDeliversAsync(second, TwoMx());
    }

    [Fact]
    public async Task When_the_first_MX_does_not_answer_the_connection_in_time()
    {
        await using var second = new ScriptedSmtpServer(address: _second);
        using var deaf = new DeafListener(_first, second.Port);
        await AssertSecondDeliversAsync(second, TwoMx());
    }

    [Fact]
    public async Task When_the_first_MX_greets_with_421()
    {
        await using var second = new ScriptedSmtpServer(address: _second);
        await using var first = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.Farewell("421 4.3.2 going down"), _first, second.Port);
        await AssertSecondDeliversAsync(second, TwoMx());
        Assert.Single(first.Sessions);
    }

    [Fact]
    public async Task When_the_first_MX_has_no_address()
    {
        await using var second = new ScriptedSmtpServer(address: _second);
        var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, "mx1").Mx(20, "mx2").Exists("mx1").A("mx2", "127.0.0.3");
        await AssertSecondDeliversAsync(second, dns);
    }

    [Fact]
    public async Task When_the_first_level_of_smtp_hosts_is_down()
    {
        await using var second = new ScriptedSmtpServer(address: _second);
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.2]:{second.Port}, [127.0.0.4]:{second.Port}; [127.0.0.3]:{second.Port}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");

        Assert.Equal("127.0.0.3", (await server.RecordAsync("d", "b@there.test"))["dlvDestinationIp"]);
    }

    [Fact]
    public async Task And_when_none_is_left_the_queue_waits_and_says_why()
    {
        await using ScriptedDnsServer dns = TwoMx();
        await using RunningServer server = await RunningServer.StartAsync(Config(ScriptedSmtpServer.UnusedPort()), dns);
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("tq");

        Assert.Equal(("there.test/{default}", "mx2.there.test (127.0.0.3)"), (record["queue"], record["dsnMta"]));
        Assert.StartsWith("4.4.1", record["dsnStatus"]);
        Assert.Contains("ECONNREFUSED connecting to mx2.there.test (127.0.0.3)", record["dsnDiag"]);
        await server.TopQueuesSayAsync("ECONNREFUSED connecting to mx2.there.test (127.0.0.3)");
        Assert.Empty(server.Accounting.Of("t"));
    }

    private static async Task AssertSecondDeliversAsync(ScriptedSmtpServer second, ScriptedDnsServer dns)
    {
        await using ScriptedDnsServer _ = dns;
        await using RunningServer server = await RunningServer.StartAsync(Config(second.Port), dns);
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("d", "b@there.test");

        Assert.Equal(("mx2.there.test (127.0.0.3)", "127.0.0.3"), (record["dsnMta"], record["dlvDestinationIp"]));
        Assert.Empty(server.Accounting.Rows.Where(row => row.Type is "t" or "tq" or "b"));
    }

    private static ScriptedDnsServer TwoMx()
    {
        var dns = new ScriptedDnsServer();
        dns.Zone("there.test").Mx(10, "mx1").Mx(20, "mx2").A("mx1", "127.0.0.2").A("mx2", "127.0.0.3");
        return dns;
    }

    private static string Config(int port) => $"""
        <domain *>
          default-smtp-port {port}
          connect-timeout 1s
          retry-after 1h
        </domain>
        """;

    /// <summary>A port whose queue of new connections is full: Linux drops every further SYN, and connecting takes for ever.</summary>
    private sealed class DeafListener : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public DeafListener(IPAddress address, int port)
        {
            var listener = New();
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen(0);
            for (bool full = false; !full;)
            {
                Assert.True(_sockets.Count < 100, "the queue of new connections has no bound");
                full = !New().ConnectAsync(new IPEndPoint(address, port)).Wait(TimeSpan.FromMilliseconds(300));
            }
        }

        public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

        private Socket New()
        {
            _sockets.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            return _sockets[^1];
        }
    }
}
