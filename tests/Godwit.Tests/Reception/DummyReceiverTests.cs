using System.Net;
using System.Net.Sockets;
using Godwit.Reception;
using Godwit.Settings;
using Godwit.Smtp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Reception;

public sealed class DummyReceiverTests
{
    [Fact]
    public async Task Everything_is_accepted_counted_and_forgotten()
    {
        await using DummyReceiver receiver = Start(TimeSpan.Zero, TimeProvider.System, out ConnectionDeadlines deadlines);
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
        deadlines.Dispose();
    }

    [Fact]
    public async Task The_reply_to_a_message_waits_for_the_latency()
    {
        var time = new FakeTimeProvider();
        await using DummyReceiver receiver = Start(TimeSpan.FromSeconds(2), time, out ConnectionDeadlines deadlines);
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
        deadlines.Dispose();
    }

    [Fact]
    public async Task A_port_in_use_is_told()
    {
        await using DummyReceiver first = Start(TimeSpan.Zero, TimeProvider.System, out ConnectionDeadlines deadlines);
        await using var second = new DummyReceiver(new DummyReceiverSettings(first.EndPoint!, TimeSpan.Zero, true, true), "mta.example", deadlines, TimeProvider.System);
        Assert.False(second.TryStart(NullLogger.Instance, out string problem));
        Assert.Contains("in use", problem);
        deadlines.Dispose();
    }

    [Fact]
    public async Task Disposing_cuts_open_connections()
    {
        DummyReceiver receiver = Start(TimeSpan.Zero, TimeProvider.System, out ConnectionDeadlines deadlines);
        await using SmtpClientSocket client = await ConnectAsync(receiver);
        await client.ReplyAsync();
        await receiver.DisposeAsync();
        Assert.Empty(await client.RestAsync());
        deadlines.Dispose();
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_the_latency()
    {
        DummyReceiver receiver = Start(TimeSpan.FromHours(1), new FakeTimeProvider(), out ConnectionDeadlines deadlines);
        await using SmtpClientSocket client = await ConnectAsync(receiver);
        await client.ReplyAsync();
        await client.SendAsync("MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n");
        await client.ReplyAsync();
        await client.ReplyAsync();
        Assert.StartsWith("354", await client.ReplyAsync());
        await client.SendAsync(".\r\n");
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);

        await receiver.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(0, receiver.Messages);
        deadlines.Dispose();
    }

    [Fact]
    public async Task A_session_that_breaks_is_in_the_log()
    {
        var log = new RecordingLog();

        // Longer than a timer can be: the session breaks at the first message.
        await using DummyReceiver receiver = Start(TimeSpan.FromDays(100), TimeProvider.System, out ConnectionDeadlines deadlines, log);
        await using SmtpClientSocket client = await ConnectAsync(receiver);
        await client.SendAsync("MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nBDAT 1 LAST\r\nx");
        await client.RestAsync();

        await Support.Eventually.TrueAsync(() => log.Errors.Any(), TimeSpan.FromSeconds(10));
        Assert.Contains($"the session of client {client.Socket.LocalEndPoint} broke off", log.Errors.Single(), StringComparison.Ordinal);
        deadlines.Dispose();
    }

    private static DummyReceiver Start(TimeSpan latency, TimeProvider time, out ConnectionDeadlines deadlines, ILogger? log = null)
    {
        deadlines = new ConnectionDeadlines(time);
        var receiver = new DummyReceiver(
            new DummyReceiverSettings(new IPEndPoint(IPAddress.Loopback, 0), latency, HasPipelining: true, HasChunking: true), "mta.example", deadlines, time);
        Assert.True(receiver.TryStart(log ?? NullLogger.Instance, out string problem), problem);
        return receiver;
    }

    private static async Task<SmtpClientSocket> ConnectAsync(DummyReceiver receiver)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(receiver.EndPoint!);
        return new SmtpClientSocket(socket);
    }
}
