using System.IO.Compression;
using System.Net;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Godwit.Tests.Control;
using Godwit.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Web;

[SupportedOSPlatform("linux")]
public sealed partial class ConsoleAssetsTests : IAsyncLifetime
{
    private readonly TestServer _server = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-console-").FullName;
    private readonly HttpClient _http = new(new HttpClientHandler { AutomaticDecompression = DecompressionMethods.None });
    private ControlToken _token = null!;
    private WebConsole _console = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _token = ControlToken.Create(Path.Combine(_folder, "control-token"));
        _console = await WebConsole.StartAsync(_server.Operator, 0, _token, NullLoggerFactory.Instance, Cancellation);
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_console.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _console.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/ui")]
    [InlineData("/ui/queues")]
    [InlineData("/ui/queues/bigmail.example/vmta1?sort=name")]
    public async Task A_browser_gets_the_console_at_every_address_of_a_page(string address)
    {
        using HttpResponseMessage page = await AskAsync(address, ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"));

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.Contains("<div id=\"app\">", await page.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        string policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_gets_the_status_where_a_browser_gets_the_console()
    {
        using HttpResponseMessage plain = await AskAsync("/", ("Accept", "*/*"));
        using HttpResponseMessage json = await AskAsync("/?format=json", ("Accept", "text/html"));

        Assert.StartsWith("Godwit v", await plain.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal("application/json", json.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_page_needs_nothing_but_files_of_this_server_that_are_there()
    {
        string[] wanted = [.. await AddressesOfThePageAsync()];

        Assert.True(wanted.Length >= 4, "script, early script, style and icon");
        foreach (string address in wanted)
        {
            Assert.StartsWith("/ui/assets/", address, StringComparison.Ordinal);
            using HttpResponseMessage asset = await AskAsync(address);
            Assert.Equal(HttpStatusCode.OK, asset.StatusCode);
            Assert.Contains("immutable", asset.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("br, gzip", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, br;q=0", "gzip")]
    [InlineData("identity", "")]
    public async Task A_file_goes_out_in_an_encoding_that_the_browser_takes_and_is_the_same_in_each(string accepted, string expected)
    {
        string script = (await AddressesOfThePageAsync()).First(address => address.Contains("/main-", StringComparison.Ordinal) && address.EndsWith(".js", StringComparison.Ordinal));
        using HttpResponseMessage plain = await AskAsync(script, ("Accept-Encoding", "identity"));
        using HttpResponseMessage encoded = await AskAsync(script, ("Accept-Encoding", accepted));

        Assert.Equal(expected, string.Concat(encoded.Content.Headers.ContentEncoding));
        byte[] body = await encoded.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.Equal(await plain.Content.ReadAsByteArrayAsync(Cancellation), Unpack(body, expected));
    }

    [Fact]
    public async Task A_page_that_the_browser_has_is_not_sent_again()
    {
        using HttpResponseMessage first = await AskAsync("/ui/overview");
        using HttpResponseMessage again = await AskAsync("/ui/overview", ("If-None-Match", first.Headers.ETag!.ToString()));
        using HttpResponseMessage other = await AskAsync("/ui/overview", ("If-None-Match", "\"other\""));

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.True(first.Headers.CacheControl!.NoCache, "a new version of the server has other files");
    }

    [Theory]
    [InlineData("/ui/assets/main.js")]
    [InlineData("/ui/assets/index.html")]
    [InlineData("/ui/assets/..%2f..%2fetc%2fpasswd")]
    public async Task A_file_that_is_none_of_the_console_is_not_found(string address)
    {
        using HttpResponseMessage answer = await AskAsync(address);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public void The_whole_console_is_small()
    {
        int octets = ConsoleAssets.All.Values.Sum(asset => asset.In("gzip").Length);

        Assert.InRange(octets, 20_000, 200 * 1024);
    }

    private async Task<IEnumerable<string>> AddressesOfThePageAsync()
    {
        string page = await _http.GetStringAsync("/ui/", Cancellation);
        return Address().Matches(page).Select(match => match.Groups["address"].Value);
    }

    private async Task<HttpResponseMessage> AskAsync(string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach ((string name, string value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await _http.SendAsync(request, Cancellation);
    }

    private static byte[] Unpack(byte[] body, string encoding)
    {
        using var packed = new MemoryStream(body);
        using Stream stream = encoding switch
        {
            "br" => new BrotliStream(packed, CompressionMode.Decompress),
            "gzip" => new GZipStream(packed, CompressionMode.Decompress),
            _ => packed,
        };
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        return plain.ToArray();
    }

    [GeneratedRegex("(src|href)=\"(?<address>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Address();
}
