using System.Net.Sockets;
using System.Text;

namespace Godwit.Tests.Reception;

/// <summary>A client without manners: sends what it is told, byte for byte, and reads replies.</summary>
internal sealed class SmtpClientSocket(Socket socket) : IAsyncDisposable
{
    /// <summary>No test on loopback waits longer for a reply, unless something is broken.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    public Socket Socket => socket;

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            octets = octets[await socket.SendAsync(octets)..];
        }
    }

    /// <summary>Sends, whether or not the server still listens.</summary>
    public async Task TrySendAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            await SendAsync(octets);
        }
        catch (SocketException)
        {
            return; // The server may close in the middle: that is for the replies to show.
        }
    }

    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>One line without its CRLF; null at the end of the connection, also when that is a reset.</summary>
    public async Task<string?> LineAsync()
    {
        using var limit = new CancellationTokenSource(_patience);
        while (true)
        {
            int end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                string line = Encoding.UTF8.GetString(_buffer, _start, end);
                _start += end + 2;
                return line;
            }

            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
            try
            {
                int count = await socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, limit.Token);
                if (count == 0)
                {
                    return null;
                }

                _end += count;
            }
            catch (SocketException)
            {
                return null;
            }
        }
    }

    /// <summary>One reply, its lines joined by "|"; empty at the end of the connection.</summary>
    public async Task<string> ReplyAsync()
    {
        var reply = new StringBuilder();
        while (await LineAsync() is { } line)
        {
            reply.Append(reply.Length > 0 ? "|" : "").Append(line);
            if (line.Length < 4 || line[3] != '-')
            {
                break;
            }
        }

        return reply.ToString();
    }

    public async Task<string> AskAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await ReplyAsync();
    }

    /// <summary>Every reply until the connection ends.</summary>
    public async Task<List<string>> RestAsync()
    {
        var replies = new List<string>();
        while (await ReplyAsync() is { Length: > 0 } reply)
        {
            replies.Add(reply);
        }

        return replies;
    }

    /// <summary>MAIL, RCPT, DATA up to the 354.</summary>
    public async Task BeginDataAsync()
    {
        Assert.StartsWith("250", await AskAsync("MAIL FROM:<a@sender.example>"));
        Assert.StartsWith("250", await AskAsync("RCPT TO:<b@rcpt.example>"));
        Assert.StartsWith("354", await AskAsync("DATA"));
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
