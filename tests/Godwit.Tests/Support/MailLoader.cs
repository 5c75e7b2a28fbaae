// Sends mail over several sessions at once and remembers what was acknowledged: an id counts only once the 250 behind its final dot has been read.
// A session whose connection breaks ends; the others go on.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>One mail to send.</summary>
internal sealed record LoadedMail(string Id, string Recipient, byte[] Content);

/// <summary>Sends mail. Use once for each load.</summary>
internal sealed class MailLoader(int port, int sessions)
{
    private int _acknowledged;

    /// <summary>Ids whose 250 was read.</summary>
    public ConcurrentQueue<string> Acknowledged { get; } = [];

    /// <summary>Replies to MAIL or to content that were not the expected ones.</summary>
    public ConcurrentQueue<string> Refusals { get; } = [];

    public int AcknowledgedCount => Volatile.Read(ref _acknowledged);

    /// <summary>Sends until all are sent or every connection is broken.</summary>
    public async Task SendAsync(IEnumerable<LoadedMail> mails)
    {
        var waiting = new ConcurrentQueue<LoadedMail>(mails);
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(_ => Task.Run(() => TalkAsync(waiting))));
    }

    private async Task TalkAsync(ConcurrentQueue<LoadedMail> waiting)
    {
        try
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(IPAddress.Loopback, port);
            NetworkStream stream = client.GetStream();
            using var replies = new StreamReader(stream, Encoding.ASCII);
            await ReplyAsync(replies);
            await SayAsync(stream, "HELO loader.test\r\n");
            await ReplyAsync(replies);
            while (waiting.TryDequeue(out LoadedMail? mail))
            {
                await SendAsync(stream, replies, mail);
            }

            await SayAsync(stream, "QUIT\r\n");
        }
        catch (Exception broken) when (broken is IOException or SocketException)
        {
            return; // The server was killed.
        }
    }

    private async Task SendAsync(NetworkStream stream, StreamReader replies, LoadedMail mail)
    {
        await SayAsync(stream, $"MAIL FROM:<sender@sender.test>\r\nRCPT TO:<{mail.Recipient}>\r\nDATA\r\n");
        string sender = await ReplyAsync(replies);
        await ReplyAsync(replies);
        string data = await ReplyAsync(replies);
        if (!data.StartsWith('3'))
        {
            Refusals.Enqueue(sender.StartsWith('2') ? data : sender);
            return;
        }

        await stream.WriteAsync(Stuffed(mail.Content));
        string taken = await ReplyAsync(replies);
        if (taken.StartsWith("250", StringComparison.Ordinal))
        {
            Acknowledged.Enqueue(mail.Id);
            Interlocked.Increment(ref _acknowledged);
        }
        else
        {
            Refusals.Enqueue(taken);
        }
    }

    private static ValueTask SayAsync(NetworkStream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text));

    private static async Task<string> ReplyAsync(StreamReader replies)
    {
        while (true)
        {
            string line = await replies.ReadLineAsync() ?? throw new IOException("the server closed the connection");
            if (line.Length < 4 || line[3] != '-')
            {
                return line;
            }
        }
    }

    private static byte[] Stuffed(byte[] content)
    {
        string text = Encoding.Latin1.GetString(content).Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        return Encoding.Latin1.GetBytes(text + ".\r\n");
    }
}
