// One side begins with TLS and the other with words, which port 465 and port 25 or 587 are mixed up by: who is told what, on the way in and on the way out.

using System.Net;
using System.Net.Sockets;
using Godwit.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Scenarios;

public sealed class TlsMeetsPlainText : IDisposable
{
    /// <summary>The fatal alert unexpected_message, whose last octet is a line feed.</summary>
    private static readonly byte[] _alert = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x0a];

    private readonly string _files = Directory.CreateTempSubdirectory("godwit-mixed-").FullName;

    public TlsMeetsPlainText() => File.WriteAllText(Path.Combine(_files, "mx.pem"), new TestAuthority().Issue("mx.test").Pem);

    public void Dispose() => Directory.Delete(_files, recursive: true);

    [Fact]
    public async Task A_client_of_TLS_at_once_on_a_plain_port_is_told_so_and_the_log_names_the_directive()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config());
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);

        await client.SendAsync("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x0a\x00");

        Assert.StartsWith("220 ", await client.ReplyAsync());
        Assert.StartsWith("501 5.5.2 this port does not begin with TLS: connect in plain text and say STARTTLS", await client.ReplyAsync());
        Assert.Equal("", await client.ReplyAsync());
        await server.LogSaysAsync("it speaks TLS from the first octet, and listener 127.0.0.1:");
        Assert.True(server.LogHas("a <smtp-listener> with immediate-tls yes"), server.Log());
    }

    [Fact]
    public async Task A_whole_TLS_library_on_a_plain_port_is_closed_too()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config());
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);

        await Assert.ThrowsAnyAsync<Exception>(() => client.HandshakeAsync());

        await server.LogSaysAsync("it speaks TLS from the first octet");
    }

    [Fact]
    public async Task A_client_that_speaks_plain_text_to_immediate_TLS_is_named()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config());
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.Server.SmtpEndPoints[1]);

        await client.SendAsync("EHLO client.test\r\n");

        Assert.DoesNotContain("250", await client.ReplyAsync());
        await server.LogSaysAsync("it speaks no TLS, and listener 127.0.0.2:");
        Assert.True(server.LogHas("has immediate-tls yes"), server.Log());
    }

    [Fact]
    public async Task A_client_that_waits_for_a_greeting_at_immediate_TLS_is_named()
    {
        var time = new FakeTimeProvider();
        time.SetUtcNow(DateTimeOffset.UtcNow);
        await using RunningServer server = await RunningServer.StartAsync(Config(), time: time);
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.Server.SmtpEndPoints[1]);

        Task<string> end = client.ReplyAsync();
        for (int seconds = 0; !end.IsCompleted && seconds < 120; seconds++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        Assert.Equal("", await end);
        await server.LogSaysAsync("it said nothing for a minute, as who waits for a greeting in plain text");
    }

    [Fact]
    public async Task A_scanner_that_connects_and_leaves_is_no_client_of_plain_text()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config());
        await using (StartTlsClient client = await StartTlsClient.ConnectAsync(server.Server.SmtpEndPoints[1]))
        {
            await Eventually.TrueAsync(() => server.Server.Traffic.ConnectionsIn.Current == 1, TimeSpan.FromSeconds(10));
        }

        await Eventually.TrueAsync(() => server.Server.Traffic.ConnectionsIn.Current == 0, TimeSpan.FromSeconds(10));
        Assert.False(server.LogHas("immediate-tls"), server.Log());
    }

    [Fact]
    public async Task A_host_that_speaks_TLS_at_once_is_recognised_by_why()
    {
        using var host = new TcpListener(IPAddress.Loopback, 0);
        host.Start();
        Task serving = AnswerAsync(host, _alert);
        await using RunningServer server = await RunningServer.StartAsync($"<domain *>\nsmtp-hosts [127.0.0.1]:{((IPEndPoint)host.LocalEndpoint).Port}\n</domain>\n");
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordsAsync("tq", 1);

        Assert.Contains("the host speaks TLS from the first octet", await server.RunAsync("why b@there.test"), StringComparison.Ordinal);
        host.Stop();
        await serving;
    }

    [Fact]
    public async Task A_host_of_port_465_that_says_nothing_is_explained()
    {
        // Loopback has many addresses, and one of them may have port 465 free for a test that runs as root; others cannot open it.
        using TcpListener? host = OpenPort465();
        if (host is null)
        {
            Assert.Skip("port 465 of 127.0.0.77 cannot be opened by this user");
        }

        Task serving = AnswerAsync(host, []);
        await using RunningServer server = await RunningServer.StartAsync("<domain *>\nsmtp-hosts [127.0.0.77]:465\n</domain>\n");
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordsAsync("tq", 1);

        Assert.Contains("no greeting; hosts speak TLS from the first octet on port 465", await server.RunAsync("why b@there.test"), StringComparison.Ordinal);
        host.Stop();
        await serving;
    }

    private static TcpListener? OpenPort465()
    {
        var listener = new TcpListener(IPAddress.Parse("127.0.0.77"), 465);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    /// <summary>Says that to everybody, and closes.</summary>
    private static async Task AnswerAsync(TcpListener host, byte[] octets)
    {
        try
        {
            while (true)
            {
                using Socket client = await host.AcceptSocketAsync();
                await client.SendAsync(octets);
                client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private string Config() => $"""
        smtp-server-tls-certificate {_files}/mx.pem
        <smtp-listener 127.0.0.2:0>
          immediate-tls yes
        </smtp-listener>
        <source 127.0.0.1>
          allow-starttls yes
        </source>
        """;
}
