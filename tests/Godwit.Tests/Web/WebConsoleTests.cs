using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json;
using Godwit.Control;
using Godwit.Foundation;
using Godwit.Tests.Control;
using Godwit.Web;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Web;

[SupportedOSPlatform("linux")]
public sealed class WebConsoleTests : IAsyncLifetime
{
    private readonly TestServer _server = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-web-").FullName;
    private readonly HttpClient _http = new();
    private ControlToken _token = null!;
    private WebConsole _console = null!;

    private string TokenFile => Path.Combine(_folder, "control-token");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _token = ControlToken.Create(TokenFile);
        _console = await WebConsole.StartAsync(_server.Operator, 0, _token, NullLoggerFactory.Instance, Cancellation);
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_console.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _console.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Status_and_queues_answer_in_text_and_json()
    {
        _server.AddQueue("bigmail.example/vmta1", 77, "", "connect rate limit reached");

        Assert.StartsWith("Godwit v", await _http.GetStringAsync("/status", Cancellation), StringComparison.Ordinal);
        Assert.Contains("1 of 1 matching queues.", await _http.GetStringAsync("/queues?format=text", Cancellation), StringComparison.Ordinal);

        using var status = JsonDocument.Parse(await _http.GetStringAsync("/status?format=json", Cancellation));
        Assert.Equal(77, status.RootElement.GetProperty("data").GetProperty("status").GetProperty("queue").GetProperty("smtp").GetProperty("rcp").GetInt32());

        using var queues = JsonDocument.Parse(await _http.GetStringAsync("/queues?format=json&errors=1&queue=*/vmta1&maxitems=5", Cancellation));
        JsonElement queue = queues.RootElement.GetProperty("data").GetProperty("queue")[0];
        Assert.Equal("bigmail.example/vmta1", queue.GetProperty("name").GetString());
        Assert.Equal("connect rate limit reached", queue.GetProperty("event")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Lists_are_as_long_and_in_the_order_that_the_configuration_says_and_details_name_one()
    {
        _server.AddQueue("a.example/v1", 1);
        _server.AddQueue("b.example/v1", 9);
        _server.Settings.Replace(_server.Settings.Value with { HttpDefaultMaxItems = 1, HttpDefaultSortOrder = "name" }, _server.Clock.Now);

        Assert.Equal(["a.example/v1"], await NamesAsync("/queues?format=json"));
        Assert.Equal(["b.example/v1"], await NamesAsync("/queues?format=json&sort=rcpt"));
        Assert.Equal(["a.example/v1", "b.example/v1"], await NamesAsync("/queues?format=json&maxitems=5"));
        Assert.Equal(["b.example/v1"], await NamesAsync("/queueDetail?format=json&queue=b.example/v1"));
        using HttpResponseMessage nothing = await _http.GetAsync("/queueDetail", Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);

        _server.Enqueue("v1", ["x@a.example"], job: "campaign-7");
        Assert.Contains("campaign-7", await _http.GetStringAsync("/jobDetail?jobid=campaign-7", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_cannot_smuggle_another_option()
    {
        using HttpResponseMessage reply = await _http.GetAsync("/queues?queue=a%22+--errors", Cancellation);

        // The whole of it is one name, which no queue can have.
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Contains("a\" --errors", await reply.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_answers_and_a_wrong_one_says_what_there_is()
    {
        using HttpResponseMessage good = await CommandAsync("show version", "json");
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.Equal("application/json", good.Content.Headers.ContentType?.MediaType);

        using HttpResponseMessage wrong = await CommandAsync("digest --key=x secret", "text");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("digest needs one of", await wrong.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        using HttpResponseMessage format = await CommandAsync("show version", "yaml");
        Assert.Equal(HttpStatusCode.BadRequest, format.StatusCode);
        Assert.Equal(
            "there is no format \"yaml\": there are text, json, xml, dom, json-text and xml-text\n", await format.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("xml", "application/xml", "<rsp><data><product><name>Godwit</name>")]
    [InlineData("dom", "text/plain", "product.name=\"Godwit\"\n")]
    [InlineData("json-text", "application/json", "{\"data\":\"Godwit v1.2.3 (2026-03-01 12:00:00, 64-bit; abc1234).\\n\",\"status\":\"success\",\"message\":\"\"}")]
    [InlineData("xml-text", "application/xml", "<rsp><data>Godwit v1.2.3 (2026-03-01 12:00:00, 64-bit; abc1234).\n</data><succ/></rsp>")]
    public async Task A_command_answers_in_the_format_that_is_asked_for(string format, string type, string start)
    {
        using HttpResponseMessage reply = await CommandAsync("show version", format);

        Assert.Equal(type, reply.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith(start, await reply.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/domains?format=json", "domain")]
    [InlineData("/vmtas?format=json&maxitems=5", "vmta")]
    [InlineData("/jobs?format=json", "job")]
    public async Task Lists_have_addresses_of_their_own(string address, string list)
    {
        _server.Enqueue("v1", ["x@a.example"], job: "campaign-7");

        using var json = JsonDocument.Parse(await _http.GetStringAsync(address, Cancellation));

        Assert.Equal(1, json.RootElement.GetProperty("data").GetProperty(list)[0].GetProperty("rcp").GetInt32());
    }

    [Fact]
    public async Task Recipients_are_shown_to_those_who_have_the_token()
    {
        _server.Enqueue("v1", ["x@a.example", "y@a.example"]);

        using HttpResponseMessage without = await _http.GetAsync("/listqueue?queue=a.example&rcpt=y@*", Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, without.StatusCode);
        string refused = await without.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains(TokenFile, refused, StringComparison.Ordinal);
        Assert.DoesNotContain("y@", refused, StringComparison.Ordinal);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/listqueue?queue=a.example&rcpt=y@*");
        request.Headers.Add("X-Godwit-Token", (await File.ReadAllTextAsync(TokenFile, Cancellation)).Trim());
        using HttpResponseMessage with = await _http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, with.StatusCode);
        Assert.EndsWith("<y@a.example>\n1 recipient(s).\n", await with.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_needs_the_token()
    {
        using HttpResponseMessage without = await CommandAsync("reload", "text");
        Assert.Equal(HttpStatusCode.Forbidden, without.StatusCode);
        Assert.Contains(TokenFile, await without.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        using HttpResponseMessage wrong = await CommandAsync("reload", "text", token: new string('0', 64));
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);

        using HttpResponseMessage right = await CommandAsync("reload", "text", token: await TokenAsync());
        Assert.StartsWith("Configuration reloaded.\n", await right.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_is_never_made_by_GET()
    {
        bool reloaded = false;
        _server.Reload = _ =>
        {
            reloaded = true;
            return Task.FromResult(TestServer.Reloaded(2));
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/command?command=reload");
        request.Headers.Add("X-Godwit-Token", await TokenAsync());

        using HttpResponseMessage reply = await _http.SendAsync(request, Cancellation);

        Assert.False(reply.IsSuccessStatusCode);
        Assert.False(reloaded);
    }

    [Fact]
    public async Task A_refused_reload_is_a_conflict()
    {
        _server.Reload = _ => Task.FromResult(TestServer.Refused());

        using HttpResponseMessage reply = await CommandAsync("reload", "json", token: await TokenAsync());

        Assert.Equal(HttpStatusCode.Conflict, reply.StatusCode);
        Assert.Contains("\"status\":\"error\"", await reply.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("attacker.example")]
    [InlineData("127.0.0.1.attacker.example")]
    [InlineData("192.0.2.1:8080")]
    public async Task A_name_that_was_rebound_to_loopback_gets_nothing(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/control");
        request.Headers.Host = host;

        using HttpResponseMessage reply = await _http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
        Assert.DoesNotContain("tokenFile", await reply.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1:9999")]
    [InlineData("[::1]:8080")]
    public async Task Every_name_of_loopback_is_served(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Host = host;

        using HttpResponseMessage reply = await _http.SendAsync(request, Cancellation);

        Assert.Equal("ok\n", await reply.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_page_of_another_site_is_refused_and_our_own_is_not()
    {
        using HttpResponseMessage foreign = await CommandAsync("show status", "text", origin: "https://attacker.example");
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);

        using HttpResponseMessage own = await CommandAsync("show status", "text", origin: $"http://127.0.0.1:{_console.Port}");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);

        using HttpResponseMessage opaque = await CommandAsync("show status", "text", origin: "null");
        Assert.Equal(HttpStatusCode.Forbidden, opaque.StatusCode);
    }

    [Fact]
    public async Task A_request_is_bounded()
    {
        using HttpResponseMessage body = await CommandAsync(new string('x', 100_000), "text");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, body.StatusCode);

        using var notForm = new StringContent("command=show status");
        using HttpResponseMessage plain = await _http.PostAsync("/command", notForm, Cancellation);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, plain.StatusCode);
    }

    [Fact]
    public async Task A_form_that_does_not_arrive_is_given_up_in_the_servers_own_time()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _console.Port, Cancellation);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(
            "POST /command HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ncommand="u8.ToArray(),
            Cancellation);
        using var reply = new StreamReader(stream);
        Task<string?> answered = ReadToAsync(reply, "the form did not arrive in time");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!answered.IsCompleted)
        {
            _server.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(answered, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }

        Assert.StartsWith("HTTP/1.1 408 ", await answered, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readiness_follows_the_server_and_liveness_does_not()
    {
        Assert.Equal("ready\n", await _http.GetStringAsync("/ready", Cancellation));

        _server.NotReady = "the disk is nearly full";

        using HttpResponseMessage reply = await _http.GetAsync("/ready", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
        Assert.Equal("not ready: the disk is nearly full\n", await reply.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("ok\n", await _http.GetStringAsync("/health", Cancellation));
    }

    [Fact]
    public async Task An_unknown_address_says_what_there_is()
    {
        using HttpResponseMessage reply = await _http.GetAsync("/nothing/here.css", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Contains("/status", await reply.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_port_is_a_clear_error()
    {
        PortUnavailableException error = await Assert.ThrowsAsync<PortUnavailableException>(
            () => WebConsole.StartAsync(_server.Operator, _console.Port, _token, NullLoggerFactory.Instance, Cancellation));

        Assert.Contains($"127.0.0.1:{_console.Port} cannot be opened", error.Message, StringComparison.Ordinal);
        Assert.Contains("http-mgmt-port", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_leave_no_line_in_the_log()
    {
        var log = new LogLines();
        using var loggers = new LoggerFactory([log]);
        await using WebConsole console = await WebConsole.StartAsync(_server.Operator, 0, _token, loggers, Cancellation);

        using HttpResponseMessage reply = await _http.GetAsync(new Uri($"http://127.0.0.1:{console.Port}/status"), Cancellation);

        Assert.Equal([$"management port listens on http://127.0.0.1:{console.Port}/"], log.Lines);
    }

    [Fact]
    public async Task It_listens_on_loopback_only()
    {
        IPAddress? own = Array.Find(
            await System.Net.Dns.GetHostAddressesAsync(System.Net.Dns.GetHostName(), AddressFamily.InterNetwork, Cancellation), address => !IPAddress.IsLoopback(address));
        Assert.SkipWhen(own is null, "this machine has no address but loopback");
        using var client = new TcpClient();

        await Assert.ThrowsAsync<SocketException>(async () => await client.ConnectAsync(own!, _console.Port, Cancellation));
    }

    /// <summary>All that comes up to that line; null when the connection ends before.</summary>
    private static async Task<string?> ReadToAsync(StreamReader reply, string end)
    {
        var text = new System.Text.StringBuilder();
        while (await reply.ReadLineAsync(Cancellation) is { } line)
        {
            text.AppendLine(line);
            if (line == end)
            {
                return text.ToString();
            }
        }

        return null;
    }

    private async Task<string[]> NamesAsync(string address)
    {
        using var json = JsonDocument.Parse(await _http.GetStringAsync(address, Cancellation));
        return [.. json.RootElement.GetProperty("data").GetProperty("queue").EnumerateArray().Select(queue => queue.GetProperty("name").GetString()!)];
    }

    private async Task<string> TokenAsync() => (await File.ReadAllTextAsync(TokenFile, Cancellation)).Trim();

    private async Task<HttpResponseMessage> CommandAsync(string command, string format, string? token = null, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/command");
        request.Content = new FormUrlEncodedContent([new("command", command), new("format", format)]);
        request.Headers.Add("X-Godwit-Token", token);
        request.Headers.Add("Origin", origin);
        return await _http.SendAsync(request, Cancellation);
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Lines)
            {
                Lines.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
