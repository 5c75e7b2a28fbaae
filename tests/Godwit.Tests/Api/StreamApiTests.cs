using System.Net;
using System.Text.Json;
using Godwit.Api;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Settings;
using Godwit.Tests.Control;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

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

    [Fact]
    public async Task Samples_go_on_when_the_overview_fails_and_the_log_says_so_once()
    {
        var server = new TestServer();
        bool fails = false;
        int overviews = 0;
        var log = new KeptLog();
        using var @operator = new Operator(
            server.View with
            {
                Latest = () => new HistorySample { Time = server.Clock.Now },
                NotReady = () => ++overviews > 0 && fails ? throw new InvalidOperationException("no answer") : null,
            },
            log);
        using var hub = new StreamHub(@operator);
        using var gone = new CancellationTokenSource();
        var body = new SharedBody();
        var context = new DefaultHttpContext { RequestAborted = gone.Token };
        context.Request.QueryString = new QueryString("?topics=sample,overview");
        context.Response.Body = body;
        Task<ApiAnswer> stream = hub.Table[0].Run(new ApiCall(context, @operator));
        while (hub.Count == 0)
        {
            await Task.Yield();
        }

        fails = true;
        while (log.Errors < 1 || body.Count("event: sample") < 12)
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(stream, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancellation));
            Assert.False(stream.IsCompleted);
        }

        Assert.Equal((1, 1), (log.Errors, body.Count("event: overview")));
        Assert.True(overviews >= 3);
        await gone.CancelAsync();
        await stream;
    }

    [Fact]
    public async Task A_trace_that_breaks_says_so_as_its_end_and_one_that_is_too_long_says_what_is_missing()
    {
        var server = new TestServer();
        server.Enqueue("v1", ["a@one.example"]);
        Func<Godwit.Delivery.TraceTerms, IReadOnlyList<string>?> said = terms =>
        {
            for (int i = 0; i < TraceRoute.MostWaiting + 7; i++)
            {
                terms.Tell!($"<<< {i}");
            }

            return ["<<< 0"];
        };
        using var @operator = new Operator(server.View with { Trace = (terms, _, _, _) => Task.FromResult(said(terms)) }, NullLogger.Instance);
        using var hub = new StreamHub(@operator);

        string all = await TraceAsync(hub, @operator);
        Assert.Contains("7 line(s) are left out above", all, StringComparison.Ordinal);
        Assert.EndsWith("data: {\"message\":\"\"}\n\n", all, StringComparison.Ordinal);

        said = _ => throw new IOException("the disk is gone");
        Assert.EndsWith("data: {\"message\":\"the trace broke off: the disk is gone\"}\n\n", await TraceAsync(hub, @operator), StringComparison.Ordinal);
        Assert.Equal(0, hub.Count);
    }

    [Fact]
    public async Task A_trace_takes_a_place_among_the_streams()
    {
        var server = new TestServer();
        server.Enqueue("v1", ["a@one.example"]);
        using var hub = new StreamHub(server.Operator);
        for (int i = 0; i < StreamHub.MostStreams; i++)
        {
            Assert.True(hub.TryTake());
        }

        ApiAnswer answer = await new TraceRoute(hub).Route.Run(new ApiCall(TraceContext(new MemoryStream()), server.Operator));

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, answer.Status);
    }

    private static DefaultHttpContext TraceContext(Stream body)
    {
        var context = new DefaultHttpContext();
        context.Request.RouteValues["domain"] = "one.example";
        context.Request.RouteValues["vmta"] = "v1";
        context.Response.Body = body;
        context.Features.Set(new Caller { Level = AccessLevel.Operator, AddressLevel = AccessLevel.Operator, MayChange = true });
        return context;
    }

    private static async Task<string> TraceAsync(StreamHub hub, Operator @operator)
    {
        var body = new MemoryStream();
        await new TraceRoute(hub).Route.Run(new ApiCall(TraceContext(body), @operator));
        return System.Text.Encoding.UTF8.GetString(body.ToArray());
    }

    /// <summary>What has been sent, looked at while it is sent.</summary>
    private sealed class SharedBody : MemoryStream
    {
        private readonly Lock _gate = new();
        private string _text = "";

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (_gate)
            {
                _text += System.Text.Encoding.UTF8.GetString(buffer.Span);
            }

            return default;
        }

        public int Count(string part)
        {
            lock (_gate)
            {
                return _text.Split(part).Length - 1;
            }
        }
    }

    private sealed class KeptLog : ILogger
    {
        private int _errors;

        public int Errors => Volatile.Read(ref _errors);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                Interlocked.Increment(ref _errors);
            }
        }
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
