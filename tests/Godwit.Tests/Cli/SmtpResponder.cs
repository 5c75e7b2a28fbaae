using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Tests.Cli;

/// <summary>The smallest SMTP server that "godwit inject" can talk to. It keeps what it is sent; the test says what it answers.</summary>
public sealed class SmtpResponder : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _sessions;

    public SmtpResponder()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public bool Pipelining { get; init; } = true;

    public int Sessions => Volatile.Read(ref _sessions);

    /// <summary>The reply to RCPT, by recipient.</summary>
    public Func<string, string> OnRecipient { get; init; } = _ => "250 2.1.5 ok";

    /// <summary>Called when a message is complete.</summary>
    public Action OnMessage { get; init; } = () => { };

    public ConcurrentBag<string> Messages { get; } = [];

    public ConcurrentBag<string> Recipients { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> sessions = [];
        try
        {
            while (true)
            {
                sessions.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        Interlocked.Increment(ref _sessions);
        using TcpClient owned = client;
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        await using var writer = new StreamWriter(client.GetStream(), Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
        try
        {
            await writer.WriteLineAsync("220 responder.example ready");
            bool recipient = false;
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                string reply = line[..4].ToUpperInvariant() switch
                {
                    "EHLO" => Pipelining ? "250-responder.example\r\n250-PIPELINING\r\n250 8BITMIME" : "250 responder.example",
                    "MAIL" => "250 2.1.0 ok",
                    "RCPT" => OnRecipient(line),
                    "DATA" => recipient ? "354 go ahead" : "503 5.5.1 no recipients",
                    "RSET" => "250 2.0.0 ok",
                    "QUIT" => "221 2.0.0 bye",
                    _ => "500 5.5.2 what?",
                };
                recipient = line.StartsWith("RCPT", StringComparison.Ordinal) ? reply[0] == '2' : recipient && line == "DATA";
                if (recipient && line != "DATA")
                {
                    Recipients.Add(line);
                }

                await writer.WriteLineAsync(reply);
                if (reply[0] == '3')
                {
                    await ReadContentAsync(reader);
                    OnMessage();
                    await writer.WriteLineAsync("250 2.0.0 queued");
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The client went away or the test is over: the session ends.
            return;
        }
    }

    private async Task ReadContentAsync(StreamReader reader)
    {
        var content = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line && line != ".")
        {
            content.Append(line).Append("\r\n");
        }

        Messages.Add(content.ToString());
    }
}
