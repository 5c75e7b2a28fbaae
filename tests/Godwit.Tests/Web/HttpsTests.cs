using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Godwit.Settings;
using Godwit.Tests.Support;
using Godwit.Tls;
using Godwit.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Web;

/// <summary>HTTP and HTTPS on one port, the certificate as its file has it now, and who is sent from the one to the other.</summary>
public sealed class HttpsTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly Dictionary<string, string> _files = [];
    private PortLab _lab = null!;
    private ServerTls? _tls;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _files["/mx.pem"] = _authority.Issue("mx1.sender.example").Pem;
        _lab = await PortLab.OpenAsync(AccessLevel.Monitor, terms => terms with { Tls = () => _tls });
        Use(TlsVersions.Usual);
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task One_port_speaks_both()
    {
        using HttpClient https = Client();

        using HttpResponseMessage reply = await https.GetAsync(new Uri($"https://127.0.0.1:{_lab.Console.Port}/status"), Cancellation);

        Assert.StartsWith("Godwit v", await reply.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.StartsWith("Godwit v", (await _lab.GetAsync("/status")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_reply_and_a_long_request_pass_over_TLS()
    {
        for (int i = 0; i < 2000; i++)
        {
            _lab.Server.AddQueue($"a-domain-with-a-long-name-{i}.example/vmta1", 1);
        }

        using HttpClient https = Client();
        string body = await https.GetStringAsync(new Uri($"https://127.0.0.1:{_lab.Console.Port}/queues?maxitems=2000&format=json"), Cancellation);
        using HttpResponseMessage tooLong = await https.PostAsync(
            new Uri($"https://127.0.0.1:{_lab.Console.Port}/command"), new FormUrlEncodedContent([new("command", new string('x', 15_000))]), Cancellation);

        Assert.Contains("a-domain-with-a-long-name-1999.example", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, tooLong.StatusCode);
    }

    [Fact]
    public async Task A_session_over_HTTPS_has_a_cookie_that_never_goes_out_in_clear_and_HSTS_when_asked()
    {
        _lab.AddUser("ann", "right horse", AccessLevel.Operator);
        _lab.Change(settings => settings with { HttpStrictTransportSecurityMaxAge = 86400 });
        using HttpClient https = Client();

        using HttpResponseMessage reply = await https.PostAsync(
            new Uri($"https://127.0.0.1:{_lab.Console.Port}/api/v1/session"),
            new StringContent("{\"user\":\"ann\",\"password\":\"right horse\"}", System.Text.Encoding.UTF8, "application/json"), Cancellation);

        Assert.Contains("; secure", reply.Headers.GetValues("Set-Cookie").Single(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("max-age=86400", reply.Headers.GetValues("Strict-Transport-Security").Single());
        Assert.False((await _lab.GetAsync("/status")).Headers.ContainsKey("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, TlsVersions.Usual, true)]
    [InlineData(SslProtocols.Tls13, TlsVersions.Usual, true)]
    [InlineData(SslProtocols.Tls12, TlsVersions.Tls13, false)]
    [InlineData(SslProtocols.Tls13, TlsVersions.Tls12, false)]
    public async Task Only_versions_that_are_allowed_are_spoken(SslProtocols offered, TlsVersions allowed, bool works)
    {
        Use(allowed);

        Exception? failure = await Record.ExceptionAsync(() => ShakeAsync(offered));

        Assert.Equal(works, failure is null);
    }

    [Fact]
    public async Task A_renewed_certificate_is_used_without_a_reload()
    {
        string before = await ShakeAsync(SslProtocols.None);
        _files["/mx.pem"] = _authority.Issue("mx1.sender.example").Pem;

        _lab.Server.Time.Advance(KeptCertificate.BetweenLooks);

        string after = await ShakeAsync(SslProtocols.None);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public async Task Without_a_certificate_a_TLS_client_is_let_go_and_HTTP_goes_on()
    {
        _tls = null;

        await Assert.ThrowsAnyAsync<Exception>(() => ShakeAsync(SslProtocols.None));

        Assert.Equal(200, (await _lab.GetAsync("/status")).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001")]
    public async Task A_client_that_stops_before_or_in_the_handshake_is_let_go_in_the_servers_own_time(string octets)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _lab.Console.Port, Cancellation);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(octets.Select(c => (byte)c).ToArray(), Cancellation);
        Task<int> ended = EndAsync(stream);

        await Eventually.TrueAsync(
            () =>
            {
                _lab.Server.Time.Advance(TimeSpan.FromSeconds(1));
                return ended.IsCompleted;
            },
            TimeSpan.FromSeconds(20));

        Assert.Equal(0, await ended);
    }

    [Theory]
    [InlineData("GET", "10.1.2.3", true, 307)]
    [InlineData("HEAD", "10.1.2.3", true, 307)]
    [InlineData("POST", "10.1.2.3", true, 403)]
    [InlineData("GET", "127.0.0.1", true, 200)]
    [InlineData("GET", "::ffff:10.1.2.3", true, 307)]
    [InlineData("GET", "10.1.2.3", false, 200)]
    [InlineData("GET", "10.1.2.3", false, 307, "/ca.pem")]
    [InlineData("GET", "127.0.0.1", false, 200, "/ca.pem")]
    public async Task Other_machines_are_sent_to_HTTPS_and_this_one_is_not(string method, string address, bool redirects, int status, string authorities = "")
    {
        _lab.Change(settings => settings with
        {
            HttpTls = settings.HttpTls with { CaFile = authorities },
            HttpAccess = [new HttpAccessRule(IPNetwork.Parse("0.0.0.0/0"), AccessLevel.Operator, DeniesLogs: false)], HttpRedirectToHttps = redirects,
        });
        DefaultHttpContext context = Request(method, address);

        using var desk = new CallerDesk(_lab.Server.Operator, ControlToken.Create(Path.Combine(_lab.Folder, "t")), _lab.Server.Log);
        await new RequestGate(_lab.Server.Operator, desk, () => true, NullLogger.Instance).PassAsync(context, static _ => Task.CompletedTask);

        Assert.Equal(status, context.Response.StatusCode);
        Assert.Equal(status == 307 ? "https://192.0.2.9:8080/queues?queue=a%2Fb" : "", context.Response.Headers.Location.ToString());
    }

    [Fact]
    public async Task Where_authorities_are_named_only_who_shows_a_certificate_is_answered_and_health_is_for_all()
    {
        Use(TlsVersions.Usual, "/ca.pem");

        (int Status, string Body) none = await AskAsync("/status", null);
        (int Status, string Body) foreign = await AskAsync("/status", Ann(new TestAuthority("Somebody")));
        (int Status, string Body) known = await AskAsync("/status", Ann(_authority));

        Assert.Equal((403, 403, 200), (none.Status, foreign.Status, known.Status));
        Assert.Equal("this port wants a certificate of an authority in http-tls-ca-file over HTTPS: no certificate was shown\n", none.Body);
        Assert.Contains("http-tls-ca-file", foreign.Body, StringComparison.Ordinal);
        Assert.Equal((200, 200), ((await AskAsync("/health", null)).Status, (await AskAsync("/ready", null)).Status));
        Assert.Equal(403, (await AskAsync("/ui", null)).Status);
        Assert.Equal(200, (await _lab.GetAsync("/status")).Status);
    }

    [Fact]
    public async Task A_certificate_opens_no_more_than_the_address_does()
    {
        Use(TlsVersions.Usual, "/ca.pem");

        Assert.Equal(403, (await AskAsync("/configFile?op=listconfigfiles", Ann(_authority))).Status);
    }

    [Fact]
    public async Task A_new_file_of_authorities_counts_without_a_reload()
    {
        Use(TlsVersions.Usual, "/ca.pem");
        var other = new TestAuthority("Another");
        Assert.Equal(403, (await AskAsync("/status", Ann(other))).Status);

        _files["/ca.pem"] = other.Pem;
        _lab.Server.Time.Advance(KeptCertificate.BetweenLooks);

        Assert.Equal(200, (await AskAsync("/status", Ann(other))).Status);
        Assert.Equal(403, (await AskAsync("/status", Ann(_authority))).Status);
    }

    [Fact]
    public void The_address_in_the_log_says_whether_the_port_speaks_TLS()
    {
        int port = _lab.Console.Port;
        Assert.Equal($"https://127.0.0.1:{port}/, and without TLS http://127.0.0.1:{port}/", _lab.Console.Where);

        _tls = null;

        Assert.Equal($"http://127.0.0.1:{port}/", _lab.Console.Where);
    }

    /// <summary>Valid by the lab's clock, which is not the machine's.</summary>
    private TestCertificate Ann(TestAuthority authority) => authority.Issue(
        "ann", new TestCertificateTerms { From = _lab.Server.Time.GetUtcNow().AddDays(-1), Until = _lab.Server.Time.GetUtcNow().AddDays(1) });

    /// <summary>Over a connection of its own, with or without a client's certificate.</summary>
    private async Task<(int Status, string Body)> AskAsync(string path, TestCertificate? shown)
    {
        using var https = new HttpClient(new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = Trust, TargetHost = "mx1.sender.example",
                ClientCertificates = shown is null ? [] : [shown.WithKey()],
            },
        });
        using HttpResponseMessage reply = await https.GetAsync(new Uri($"https://127.0.0.1:{_lab.Console.Port}{path}"), Cancellation);
        return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync(Cancellation));
    }

    private static DefaultHttpContext Request(string method, string address)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("192.0.2.9", 8080);
        context.Request.Path = "/queues";
        context.Request.QueryString = new QueryString("?queue=a%2Fb");
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        context.Response.Body = new MemoryStream();
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new Godwit.Control.RouteLevel(AccessLevel.Monitor)), "test"));
        return context;
    }

    private void Use(TlsVersions versions, string authorities = "")
    {
        var settings = new TlsSettings { Certificate = new CertificateFile("/mx.pem", default), Versions = versions, CaFile = authorities };
        _files["/ca.pem"] = _authority.Pem;
        _lab.Change(all => all with { HttpTls = settings });
        _tls = ServerTls.Open(settings, path => _files[path], _lab.Server.Time, NullLogger.Instance);
    }

    private static async Task<int> EndAsync(NetworkStream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[100], Cancellation);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>The serial number of the certificate that the port shows.</summary>
    private async Task<string> ShakeAsync(SslProtocols versions)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _lab.Console.Port, Cancellation);
        await using var stream = new SslStream(client.GetStream());
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "mx1.sender.example", EnabledSslProtocols = versions, RemoteCertificateValidationCallback = Trust,
        };
        await stream.AuthenticateAsClientAsync(options, Cancellation);
        await stream.WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancellation);
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadLineAsync(Cancellation), StringComparison.Ordinal);
        return stream.RemoteCertificate!.GetSerialNumberString();
    }

    private HttpClient Client() => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = Trust, TargetHost = "mx1.sender.example" },
    });

    private bool Trust(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate?.Issuer == _authority.Certificate.Subject;
}
