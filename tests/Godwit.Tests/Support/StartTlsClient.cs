// A client that sends what it is told and can turn to TLS in the middle: one command, one reply. It trusts any certificate, and shows which one it saw.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>One connection to a server that speaks TLS. Not thread safe.</summary>
internal sealed class StartTlsClient : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly byte[] _one = new byte[1];
    private Stream _stream;

    private StartTlsClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: false);
    }

    /// <summary>The TLS of this connection; null before.</summary>
    public SslStream? Tls => _stream as SslStream;

    /// <summary>The server's certificate.</summary>
    public string ServerSubject => Tls!.RemoteCertificate!.Subject;

    public static async Task<StartTlsClient> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return new StartTlsClient(socket);
    }

    /// <summary>Connected, greeted, EHLO said, and STARTTLS done; nothing said since.</summary>
    public static async Task<StartTlsClient> SecureAsync(IPEndPoint server, TestCertificate? own = null)
    {
        StartTlsClient client = await ConnectAsync(server);
        Assert.StartsWith("220 ", await client.ReplyAsync());
        Assert.Contains("250-STARTTLS", await client.AskAsync("EHLO client.test"));
        Assert.StartsWith("220 ", await client.AskAsync("STARTTLS"));
        await client.HandshakeAsync(own);
        return client;
    }

    public async Task SendAsync(string text)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        await _stream.FlushAsync();
    }

    /// <summary>One reply, its lines joined by "|"; empty at the end of the connection.</summary>
    public async Task<string> ReplyAsync()
    {
        using var limit = new CancellationTokenSource(_patience);
        var reply = new StringBuilder();
        while (await LineAsync(limit.Token) is { } line)
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

    /// <summary>Turns to TLS. Throws <see cref="AuthenticationException"/> or <see cref="IOException"/> when it does not come about.</summary>
    public async Task HandshakeAsync(TestCertificate? own = null, Action<SslClientAuthenticationOptions>? with = null)
    {
        using var limit = new CancellationTokenSource(_patience);
#pragma warning disable CA5359 // A test looks at the certificate itself.
        var options = new SslClientAuthenticationOptions { TargetHost = "mx.test", RemoteCertificateValidationCallback = static (_, _, _, _) => true };
#pragma warning restore CA5359
        if (own is not null)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(own.WithKey(), null, offline: true);
        }

        with?.Invoke(options);
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsClientAsync(options, limit.Token);
        _stream = tls;
    }

    /// <summary>EHLO and one message.</summary>
    public async Task SubmitAsync(string recipient)
    {
        Assert.StartsWith("250", await AskAsync("EHLO client.test"));
        Assert.StartsWith("250", await AskAsync("MAIL FROM:<a@sender.test>"));
        Assert.StartsWith("250", await AskAsync($"RCPT TO:<{recipient}>"));
        Assert.StartsWith("354", await AskAsync("DATA"));
        Assert.StartsWith("250", await AskAsync("Subject: hello\r\n\r\nhello\r\n."));
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    /// <summary>Octet by octet: nothing that follows a line is taken away from the handshake.</summary>
    private async Task<string?> LineAsync(CancellationToken cancellation)
    {
        var line = new StringBuilder();
        try
        {
            while (await _stream.ReadAsync(_one, cancellation) == 1)
            {
                if (_one[0] == '\n')
                {
                    return line.ToString().TrimEnd('\r');
                }

                line.Append((char)_one[0]);
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException)
        {
            return null;
        }

        return null;
    }
}
