// Live numbers for everybody who watches: one sampler for all streams, which runs while there is one. Owned by ApiRoutes. Each second it makes each event
// once and puts the same octets into every stream's short line; a reader whose line is full is too slow and is cut off, so nobody waits for anybody.
// Dispose ends every stream at once.

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Settings;
using Microsoft.AspNetCore.Http;

namespace Godwit.Api;

/// <summary>The streams of one console. Thread safe.</summary>
internal sealed class StreamHub : IDisposable
{
    /// <summary>Open pages at once; a browser opens another connection for its requests.</summary>
    public const int MostStreams = 64;

    /// <summary>Seconds between two overviews.</summary>
    private const int OverviewEvery = 5;

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly Operator _operator;
    private readonly Lock _gate = new();
    private readonly HashSet<EventStream> _streams = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly ITimer _timer;
    private int _looking;
    private int _hasFailed;
    private int _others;
    private long _ticks;
    private bool _isClosed;

    public StreamHub(Operator @operator)
    {
        _operator = @operator;
        _timer = @operator.Time.CreateTimer(static state => ((StreamHub)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Table =
        [
            new("GET", "/stream", AccessLevel.Monitor, "Live events: sample each second, overview every five, lines of the log as they come.", StreamAsync)
            {
                IsStream = true,
                Parameters =
                [
                    new("topics", "Which events, separated by commas: sample, overview, log. Without it sample and overview."),
                    new("logFilter", "Only lines of the log that hold this text."),
                    new("logLevel", "Only lines that are at least this bad.", ParameterForm.Text, LogRoutes.Levels),
                ],
                Problems = [(503, $"{MostStreams} streams are open already.")],
            },
        ];
    }

    public IReadOnlyList<ApiRoute> Table { get; }

    /// <summary>Open streams.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _streams.Count + _others;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _closing.Cancel();
        }

        _timer.Dispose();
    }

    /// <summary>Takes a stream in; false when there are too many, or the console closes.</summary>
    public bool TryOpen(EventStream stream)
    {
        lock (_gate)
        {
            if (_isClosed || _streams.Count + _others >= MostStreams)
            {
                return false;
            }

            _streams.Add(stream);
            if (_streams.Count == 1)
            {
                _timer.Change(_second, _second);
            }

            return true;
        }
    }

    /// <summary>A stream that is told by somebody else takes a place; false when there is none. It gives it back by <see cref="GiveBack"/>.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            if (_isClosed || _streams.Count + _others >= MostStreams)
            {
                return false;
            }

            _others++;
            return true;
        }
    }

    public void GiveBack()
    {
        lock (_gate)
        {
            _others--;
        }
    }

    public void Close(EventStream stream)
    {
        lock (_gate)
        {
            _streams.Remove(stream);
            if (_streams.Count == 0 && !_isClosed)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Ends with the console.</summary>
    public CancellationToken Closing => _closing.Token;

    private async Task<ApiAnswer> StreamAsync(ApiCall call)
    {
        StreamTopics topics = StreamTopics.Read(call);
        if (call.Bad is { } bad)
        {
            return bad;
        }

        await using var stream = new EventStream(call, topics, _closing.Token);
        if (!TryOpen(stream))
        {
            return Full();
        }

        try
        {
            // Once at the start: a page that has just opened shows what there is without waiting five seconds.
            byte[]? overview = topics.Overview && !HttpMethods.IsHead(call.Context.Request.Method)
                ? Event(OverviewRoutes.Show(await call.Looks.OverviewAsync(call.Cancellation)), ApiJson.Default.Overview)
                : null;
            await stream.RunAsync(overview);
        }
        finally
        {
            Close(stream);
        }

        return ApiAnswer.Written;
    }

    /// <summary>On the timer's thread, where nobody would catch anything.</summary>
    private void Tick()
    {
        try
        {
            EventStream[] streams = Open();
            if (_ticks++ % OverviewEvery == OverviewEvery - 1 && Array.Exists(streams, static each => each.Topics.Overview)
                && Interlocked.Exchange(ref _looking, 1) == 0)
            {
                _ = TellOverviewAsync();
            }

            HistorySample latest = _operator.Looks.Latest();
            byte[]? sample = latest.Time == default || !Array.Exists(streams, static each => each.Topics.Sample) ? null
                : Event(OverviewRoutes.Show(latest), ApiJson.Default.Sample);
            Array.ForEach(streams, stream => stream.Tell(new StreamTick(sample, null)));
        }
        catch (Exception broken)
        {
            Failed(broken);
        }
    }

    /// <summary>Beside the samples, which do not wait for it: on a server with very many queues it may take seconds.</summary>
    private async Task TellOverviewAsync()
    {
        try
        {
            byte[] overview = Event(OverviewRoutes.Show(await _operator.Looks.OverviewAsync(_closing.Token)), ApiJson.Default.Overview);
            Array.ForEach(Array.FindAll(Open(), static each => each.Topics.Overview), stream => stream.Tell(new StreamTick(null, overview)));
            Volatile.Write(ref _hasFailed, 0);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            return; // The console closes.
        }
        catch (Exception broken)
        {
            Failed(broken);
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    private EventStream[] Open()
    {
        lock (_gate)
        {
            return [.. _streams];
        }
    }

    /// <summary>Said once, until an overview has come out well again: a tick comes each second.</summary>
    private void Failed(Exception broken)
    {
        if (Interlocked.Exchange(ref _hasFailed, 1) == 0)
        {
            _operator.Log.StreamTickFailed(broken);
        }
    }

    /// <summary>What whoever finds no place is told.</summary>
    internal static ApiAnswer Full() => ApiAnswer.Refuse(
        StatusCodes.Status503ServiceUnavailable, $"{MostStreams} streams are open already, or the server stops: try again in a while");

    private static byte[] Event<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);
}
