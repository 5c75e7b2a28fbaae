// A client that says what a test wants and reads reply after reply. Owned by one test. It greets with EHLO when it connects.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>One connection to a server.</summary>
internal sealed class ScriptedClient : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client = new();
    private StreamReader _reader = StreamReader.Null;

    private ScriptedClient()
    {
    }

    public static async Task<ScriptedClient> ConnectAsync(IPEndPoint server)
    {
        var client = new ScriptedClient();
        await client._client.ConnectAsync(server, TestContext.Current.CancellationToken);
        client._reader = new StreamReader(client._client.GetStream(), Encoding.Latin1);
        await client.ReadAsync();
        await client.SayAsync("EHLO client.test");
        return client;
    }

    /// <summary>The last line of the reply to one command.</summary>
    public async Task<string> SayAsync(string command)
    {
        await WriteAsync(command + "\r\n");
        return await ReadAsync();
    }

    /// <summary>Sends one message; returns the reply to its content.</summary>
    public async Task<string> SendAsync(string sender, string recipient, string content)
    {
        await SayAsync($"MAIL FROM:<{sender}>");
        await SayAsync($"RCPT TO:<{recipient}>");
        await SayAsync("DATA");
        return await SayAsync(content + ".");
    }

    public async Task WriteAsync(string octets) =>
        await _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(octets), TestContext.Current.CancellationToken);

    /// <summary>The last line of the next reply.</summary>
    public async Task<string> ReadAsync()
    {
        while (true)
        {
            string line = await _reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(_patience) ?? throw new IOException("the server hung up");
            if (line.Length < 4 || line[3] != '-')
            {
                return line;
            }
        }
    }

    public void Dispose() => _client.Dispose();
}
