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
    /// <summary>RFC 8461 section 3.3 suggests a minute.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>For one address of several.</summary>
    private static readonly TimeSpan _connectPatience = TimeSpan.FromSeconds(10);

    /// <summary>Requests under way; a campaign that meets a thousand new domains makes the others wait.</summary>
    private const int MaxAtOnce = 32;

    private const int MaxAddresses = 4;
    private const int MaxHeaderKilobytes = 16;

    private readonly DnsResolver _resolver;
    private readonly ServerClock _clock;
    private readonly HttpsSeams _seams;
    private readonly HttpClient _client;
    private readonly SemaphoreSlim _turns = new(MaxAtOnce, MaxAtOnce);

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
        SendAsync(() => new HttpRequestMessage(HttpMethod.Get, address), maxOctets, cancellation);

    /// <summary>Posts octets of a media type.</summary>
    public Task<HttpsAnswer> PostAsync(Uri address, byte[] body, string mediaType, CancellationToken cancellation)
    {
        // What it answers is of no interest beyond its status.
        return SendAsync(
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

    private async Task<HttpsAnswer> SendAsync(Func<HttpRequestMessage> make, int maxOctets, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            using var late = new CancellationTokenSource(Patience, _clock.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
            using HttpRequestMessage request = make();
            using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            string body = maxOctets == 0 ? "" : await ReadAsync(answer, maxOctets, either.Token);
            return new HttpsAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "", body, "", IsCertificateBad: false);
        }
        catch (HttpRequestException failure)
        {
            bool isBad = failure.HttpRequestError == HttpRequestError.SecureConnectionError;
            return new HttpsAnswer(0, "", "", isBad ? $"its certificate is not valid for its name ({Words(failure)})" : Words(failure), isBad);
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or UriFormatException)
        {
            return new HttpsAnswer(0, "", "", failure.Message, IsCertificateBad: false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new HttpsAnswer(0, "", "", $"no answer within {Patience.TotalSeconds:0} s", IsCertificateBad: false);
        }
        finally
        {
            _turns.Release();
        }
    }

    private static string Words(HttpRequestException failure) => failure.InnerException?.Message ?? failure.Message;

    private static async Task<string> ReadAsync(HttpResponseMessage answer, int maxOctets, CancellationToken cancellation)
    {
        byte[] octets = new byte[maxOctets + 1];
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellation);
        int read = await body.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, cancellation);
        return read <= maxOctets
            ? System.Text.Encoding.UTF8.GetString(octets, 0, read)
            : throw new IOException($"its answer is longer than {maxOctets} octets");
    }

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        PeerCertificates.From(certificate, chain) is { } peer
        && CertificateTrust.Judge(peer, [((SslStream)sender).TargetHostName], _seams.Authorities, _clock.Now.ToUtc()) is null;

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        if (_seams.Connect is { } connect)
        {
            return await connect(context.DnsEndPoint, cancellation);
        }

        string problem = "";
        foreach (IPAddress address in await FindAsync(context.DnsEndPoint.Host, cancellation))
        {
            // A stranger's policy host is no door to what listens on this machine only.
            if (IPAddress.IsLoopback(address))
            {
                problem = $"{context.DnsEndPoint.Host} leads to this host itself";
                continue;
            }

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

        throw new HttpRequestException(HttpRequestError.ConnectionError, problem.Length > 0 ? problem : $"{context.DnsEndPoint.Host} has no address");
    }

    /// <summary>Addresses, both families in turn. Throws <see cref="HttpRequestException"/> when DNS fails.</summary>
    private async Task<IEnumerable<IPAddress>> FindAsync(string host, CancellationToken cancellation)
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

        return addresses.Take(MaxAddresses);
    }
}
