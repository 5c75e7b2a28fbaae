// A running server with its API, and a program that speaks to it with the machine's token. Owned by one test.

using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Tests.Support;
using Godwit.Web;

namespace Godwit.Tests.Api;

/// <summary>Asks /api/v1 of a whole server.</summary>
internal sealed class ApiLab : IAsyncDisposable
{
    /// <summary>Mail comes in and stays: nothing answers DNS, and queues wait for their next try.</summary>
    public const string Stuck = "<domain *>\n  retry-after 1h\n</domain>\n";

    private ApiLab(RunningServer server, int port)
    {
        Server = server;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/"), Timeout = TimeSpan.FromSeconds(60) };
        Http.DefaultRequestHeaders.Add(ControlToken.Header, File.ReadAllText(Path.Combine(server.Spool, "control-token")).Trim());
    }

    public RunningServer Server { get; }

    public HttpClient Http { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<ApiLab> StartAsync(string config = Stuck, ScriptedDnsServer? dns = null)
    {
        int port = Tool.FreePort();
        return new ApiLab(await RunningServer.StartAsync($"http-mgmt-port {port}\n{config}", dns), port);
    }

    /// <summary>One recipient in each of so many queues, which are paused.</summary>
    public async Task FillAsync(int queues, int first = 0, string domain = "example")
    {
        await Server.RunAsync("pause queue */*");
        for (int from = first; from < first + queues; from += 500)
        {
            int to = Math.Min(first + queues, from + 500);
            await Server.SendAsync("a@sender.test", Enumerable.Range(from, to - from).Select(i => $"r@d{i:000000}.{domain}"));
        }
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        (HttpStatusCode status, JsonElement answer) = await SendAsync(HttpMethod.Get, path);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {answer}");
        return answer;
    }

    public Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(string path, string? json = null) => SendAsync(HttpMethod.Post, path, json);

    public async Task<(HttpStatusCode Status, JsonElement Answer)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage reply = await Http.SendAsync(request, Cancellation);
        string text = await reply.Content.ReadAsStringAsync(Cancellation);
        if (!reply.IsSuccessStatusCode && reply.StatusCode != HttpStatusCode.UnprocessableEntity)
        {
            Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
        }

        using JsonDocument? document = text.Length == 0 ? null : JsonDocument.Parse(text);
        return (reply.StatusCode, document?.RootElement.Clone() ?? default);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }
}
