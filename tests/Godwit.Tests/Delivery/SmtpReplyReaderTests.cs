using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Mail;
using Godwit.Smtp;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Delivery;

public sealed class SmtpReplyReaderTests
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("250 2.1.0 Ok\r\n", 250, "2.1.0 Ok")]
    [InlineData("250\r\n", 250, "")]
    [InlineData("250 \r\n", 250, "")]
    [InlineData("550 line ended by LF alone\n", 550, "line ended by LF alone")]
    [InlineData("550-5.7.1 first\r\n550-5.7.1 second\r\n550 5.7.1 third\r\n", 550, "5.7.1 first second third")]
    [InlineData("550-5.7.1 first\r\n550 5.7.2 second\r\n", 550, "5.7.1 first 5.7.2 second")]
    [InlineData("550-\r\n550 only the last line speaks\r\n", 550, "only the last line speaks")]
    [InlineData("599 a code nobody knows\r\n", 599, "a code nobody knows")]
    [InlineData("550 tab\there \x07 and bell\r\n", 550, "tab here   and bell")]
    public async Task A_reply_is_read_however_it_is_cut(string sent, int code, string text)
    {
        foreach (int cut in new[] { 1, 3, 1000 })
        {
            await using var pair = await Pair.OpenAsync();
            Task sending = pair.SendAsync(sent, cut);
            SmtpReplyRead read = await pair.Reader.ReadAsync(_timeout);
            await sending;
            Assert.Equal((SmtpReplyStatus.Ok, code, text), (read.Status, read.Reply!.Code, read.Reply.Text));
        }
    }

    [Theory]
    [InlineData("25 too short\r\n")]
    [InlineData("2500 too long\r\n")]
    [InlineData("150 no such class\r\n")]
    [InlineData("650 no such class\r\n")]
    [InlineData("\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("250-one\r\n550 two\r\n")]
    [InlineData("250-one\r\nrubbish\r\n")]
    public async Task What_is_no_reply_breaks_the_connection(string sent)
    {
        await using var pair = await Pair.OpenAsync();
        await pair.SendAsync(sent, 1000);
        Assert.Equal(SmtpReplyStatus.Broken, (await pair.Reader.ReadAsync(_timeout)).Status);
    }

    [Fact]
    public async Task A_line_at_the_bound_is_read_and_a_longer_one_is_not()
    {
        await using var pair = await Pair.OpenAsync();
        await pair.SendAsync("250 " + new string('x', SmtpReplyReader.MaxLineOctets - 6) +
            "\r\n250 " + new string('x', SmtpReplyReader.MaxLineOctets - 5) + "\r\n", 10_000);
        Assert.Equal(SmtpReplyStatus.Ok, (await pair.Reader.ReadAsync(_timeout)).Status);
        Assert.Equal(SmtpReplyStatus.Broken, (await pair.Reader.ReadAsync(_timeout)).Status);
    }

    [Theory]
    [InlineData(100, 10, SmtpReplyStatus.Ok)]
    [InlineData(101, 10, SmtpReplyStatus.Broken)]
    [InlineData(9, 2000, SmtpReplyStatus.Broken)]
    public async Task A_reply_has_bounds_in_lines_and_in_octets(int lines, int length, SmtpReplyStatus status)
    {
        await using var pair = await Pair.OpenAsync();
        string text = new('x', length);
        await pair.SendAsync(string.Concat(Enumerable.Repeat($"250-{text}\r\n", lines - 1)) + $"250 {text}\r\n", 100_000);
        Assert.Equal(status, (await pair.Reader.ReadAsync(_timeout)).Status);
    }

    [Fact]
    public async Task Replies_that_come_together_are_told_apart_and_repeated_ones_are_the_same()
    {
        await using var pair = await Pair.OpenAsync();
        await pair.SendAsync("250 ok\r\n550-no\r\n550 way\r\n250 ok\r\n354 go on\r\n", 1000);
        SmtpReply first = (await pair.Reader.ReadAsync(_timeout)).Reply!;
        Assert.Equal("550 no way", (await pair.Reader.ReadAsync(_timeout)).Reply!.ToString());
        Assert.Same(first, (await pair.Reader.ReadAsync(_timeout)).Reply);
        Assert.Equal(354, (await pair.Reader.ReadAsync(_timeout)).Reply!.Code);
    }

    [Fact]
    public async Task Extensions_are_taken_from_every_line_but_the_first()
    {
        await using var pair = await Pair.OpenAsync();
        await pair.SendAsync(
            "250-mx.dest.test PIPELINING\r\n250-SIZE 35882577\r\n250-8bitmime\r\n250-AUTH=PLAIN LOGIN\r\n250-XCLIENT\t NAME\r\n250-<bad>\r\n250 CHUNKING\r\n", 7);
        var extensions = new SmtpExtensions();
        await pair.Reader.ReadAsync(_timeout, extensions);
        Assert.Equal("SIZE,8BITMIME,AUTH,XCLIENT,CHUNKING", extensions.Keywords);
        Assert.Equal(35882577, extensions.MaxSize);
        Assert.True(extensions.Has(SmtpExtension.Chunking));
        Assert.True(extensions.Has(SmtpExtension.EightBitMime));
        Assert.False(extensions.Has(SmtpExtension.Pipelining));
    }

    [Theory]
    [InlineData("SIZE", 0)]
    [InlineData("SIZE 0", 0)]
    [InlineData("SIZE -5", 0)]
    [InlineData("SIZE 99999999999999999999999", 0)]
    [InlineData("SIZE=1000", 1000)]
    public void A_size_that_makes_no_sense_is_no_limit(string line, long expected)
    {
        var extensions = new SmtpExtensions();
        extensions.Add(Encoding.ASCII.GetBytes(line));
        Assert.Equal(expected, extensions.MaxSize);
    }

    [Fact]
    public void Only_so_many_extensions_are_believed()
    {
        var extensions = new SmtpExtensions();
        for (int i = 0; i < 1000; i++)
        {
            extensions.Add(Encoding.ASCII.GetBytes($"X-{i}"));
        }

        Assert.Equal(SmtpExtensions.MaxKeywords, extensions.Keywords.Split(',').Length);
    }

    [Fact]
    public async Task A_peer_that_goes_and_one_that_is_late_are_told_apart()
    {
        await using var gone = await Pair.OpenAsync();
        await gone.SendAsync("250-and", 1000);
        gone.Peer.Dispose();
        Assert.Equal(SmtpReplyStatus.Closed, (await gone.Reader.ReadAsync(_timeout)).Status);

        await using var late = await Pair.OpenAsync();
        ValueTask<SmtpReplyRead> reading = late.Reader.ReadAsync(_timeout);
        late.Time.Advance(_timeout + TimeSpan.FromSeconds(1));
        Assert.Equal(SmtpReplyStatus.TimedOut, (await reading.AsTask().WaitAsync(TimeSpan.FromSeconds(10))).Status);
    }

    [Fact]
    public async Task Each_line_of_a_reply_has_the_whole_time_to_come()
    {
        await using var pair = await Pair.OpenAsync();
        var extensions = new SmtpExtensions();
        ValueTask<SmtpReplyRead> reading = pair.Reader.ReadAsync(_timeout, extensions);
        await pair.SendAsync("250-mx.dest.test\r\n250-PIPELINING\r\n", 1000);
        await DeliveryBench.EventuallyAsync(() => extensions.Has(SmtpExtension.Pipelining));
        PassAlmostAllTime();
        await pair.SendAsync("250-DSN\r\n", 1000);
        await DeliveryBench.EventuallyAsync(() => extensions.Has(SmtpExtension.Dsn));
        PassAlmostAllTime();
        await pair.SendAsync("250 CHUNKING\r\n", 1000);

        Assert.Equal(SmtpReplyStatus.Ok, (await reading.AsTask().WaitAsync(TimeSpan.FromSeconds(10))).Status);

        // In two steps: a deadline that is missed ends reading at the first and the connection at the second, whatever comes behind it.
        void PassAlmostAllTime()
        {
            pair.Time.Advance(_timeout - TimeSpan.FromSeconds(30));
            pair.Time.Advance(TimeSpan.FromSeconds(29));
        }
    }

    [Fact]
    public async Task A_reply_that_stops_between_its_lines_is_late_as_one_that_never_begins()
    {
        await using var pair = await Pair.OpenAsync();
        var extensions = new SmtpExtensions();
        Task<SmtpReplyRead> reading = pair.Reader.ReadAsync(_timeout, extensions).AsTask();
        await pair.SendAsync("250-mx.dest.test\r\n250-PIPELINING\r\n", 1000);
        await DeliveryBench.EventuallyAsync(() => extensions.Has(SmtpExtension.Pipelining));
        await DeliveryBench.EventuallyAsync(() =>
        {
            pair.Time.Advance(TimeSpan.FromSeconds(30));
            return reading.IsCompleted;
        });

        Assert.Equal(SmtpReplyStatus.TimedOut, (await reading).Status);
    }

    private sealed class Pair : IAsyncDisposable
    {
        private readonly ConnectionDeadlines _deadlines;
        private readonly SmtpConnection _connection;

        private Pair(Socket ours, Socket peer)
        {
            _deadlines = new ConnectionDeadlines(Time);
            _connection = new SmtpConnection(ours, _deadlines);
            Reader = new SmtpReplyReader(_connection);
            Peer = peer;
            Peer.NoDelay = true;
        }

        public FakeTimeProvider Time { get; } = new();

        public SmtpReplyReader Reader { get; }

        public Socket Peer { get; }

        public static async Task<Pair> OpenAsync()
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await peer.ConnectAsync(listener.LocalEndPoint!);
            return new Pair(await listener.AcceptAsync(), peer);
        }

        public async Task SendAsync(string octets, int cut)
        {
            foreach (byte[] piece in Encoding.Latin1.GetBytes(octets).Chunk(cut))
            {
                await Peer.SendAsync(piece);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _connection.DisposeAsync();
            _deadlines.Dispose();
            Peer.Dispose();
        }
    }
}
