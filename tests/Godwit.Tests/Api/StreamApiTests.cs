using System.Net;
using System.Text.Json;
using Godwit.Api;
using Godwit.Control;
using Godwit.Tests.Control;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Tests.Api;

public sealed class StreamApiTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Samples_overviews_and_lines_of_the_log_come_as_events()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        using StreamReader stream = await OpenAsync(lab, "stream?topics=sample,overview,log&logFilter=paused");

        (string name, JsonElement overview) = await NextAsync(stream);
        Assert.Equal(("overview", "mx.test"), (name, overview.GetProperty("host").GetString()));

        await lab.Server.RunAsync("pause queue somewhere.example/{default}");
        JsonElement? line = null;
        JsonElement? sample = null;
        while (line is null || sample is null)
        {
            (name, JsonElement data) = await NextAsync(stream);
            (line, sample) = name switch { "log" => (data, sample), "sample" => (line, data), _ => (line, sample) };
        }

        Assert.Contains("pause queue somewhere.example/{default}", line.Value.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            "accepted, bounced, connectionsIn, connectionsOut, deferred, delivered, queued, time",
            string.Join(", ", sample.Value.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task An_open_stream_does_not_hold_up_the_stop_of_its_port()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        using StreamReader stream = await OpenAsync(lab, "stream?topics=sample");
        Task<string> rest = stream.ReadToEndAsync(Cancellation);

        await lab.Server.StopAsync();

        // Ended as an answer ends, and not cut off: the console learns that the server has stopped.
        Assert.DoesNotContain("error", await rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_are_so_many_streams_and_no_more()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        var open = new List<StreamReader>();
        for (int i = 0; i < StreamHub.MostStreams; i++)
        {
            open.Add(await OpenAsync(lab, "stream?topics=sample"));
        }

        (HttpStatusCode status, JsonElement problem) = await lab.SendAsync(HttpMethod.Get, "stream?topics=sample");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("64 streams are open already", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        open.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_is_cut_off()
    {
        var server = new TestServer();
        using var hub = new StreamHub(server.Operator);
        var context = new DefaultHttpContext();
        var cut = new CutFeature();
        context.Features.Set<IHttpRequestLifetimeFeature>(cut);
        context.Request.QueryString = new QueryString("?topics=overview");
        context.Response.Body = new StuckBody();

        Task<ApiAnswer> stream = hub.Table[0].Run(new ApiCall(context, server.Operator));
        while (!stream.IsCompleted)
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(stream, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation));
        }

        await stream;
        Assert.True(cut.IsAborted);
        Assert.Equal(0, hub.Count);
    }

    private static async Task<StreamReader> OpenAsync(ApiLab lab, string path)
    {
        HttpResponseMessage reply = await lab.Http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", reply.Content.Headers.ContentType?.MediaType);
        return new StreamReader(await reply.Content.ReadAsStreamAsync(Cancellation));
    }

    /// <summary>The next event; comments are passed over.</summary>
    private static async Task<(string Name, JsonElement Data)> NextAsync(StreamReader stream)
    {
        string name = "";
        while (await stream.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using JsonDocument data = JsonDocument.Parse(line[6..]);
                return (name, data.RootElement.Clone());
            }
        }

        throw new EndOfStreamException("the stream ended");
    }

    private sealed class CutFeature : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }

    /// <summary>A peer whose window is full.</summary>
    private sealed class StuckBody : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Task.Delay(Timeout.Infinite, cancellationToken));
    }
}
