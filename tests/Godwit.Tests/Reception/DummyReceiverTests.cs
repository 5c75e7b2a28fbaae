using System.Net;
using System.Net.Sockets;
using Godwit.Foundation;
using Godwit.Reception;
using Godwit.Settings;
using Godwit.Smtp;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Reception;

public sealed class DummyReceiverTests
{
    [Fact]
    public async Task Everything_is_accepted_counted_and_forgotten()
    {
        using var deadlines = new ConnectionDeadlines(TimeProvider.System);
        await using DummyReceiver receiver = await StartAsync(TimeSpan.Zero, TimeProvider.System, deadlines);
        await using SmtpClientSocket client = await ConnectAsync(receiver);
        Assert.StartsWith("220 ", await client.ReplyAsync());
        string hello = await client.AskAsync("EHLO x");
        foreach (string extension in new[] { "PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 0" })
        {
            Assert.Contains(extension, hello);
        }

        await client.SendAsync("MAIL FROM:<>\r\nRCPT TO:<anything at all>\r\nDATA\r\n");
        Assert.StartsWith("250", await client.ReplyAsync());
        Assert.StartsWith("250", await client.ReplyAsync());
        Assert.StartsWith("354", await client.ReplyAsync());
        await client.SendAsync("a\nb\0c\r\n.\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 3\r\nabcBDAT 4 LAST\r\nQUITQUIT\r\n");
        Assert.Equal(["250", "250", "250", "250", "250", "221"], (await client.RestAsync()).Select(reply => reply[..3]));
        Assert.Equal(2, receiver.Messages);
    }

    [Fact]
    public async Task The_reply_to_a_message_waits_for_the_latency()
    {
        var time = new FakeTimeProvider();
        using var deadlines = new ConnectionDeadlines(time);
        await using DummyReceiver receiver = await StartAsync(TimeSpan.FromSeconds(2), time, deadlines);
        await using SmtpClientSocket client = await ConnectAsync(receiver);
        await client.ReplyAsync();
        await client.SendAsync("MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n");
        await client.ReplyAsync();
        await client.ReplyAsync();
        await client.ReplyAsync();
        Task<string> reply = client.AskAsync(".");
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.False(reply.IsCompleted);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!reply.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(reply, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token));
        }

        Assert.StartsWith("250", await reply);
    }

    [Fact]
    public async Task A_port_in_use_is_told()
    {
        using var deadlines = new ConnectionDeadlines(TimeProvider.System);
        await using DummyReceiver first = await StartAsync(TimeSpan.Zero, TimeProvider.System, deadlines);
        await using var second = new DummyReceiver(deadlines, TimeProvider.System, NullLogger.Instance);

        PortUnavailableException refused = await Assert.ThrowsAsync<PortUnavailableException>(
            () => second.PrepareAsync(new DummyReceiverSettings(first.EndPoint!, TimeSpan.Zero, true, true), "mta.example"));

        Assert.Contains("in use", refused.Message);
        Assert.Null(second.EndPoint);
    }

    [Fact]
    public async Task A_change_counts_for_new_connections_and_leaves_open_ones_alone()
    {
        using var deadlines = new ConnectionDeadlines(TimeProvider.System);
        await using DummyReceiver receiver = await StartAsync(TimeSpan.Zero, TimeProvider.System, deadlines);
        await using SmtpClientSocket before = await ConnectAsync(receiver);
        Assert.StartsWith("220 mta.example", await before.ReplyAsync());

        await ApplyAsync(receiver, new DummyReceiverSettings(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0), TimeSpan.Zero, HasPipelining: false, HasChunking: false), "new.example");

        await using SmtpClientSocket after = await ConnectAsync(receiver);
        Assert.StartsWith("220 new.example", await after.ReplyAsync());
        Assert.DoesNotContain("CHUNKING", await after.AskAsync("EHLO x"));
        Assert.Contains("CHUNKING", await before.AskAsync("EHLO x"));
        Assert.StartsWith("221", await before.AskAsync("QUIT"));

        await ApplyAsync(receiver, null, "new.example");
        Assert.Null(receiver.EndPoint);
        Assert.StartsWith("221", await after.AskAsync("QUIT"));
    }

    [Fact]
    public async Task Disposing_cuts_open_connections()
    {
        using var deadlines = new ConnectionDeadlines(TimeProvider.System);
        DummyReceiver receiver = await StartAsync(TimeSpan.Zero, TimeProvider.System, deadlines);
        await using SmtpClientSocket client = await ConnectAsync(receiver);
        await client.ReplyAsync();
        await receiver.DisposeAsync();
        Assert.Empty(await client.RestAsync());
    }

    private static async Task<DummyReceiver> StartAsync(TimeSpan latency, TimeProvider time, ConnectionDeadlines deadlines)
    {
        var receiver = new DummyReceiver(deadlines, time, NullLogger.Instance);
        await ApplyAsync(receiver, new DummyReceiverSettings(new IPEndPoint(IPAddress.Loopback, 0), latency, HasPipelining: true, HasChunking: true), "mta.example");
        return receiver;
    }

    private static async Task ApplyAsync(DummyReceiver receiver, DummyReceiverSettings? settings, string hostName)
    {
        IPreparedChange change = await receiver.PrepareAsync(settings, hostName);
        await change.CommitAsync();
    }

    private static async Task<SmtpClientSocket> ConnectAsync(DummyReceiver receiver)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(receiver.EndPoint!);
        return new SmtpClientSocket(socket);
    }
}
