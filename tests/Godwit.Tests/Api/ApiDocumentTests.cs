using System.Text.Json;
using Godwit.Api;
using Godwit.Control;
using Godwit.Settings;
using Godwit.Tests.Control;
using Godwit.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace Godwit.Tests.Api;

public sealed class ApiDocumentTests : IAsyncLifetime
{
    private readonly TestServer _server = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-api-").FullName;
    private readonly HttpClient _http = new();
    private IReadOnlyList<RouteEndpoint> _endpoints = [];
    private WebConsole _console = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var token = ControlToken.Create(Path.Combine(_folder, "token"));
        _console = await WebConsole.StartAsync(_server.Operator, 0, token, NullLoggerFactory.Instance, Cancellation, routes =>
        {
            ApiRoutes.Map(routes, _server.Operator);
            _endpoints = [.. routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];
        });
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_console.Port}");
        _http.DefaultRequestHeaders.Add(ControlToken.Header, File.ReadAllText(token.Path).Trim());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _console.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_document_is_valid_and_names_every_route_that_is_registered()
    {
        using var text = new MemoryStream(await _http.GetByteArrayAsync("/api/v1/openapi.json", Cancellation));
        ReadResult read = await OpenApiDocument.LoadAsync(text, "json", cancellationToken: Cancellation);
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.NotNull(read.Document);
        Assert.Empty(read.Document.Validate(ValidationRuleSet.GetDefaultRuleSet()));

        string[] documented = [.. read.Document.Paths.SelectMany(path => path.Value.Operations!.Keys.Select(method => $"{method} {path.Key}"))];
        string[] registered =
        [
            .. from endpoint in _endpoints
               where (endpoint.RoutePattern.RawText ?? "").TrimStart('/').StartsWith("api/v1/", StringComparison.Ordinal)
                   && !endpoint.RoutePattern.RawText!.EndsWith("openapi.json", StringComparison.Ordinal)
               from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
               select $"{method} /{endpoint.RoutePattern.RawText!.TrimStart('/')}",
        ];
        Assert.Contains("GET /api/v1/queues/{domain}/{vmta}", registered);
        Assert.Equal(registered.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_who_may_what_it_takes_and_what_it_answers()
    {
        using JsonDocument document = JsonDocument.Parse(await _http.GetByteArrayAsync("/api/v1/openapi.json", Cancellation));
        foreach (JsonProperty path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                string what = $"{operation.Name} {path.Name}";
                Assert.False(string.IsNullOrEmpty(Text(operation.Value, "summary")), what);
                Assert.StartsWith("Level: ", Text(operation.Value, "description"), StringComparison.Ordinal);
                string[] segments = [.. path.Name.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}'))];
                string[] named = operation.Value.TryGetProperty("parameters", out JsonElement parameters)
                    ? [.. parameters.EnumerateArray().Where(each => Text(each, "in") == "path").Select(each => Text(each, "name"))]
                    : [];
                Assert.Equal(segments, named);
                if (operation.Value.GetProperty("responses").TryGetProperty("204", out _))
                {
                    continue; // Done, and there is nothing to say.
                }

                JsonElement good = operation.Value.GetProperty("responses").EnumerateObject().First(each => each.Name.StartsWith('2')).Value;
                Assert.True(good.TryGetProperty("content", out JsonElement content) && content.EnumerateObject().Any(), $"{what} tells no answer");
            }
        }

        JsonElement row = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("QueueRow").GetProperty("properties");
        Assert.True(row.TryGetProperty("recipients", out _));
    }

    [Fact]
    public async Task A_body_needs_what_its_address_cannot_do_without_and_no_more()
    {
        using var text = new MemoryStream(await _http.GetByteArrayAsync("/api/v1/openapi.json", Cancellation));
        OpenApiDocument document = (await OpenApiDocument.LoadAsync(text, "json", cancellationToken: Cancellation)).Document!;

        Assert.Equal(["kind"], Required("/api/v1/operations", HttpMethod.Post));
        Assert.Equal(["content", "name"], Required("/api/v1/config/file", HttpMethod.Put));
        Assert.Equal(["password", "user"], Required("/api/v1/session", HttpMethod.Post));
        Assert.Equal(
            document.Paths.Keys.Select(path => path.Split('/')[3]).Distinct().Order(StringComparer.Ordinal),
            document.Tags!.Select(tag => tag.Name!).Order(StringComparer.Ordinal));

        IEnumerable<string> Required(string path, HttpMethod method) =>
            document.Paths[path].Operations![method].RequestBody!.Content!["application/json"].Schema!.Required!.Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_page_fetches_nothing_from_elsewhere()
    {
        using HttpResponseMessage page = await _http.GetAsync("/api", Cancellation);
        string html = await page.Content.ReadAsStringAsync(Cancellation);

        Assert.True(page.IsSuccessStatusCode, html);
        Assert.Contains("openapi.json", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        string policy = page.Headers.GetValues("Content-Security-Policy").Single();
        string scripts = policy.Split("; ").Single(part => part.StartsWith("script-src", StringComparison.Ordinal));
        Assert.StartsWith("script-src 'self' 'nonce-", scripts, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", scripts, StringComparison.Ordinal);
        string nonce = scripts.Split("'nonce-")[1].TrimEnd('\'');
        int all = html.Split("<script").Length - 1;
        Assert.True(all > 0 && html.Split($"nonce=\"{nonce}\"").Length - 1 == all, $"each script must have the nonce: {html}");
        string script = System.Text.RegularExpressions.Regex.Match(html, "src=\"(?<file>[^\"]+)\"", System.Text.RegularExpressions.RegexOptions.NonBacktracking).Groups["file"].Value;
        byte[] code = await _http.GetByteArrayAsync(new Uri(page.RequestMessage!.RequestUri!, script), Cancellation);
        Assert.True(code.Length > 100_000, $"{script}: {code.Length} octets");
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";
}
