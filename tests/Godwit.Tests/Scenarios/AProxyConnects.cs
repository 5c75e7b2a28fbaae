// Mail that leaves from addresses behind PROXY protocol servers, as the receiving host and the accounting see it.

using System.Net;
using System.Net.Sockets;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class AProxyConnects
{
    private const string WithoutSecondTry = "    retry-after 1h";

    [Theory]
    [InlineData("1", "v1")]
    [InlineData("2", "v2")]
    public async Task A_source_behind_a_proxy_is_what_the_host_and_accounting_see(string version, string header)
    {
        await using ScriptedSmtpServer peer = new();
        await using ScriptedProxy proxy = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <virtual-mta far>
              smtp-proxy-source-host 127.0.0.2 127.0.0.1:{proxy.Port} 127.0.0.7 seven.mx.test
              proxy-protocol {version}
            </virtual-mta>
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test", "X-Virtual-MTA: far\r\nSubject: x\r\n\r\nx\r\n");

        AccountingRow delivered = await server.RecordAsync("d", "b@there.test");

        Assert.Equal("127.0.0.7", delivered["dlvSourceIp"]);
        Assert.Equal("127.0.0.1", delivered["dlvDestinationIp"]);
        Assert.Equal("127.0.0.7 EHLO seven.mx.test", Seen(peer));
        Assert.Equal([$"{header} 127.0.0.7:0 127.0.0.1:{peer.Port}"], proxy.Headers);
        Assert.Empty(proxy.Problems);
    }

    [Fact]
    public async Task The_clients_of_a_proxy_are_used_in_turn()
    {
        await using ScriptedSmtpServer peer = new();
        await using ScriptedProxy proxy = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <proxy near>
              server 127.0.0.1:{proxy.Port}
              client 127.0.0.7 seven.mx.test
              client 127.0.0.8 eight.mx.test
            </proxy>
            use-proxy near
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              max-msg-per-connection 1
              max-smtp-out 1
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");
        await server.SendAsync("a@sender.test", "c@there.test");
        await server.RecordAsync("d", "c@there.test");

        Assert.Equal(["127.0.0.7", "127.0.0.8"], (await server.RecordsAsync("d", 2)).Select(row => row["dlvSourceIp"]).Order());
        Assert.Equal(
            ["127.0.0.7 EHLO seven.mx.test", "127.0.0.8 EHLO eight.mx.test"],
            peer.Sessions.Select(session => $"{session.Remote.Address} {session.Commands[0]}").Order());
    }

    [Fact]
    public async Task The_next_proxy_takes_over_while_the_first_is_down()
    {
        await using ScriptedSmtpServer peer = new();
        await using ScriptedProxy second = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <proxy first>
              server 127.0.0.1:{ScriptedSmtpServer.UnusedPort()}
              client 127.0.0.7 seven.mx.test
            </proxy>
            <proxy second>
              server 127.0.0.1:{second.Port}
              client 127.0.0.8 eight.mx.test
            </proxy>
            <virtual-mta v>
              use-proxy first,second
            </virtual-mta>
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
            {WithoutSecondTry}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test", "X-Virtual-MTA: v\r\nSubject: x\r\n\r\nx\r\n");

        AccountingRow delivered = await server.RecordAsync("d", "b@there.test");

        Assert.Equal("127.0.0.8", delivered["dlvSourceIp"]);
        Assert.Equal("127.0.0.8 EHLO eight.mx.test", Seen(peer));
    }

    [Fact]
    public async Task A_silent_proxy_takes_none_of_the_time_of_the_next()
    {
        await using ScriptedSmtpServer peer = new();
        await using ScriptedProxy second = new();
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(0);
        using Socket filled = Fill((IPEndPoint)silent.LocalEndPoint!);
        await using RunningServer server = await RunningServer.StartAsync($"""
            <proxy first>
              server {silent.LocalEndPoint}
              client 127.0.0.7 seven.mx.test
            </proxy>
            <proxy second>
              server 127.0.0.1:{second.Port}
              client 127.0.0.8 eight.mx.test
            </proxy>
            use-proxy first,second
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              connect-timeout 1s
            {WithoutSecondTry}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow delivered = await server.RecordAsync("d", "b@there.test");

        Assert.Equal("127.0.0.8", delivered["dlvSourceIp"]);
    }

    [Fact]
    public async Task While_no_proxy_answers_mail_waits_and_the_queue_says_which()
    {
        await using ScriptedSmtpServer peer = new();
        int port = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <proxy near>
              server 127.0.0.1:{port}
              client 127.0.0.7 seven.mx.test
            </proxy>
            use-proxy near
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
            {WithoutSecondTry}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.TopQueuesSayAsync($"ECONNREFUSED connecting to the proxy near (127.0.0.1:{port})");
        Assert.Empty(peer.Sessions);

        // It is our own trouble: no step of the retry schedule is taken, and the mail goes soon after the proxy is back.
        await using ScriptedProxy proxy = new(port);
        await server.RunAsync("schedule there.test");
        AccountingRow delivered = await server.RecordAsync("d", "b@there.test");
        Assert.Equal("127.0.0.7", delivered["dlvSourceIp"]);
    }

    [Fact]
    public async Task A_host_that_is_refused_behind_a_proxy_is_told_with_that_proxy()
    {
        await using ScriptedProxy proxy = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <proxy near>
              server 127.0.0.1:{proxy.Port}
              client 127.0.0.7 seven.mx.test
            </proxy>
            use-proxy near
            <domain *>
              smtp-hosts [127.0.0.1]:{ScriptedSmtpServer.UnusedPort()}
            {WithoutSecondTry}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.TopQueuesSayAsync("EDISCON in connection to 127.0.0.1 (127.0.0.1) through the proxy near");
    }

    [Fact]
    public async Task A_proxy_that_cannot_reach_the_host_leaves_it_to_the_next_host()
    {
        await using ScriptedSmtpServer peer = new();
        await using ScriptedProxy proxy = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <proxy near>
              server 127.0.0.1:{proxy.Port}
              client 127.0.0.7 seven.mx.test
            </proxy>
            use-proxy near
            <domain *>
              smtp-hosts [127.0.0.1]:{ScriptedSmtpServer.UnusedPort()}; [127.0.0.1]:{peer.Port}
            {WithoutSecondTry}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.RecordAsync("d", "b@there.test");

        Assert.Equal(2, proxy.Headers.Count);
    }

    /// <summary>The one place in the line of a server that accepts nobody: whoever comes behind hears nothing.</summary>
    private static Socket Fill(IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(server);
        return socket;
    }

    private static string Seen(ScriptedSmtpServer peer) =>
        Assert.Single(peer.Sessions.Select(session => $"{session.Remote.Address} {session.Commands[0]}"));
}
