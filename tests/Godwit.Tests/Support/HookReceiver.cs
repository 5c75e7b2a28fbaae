// An HTTP receiver of accounting batches, as the test wants it: keeps what arrives, answers as it is told, in clear or over TLS. Owned by one test.

using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>One request.</summary>
/// <param name="Client">The subject of the certificate that the client has shown; empty when none.</param>
internal sealed record HookRequest(string Line, IReadOnlyDictionary<string, string> Fields, byte[] Body, string Client)
{
    public string Batch => Fields["X-Godwit-Batch"];

    /// <summary>The body, unpacked where it is packed.</summary>
    public string Text
    {
        get
        {
            if (!Fields.TryGetValue("Content-Encoding", out string? encoding) || encoding != "gzip")
            {
                return Encoding.UTF8.GetString(Body);
            }

            using var reader = new StreamReader(new GZipStream(new MemoryStream(Body), CompressionMode.Decompress));
            return reader.ReadToEnd();
        }
    }
}

/// <summary>Listens on a loopback port.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<HookRequest> _requests = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly Task _serving;

    public HookReceiver(SslServerAuthenticationOptions? tls = null)
    {
        _tls = tls;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"{(_tls is null ? "http://127.0.0.1" : "https://localhost")}:{Port}/records?from=test";

    /// <summary>The status for a request; null never answers.</summary>
    public Func<HookRequest, int?> Answer { get; set; } = static _ => 200;

    /// <summary>Header fields of each answer, with their line ends.</summary>
    public string More { get; set; } = "";

    /// <summary>Every request that arrived whole, whatever it was answered.</summary>
    public IReadOnlyList<HookRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The loop ends by the token: a listener that is stopped under it cannot be asked for a client any more.
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                connections.Add(ServeAsync(client));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                string name = "";
                if (_tls is not null)
                {
                    var secured = new SslStream(stream);
                    await secured.AuthenticateAsServerAsync(_tls, _stop.Token);
                    name = (secured.RemoteCertificate as X509Certificate2)?.Subject ?? secured.RemoteCertificate?.Subject ?? "";
                    stream = secured;
                }

                while (await ReadAsync(stream, name) is { } request)
                {
                    lock (_requests)
                    {
                        _requests.Add(request);
                    }

                    if (Answer(request) is not { } status)
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
                        return;
                    }

                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} words\r\n{More}Content-Length: 0\r\n\r\n"), _stop.Token);
                }
            }
            catch (Exception over) when (over is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                return; // The client has gone, or the test is over.
            }
        }
    }

    private async Task<HookRequest?> ReadAsync(Stream stream, string client)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var fields = lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[int.Parse(fields["Content-Length"])];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return new HookRequest(lines[0], fields, body, client);
    }
}
