// HTTPS to hosts of receiving domains: their policies, and reports to them. Owned by TrustPolicies; one for the server. Names are resolved by our own
// resolver, certificates judged by our own rules and clock, nothing is redirected, and everything ends in time. Never throws for what a host does.

using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>What a host answered.</summary>
/// <param name="Status">The HTTP status; 0 when there was no answer.</param>
/// <param name="Problem">Without an answer, why; empty otherwise.</param>
/// <param name="IsCertificateBad">Without an answer: the host did not prove its name.</param>
internal readonly record struct HttpsAnswer(int Status, string MediaType, string Body, string Problem, bool IsCertificateBad);

/// <summary>Speaks HTTPS. Thread safe.</summary>
internal sealed class HttpsDoor : IDisposable
{
    /// <summary>RFC 8461 section 3.3 suggests a minute. Waiting for a turn is part of it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>For one address of several.</summary>
    private static readonly TimeSpan _connectPatience = TimeSpan.FromSeconds(10);

    private const int MaxAddresses = 4;
    private const int MaxHeaderKilobytes = 16;

    /// <summary>What went wrong is a line in a log and a field in a report: what a host can bring into it has an end.</summary>
    private const int MaxProblem = 200;

    private readonly DnsResolver _resolver;
    private readonly ServerClock _clock;
    private readonly HttpsSeams _seams;
    private readonly HttpClient _client;
    private readonly HttpsTurns _turns = new();

    public HttpsDoor(DnsResolver resolver, ServerClock clock, HttpsSeams seams)
    {
        (_resolver, _clock, _seams) = (resolver, clock, seams);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // RFC 8461 section 3.3: a redirect is no policy.
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1),
            ConnectCallback = ConnectAsync,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = IsTrusted,
            },
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, // Each request has its own, on our clock.
        };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Godwit", ProductVersion.Text));
    }

    /// <summary>Gets a page. Of the body no more than <paramref name="maxOctets"/> is read; more is a problem.</summary>
    public Task<HttpsAnswer> GetAsync(Uri address, int maxOctets, CancellationToken cancellation) =>
        SendAsync(address, () => new HttpRequestMessage(HttpMethod.Get, address), maxOctets, cancellation);

    /// <summary>Posts octets of a media type.</summary>
    public Task<HttpsAnswer> PostAsync(Uri address, byte[] body, string mediaType, CancellationToken cancellation)
    {
        // What it answers is of no interest beyond its status.
        return SendAsync(
            address,
            () =>
            {
                var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
                return new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
            },
            maxOctets: 0,
            cancellation);
    }

    public void Dispose()
    {
        _client.Dispose();
        _turns.Dispose();
    }

    private async Task<HttpsAnswer> SendAsync(Uri address, Func<HttpRequestMessage> make, int maxOctets, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(Patience, _clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        bool hasTurn = false;
        try
        {
            using IDisposable turn = await _turns.TakeAsync(await PlaceOfAsync(address.IdnHost, either.Token), either.Token);
            hasTurn = true;
            using HttpRequestMessage request = make();
            using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            string body = maxOctets == 0 ? "" : await ReadAsync(answer, maxOctets, either.Token);
            return new HttpsAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "", body, "", IsCertificateBad: false);
        }
        catch (HttpRequestException failure)
        {
            bool isBad = failure.HttpRequestError == HttpRequestError.SecureConnectionError;
            string words = Clean(failure.InnerException?.Message ?? failure.Message);
            return new HttpsAnswer(0, "", "", isBad ? $"its certificate is not valid for its name ({words})" : words, isBad);
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or UriFormatException)
        {
            return new HttpsAnswer(0, "", "", Clean(failure.Message), IsCertificateBad: false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            string words = hasTurn ? $"no answer within {Patience.TotalSeconds:0} s" : $"{Patience.TotalSeconds:0} s have passed behind other requests";
            return new HttpsAnswer(0, "", "", words, IsCertificateBad: false);
        }
    }

    /// <summary>One line of a bounded length; an exception may quote what the host has sent.</summary>
    private static string Clean(string text)
    {
        string cut = text.Length > MaxProblem ? text[..MaxProblem] : text;
        return string.Create(cut.Length, cut, static (line, from) =>
        {
            for (int i = 0; i < line.Length; i++)
            {
                line[i] = char.IsControl(from[i]) || char.IsSurrogate(from[i]) ? ' ' : from[i];
            }
        });
    }

    private static async Task<string> ReadAsync(HttpResponseMessage answer, int maxOctets, CancellationToken cancellation)
    {
        byte[] octets = new byte[maxOctets + 1];
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellation);
        int read = await body.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, cancellation);
        return read <= maxOctets
            ? System.Text.Encoding.UTF8.GetString(octets, 0, read)
            : throw new IOException($"its answer is longer than {maxOctets} octets");
    }

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        using PeerCertificates? peer = PeerCertificates.From(certificate, chain);
        return peer is not null
            && CertificateTrust.Judge(peer, [((SslStream)sender).TargetHostName], _seams.Authorities, _clock.Now.ToUtc()) is null;
    }

    /// <summary>Whose turns the request needs: those of the first address, which is connected to first.</summary>
    private async Task<IPAddress> PlaceOfAsync(string host, CancellationToken cancellation) =>
        _seams.Connect is null ? (await FindAsync(host, cancellation))[0] : IPAddress.Loopback;

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        if (_seams.Connect is { } connect)
        {
            return await connect(context.DnsEndPoint, cancellation);
        }

        string problem = "";
        foreach (IPAddress address in await FindAsync(context.DnsEndPoint.Host, cancellation))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var late = new CancellationTokenSource(_connectPatience, _clock.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), either.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                socket.Dispose();
                problem = failure is SocketException ? $"{address}: {failure.Message}" : $"{address}: no connection within {_connectPatience.TotalSeconds:0} s";
            }
        }

        throw new HttpRequestException(HttpRequestError.ConnectionError, problem);
    }

    /// <summary>One address or more, both families in turn. Throws <see cref="HttpRequestException"/> when there is none.</summary>
    private async Task<IPAddress[]> FindAsync(string host, CancellationToken cancellation)
    {
        if (!DomainName.TryParse(host, out DomainName name) || name.IsLiteral)
        {
            throw new HttpRequestException(HttpRequestError.NameResolutionError, $"{host} is no host name");
        }

        DnsAnswer fourth = await _resolver.QueryAsync(name, DnsType.A, cancellation);
        DnsAnswer sixth = await _resolver.QueryAsync(name, DnsType.AAAA, cancellation);
        IPAddress[] addresses = AddressOrder.Alternate(sixth.Records, fourth.Records);
        if (addresses.Length == 0)
        {
            DnsAnswer telling = sixth.Status == DnsStatus.Failure ? sixth : fourth;
            throw new HttpRequestException(HttpRequestError.NameResolutionError, telling.Detail);
        }

        // A stranger's name is no door to what listens on this host or its networks only.
        IPAddress[] open = [.. addresses.Where(OpenAddress.Is).Take(MaxAddresses)];
        return open.Length > 0
            ? open
            : throw new HttpRequestException(HttpRequestError.NameResolutionError, $"{host} leads to {addresses[0]}, which is no public address");
    }
}
