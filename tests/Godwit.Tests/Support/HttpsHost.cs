// A web host for tests: TLS on one loopback port, one request a connection, answers as the test says. Owned by the test that makes it.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>One request as it arrived.</summary>
/// <param name="Line">Its first line.</param>
/// <param name="Headers">The rest of the head, with line ends.</param>
/// <param name="ServerName">The name for which the client asked in its handshake.</param>
internal sealed record HttpsRequest(string Line, string Headers, byte[] Body, string ServerName);

/// <summary>Answers HTTPS requests.</summary>
internal sealed class HttpsHost : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<HttpsRequest> _requests = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public HttpsHost()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Its certificate, by the name that the client asks for; null breaks the handshake.</summary>
    public Func<string, ForgedCertificate?> Certificate { get; set; } = _ => null;

    /// <summary>The whole answer. Null closes the connection.</summary>
    public Func<HttpsRequest, string?> Answer { get; set; } = _ => null;

    /// <summary>Refuses connections.</summary>
    public bool IsDown { get; set; }

    /// <summary>Opens when answers may be given.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public IReadOnlyList<HttpsRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>An answer with a body.</summary>
    public static string Reply(int status, string body = "", string type = "text/plain", string more = "") =>
        $"HTTP/1.1 {status} words\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{more}Connection: close\r\n\r\n{body}";

    /// <summary>For <c>HttpsSeams</c>: whatever host is asked for, it is this one.</summary>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint asked, CancellationToken cancellation)
    {
        if (IsDown)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"{asked.Host}: connection refused");
        }

        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync((IPEndPoint)_listener.LocalEndpoint, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async ValueTask DisposeAsync()
    {
        // The loop ends by the token: a listener that is stopped under it cannot be asked for a client any more.
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient owned = client;
        try
        {
            string name = "";
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    name = hello.ServerName;
                    ForgedCertificate shown = Certificate(name) ?? throw new IOException("no certificate");
                    return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = shown.Certificate });
                },
                null,
                _stop.Token);
            HttpsRequest request = await ReadAsync(tls, name);
            lock (_requests)
            {
                _requests.Add(request);
            }

            await Gate;
            if (Answer(request) is { } answer)
            {
                await tls.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
                await tls.FlushAsync(_stop.Token);
            }
        }
        catch (Exception gone) when (gone is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
        {
            return; // The client has left, or was not let in.
        }
    }

    private async Task<HttpsRequest> ReadAsync(SslStream tls, string name)
    {
        var octets = new List<byte>();
        byte[] one = new byte[1];
        while (!(octets.Count > 3 && octets[^4..].SequenceEqual("\r\n\r\n"u8.ToArray())))
        {
            await tls.ReadExactlyAsync(one, _stop.Token);
            octets.Add(one[0]);
        }

        string head = Encoding.ASCII.GetString([.. octets]);
        string? length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        byte[] body = new byte[length is null ? 0 : int.Parse(length.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)];
        await tls.ReadExactlyAsync(body, _stop.Token);
        int end = head.IndexOf("\r\n", StringComparison.Ordinal);
        return new HttpsRequest(head[..end], head[(end + 2)..], body, name);
    }
}
