using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

/// <summary>The management port of a whole server, with the routes of every room.</summary>
public sealed class ThePortIsGuarded
{
    private const string Discard = "<domain *>\n  type discard\n</domain>\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_level_is_tried_against_every_route_of_every_room()
    {
        int port = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync(Config(port, ""));
        using HttpClient http = Client(port);
        foreach (string level in (string[])["none", "monitor", "operator", "admin"])
        {
            await server.ReloadAsync(Config(port, $"http-access 127.0.0.1 {level}"));
            foreach ((string method, string pattern, AccessLevel needed) in server.Server.ManagementRoutes)
            {
                string path = Filled(pattern);
                bool may = Enum.Parse<AccessLevel>(level, ignoreCase: true) >= needed;
                bool signIn = method == "POST" && pattern == "/api/v1/session";
                (int status, string body) = await AskAsync(http, method, path, csrf: true);
                Assert.True(signIn || may == (status != 403), $"{level} {method} {path}: {status} {body}");
                if (method is not ("" or "GET" or "HEAD") && !signIn)
                {
                    // Without a proof nothing is done, whoever asks; a POST that says nothing is no change yet.
                    (status, body) = await AskAsync(http, method, path, csrf: false);
                    Assert.True(status is 403 or 400 or 415, $"{level} {method} {path} without a proof: {status} {body}");
                }
            }
        }
    }

    [Fact]
    public async Task A_reload_opens_the_port_to_other_machines_and_closes_it_again()
    {
        IPAddress[] all = await System.Net.Dns.GetHostAddressesAsync(System.Net.Dns.GetHostName(), AddressFamily.InterNetwork, Cancellation);
        IPAddress? own = Array.Find(all, address => !IPAddress.IsLoopback(address));
        Assert.SkipWhen(own is null, "this machine has no address but loopback");
        int port = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync(Config(port, ""));
        Assert.False(Answers(own!, port));

        await server.ReloadAsync(Config(port, $"http-access 127.0.0.1 admin\nhttp-access {own} monitor"));
        using HttpClient http = Client(port);
        Assert.Equal(200, (await AskAsync(http, "GET", "/status", csrf: false)).Status);
        using var other = new HttpClient();
        Assert.StartsWith("Godwit v", await other.GetStringAsync(new Uri($"http://{own}:{port}/status"), Cancellation), StringComparison.Ordinal);
        using HttpResponseMessage refused = await other.GetAsync(new Uri($"http://{own}:{port}/listqueue"), Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using HttpResponseMessage control = await other.GetAsync(new Uri($"http://{own}:{port}/control"), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, control.StatusCode);

        await server.ReloadAsync(Config(port, "http-access 127.0.0.1 admin"));
        await Eventually.TrueAsync(() => !Answers(own!, port), TimeSpan.FromSeconds(20));
        Assert.Equal(200, (await AskAsync(http, "GET", "/status", csrf: false)).Status);
    }

    [Fact]
    public async Task Requests_and_handshakes_are_logged_when_that_is_asked_for_and_secrets_are_not()
    {
        int port = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync(Config(port, ""));
        string pem = Path.Combine(server.Root, "mx.pem");
        File.WriteAllText(pem, new TestAuthority().Issue("mx.test").Pem);
        using HttpClient http = Client(port);
        await AskAsync(http, "GET", "/status?before", csrf: false);
        const string key = "planted_api_key_0123456789abcdefghij";

        await server.ReloadAsync(Config(port, $"""
            http-access 127.0.0.1 monitor
            http-log-requests yes
            http-log-data yes
            http-log-tls yes
            http-api-key {key}
            http-tls-certificate {pem}
            """));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/status?after");
        request.Headers.Add("X-API-Key", key);
        request.Headers.Add("Cookie", "planted=cookie-Zq9");
        using HttpResponseMessage reply = await http.SendAsync(request, Cancellation);
#pragma warning disable CA5359 // Whom it speaks to is not what is tried here.
        using var https = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
#pragma warning restore CA5359
        await https.GetStringAsync(new Uri($"https://127.0.0.1:{port}/health"), Cancellation);

        await server.LogSaysAsync("http an API key from 127.0.0.1: GET /status?after -> 200");
        await server.LogSaysAsync("X-API-Key: ******");
        await server.LogSaysAsync("TLS Tls13");
        string log = server.Log();
        Assert.DoesNotContain("?before", log, StringComparison.Ordinal);
        Assert.DoesNotContain(key, log, StringComparison.Ordinal);
        Assert.DoesNotContain("cookie-Zq9", log, StringComparison.Ordinal);
    }

    private static string Config(int port, string more) => $"{Discard}http-mgmt-port {port}\n{more}\n";

    private static HttpClient Client(int port) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>An address that the pattern matches.</summary>
    private static string Filled(string pattern)
    {
        string path = System.Text.RegularExpressions.Regex.Replace(
            pattern, @"\{[^}]*\}", "1", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
        return "/" + (path.Length > 0 && path.TrimStart('/') == "1" ? "no-such-page" : path.TrimStart('/'));
    }

    private static async Task<(int Status, string Body)> AskAsync(HttpClient http, string method, string path, bool csrf)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method.Length > 0 ? method : "GET"), path);
        if (csrf)
        {
            using var session = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/api/v1/session", Cancellation));
            request.Headers.Add("X-CSRF-Token", session.RootElement.GetProperty("csrfToken").GetString());
        }

        // Only the head: a stream of events does not end.
        using HttpResponseMessage reply = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        MediaTypeHeaderValue? type = reply.Content.Headers.ContentType;
        return ((int)reply.StatusCode, type?.MediaType == "text/event-stream" ? "" : await reply.Content.ReadAsStringAsync(Cancellation));
    }

    private static bool Answers(IPAddress address, int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(address, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
