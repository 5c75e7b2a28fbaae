// A plain SMTP client for tests: one command, one reply, in lockstep. It sends what it is given, dots stuffed; it judges nothing but the replies.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>One connection that hands mail in. Not thread safe.</summary>
internal sealed class MailClient : IAsyncDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private NetworkStream? _stream;
    private StreamReader? _reader;

    public static async Task<MailClient> ConnectAsync(IPEndPoint server)
    {
        var client = new MailClient();
        await client._tcp.ConnectAsync(server);
        client._stream = client._tcp.GetStream();
        client._reader = new StreamReader(client._stream, Encoding.Latin1);
        await client.ExpectAsync("220", await client.ReplyAsync());
        await client.CommandAsync("EHLO client.test", "250");
        return client;
    }

    /// <summary>Hands one message in and returns the reply to its end, which is 250.</summary>
    /// <param name="sender">Without angle brackets; empty is the null path.</param>
    /// <param name="recipients">An address, or an address in angle brackets with parameters behind it.</param>
    /// <param name="parameters">Of MAIL.</param>
    public async Task<string> SendAsync(string sender, IEnumerable<string> recipients, byte[] content, string parameters = "")
    {
        await CommandAsync($"MAIL FROM:<{sender}> {parameters}".TrimEnd(), "250");
        foreach (string recipient in recipients)
        {
            await CommandAsync($"RCPT TO:{(recipient.StartsWith('<') ? recipient : $"<{recipient}>")}", "250");
        }

        await CommandAsync("DATA", "354");
        await _stream!.WriteAsync(Stuffed(content));
        await _stream.WriteAsync(".\r\n"u8.ToArray());
        return await ExpectAsync("250", await ReplyAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
        {
            try
            {
                await _stream.WriteAsync("QUIT\r\n"u8.ToArray());
                await ReplyAsync();
            }
            catch (IOException)
            {
                // The server may have gone first.
                _tcp.Close();
            }
        }

        _tcp.Dispose();
    }

    private async Task<string> CommandAsync(string line, string code)
    {
        await _stream!.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));
        return await ExpectAsync(code, await ReplyAsync());
    }

    private Task<string> ExpectAsync(string code, string reply) =>
        reply.StartsWith(code, StringComparison.Ordinal) ? Task.FromResult(reply) : throw new IOException($"expected {code}, got {reply}");

    private async Task<string> ReplyAsync()
    {
        while (true)
        {
            string line = await _reader!.ReadLineAsync() ?? throw new IOException("the server hung up");
            if (line.Length < 4 || line[3] != '-')
            {
                return line;
            }
        }
    }

    private static byte[] Stuffed(byte[] content)
    {
        var stuffed = new MemoryStream(content.Length + 1024);
        bool lineStart = true;
        foreach (byte octet in content)
        {
            if (lineStart && octet == '.')
            {
                stuffed.WriteByte((byte)'.');
            }

            stuffed.WriteByte(octet);
            lineStart = octet == '\n';
        }

        return stuffed.ToArray();
    }
}
