// One reader of live events. Owned by its request, which writes; the hub only puts ticks into its line. A reader whose line is full is cut off.

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Godwit.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Api;

/// <summary>Writes a text/event-stream.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    /// <summary>Seconds that a reader may be behind.</summary>
    private const int MostWaiting = 5;

    /// <summary>Lines of the log in one second: more nobody reads, and the gap in their numbers shows.</summary>
    private const int MostLines = 500;

    /// <summary>Proxies close what is silent for a minute, some for half of one.</summary>
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(15);

    /// <summary>Seconds that a stream may go on behind the end of its right.</summary>
    private const int AskEvery = 3;

    private readonly Channel<StreamTick> _ticks = Channel.CreateBounded<StreamTick>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly ApiCall _call;
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenSource _slow = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private long _sequence;
    private long _line;
    private int _sinceAsked;
    private DateTime _written;

    public EventStream(ApiCall call, StreamTopics topics, CancellationToken closing)
    {
        (_call, Topics) = (call, topics);
        _over = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation, closing, _slow.Token);
    }

    public StreamTopics Topics { get; }

    /// <summary>Puts a tick into the line; a reader that has not taken the last ones is cut off.</summary>
    public void Tell(StreamTick tick)
    {
        if (!_ticks.Writer.TryWrite(tick))
        {
            try
            {
                _slow.Cancel();
            }
            catch (ObjectDisposedException)
            {
                return; // Its reader has left between the hub's look at who is there and now.
            }
        }
    }

    /// <summary>Writes until the reader leaves, is too slow, may see it no more, or the console closes.</summary>
    /// <param name="overview">The first event; null for none.</param>
    public async Task RunAsync(byte[]? overview)
    {
        await OpenAsync(_call.Context);
        if (HttpMethods.IsHead(_call.Context.Request.Method))
        {
            return;
        }

        _line = Math.Max(0, _call.Looks.Log.LastSequence);
        try
        {
            await SendAsync(new StreamTick(null, overview), isFirst: true);
            await foreach (StreamTick tick in _ticks.Reader.ReadAllAsync(_over.Token))
            {
                if (++_sinceAsked >= AskEvery && !MayGoOn())
                {
                    return;
                }

                await SendAsync(tick, isFirst: false);
            }
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            if (_slow.IsCancellationRequested)
            {
                // What is half written would look whole: the reader must see that it was cut off.
                _call.Context.Abort();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The hub does not know it any more, so nobody tells it anything.
        await _over.CancelAsync();
        _over.Dispose();
        _slow.Dispose();
    }

    /// <summary>Says what comes, and that no proxy should hold it back.</summary>
    public static Task OpenAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return context.Response.StartAsync(context.RequestAborted);
    }

    /// <summary>One event: its name, its number, its data, which is one line.</summary>
    public static void Write(IBufferWriter<byte> buffer, string name, long sequence, ReadOnlySpan<byte> json)
    {
        buffer.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: {name}\nid: {sequence}\ndata: ")));
        buffer.Write(json);
        buffer.Write("\n\n"u8);
    }

    private bool MayGoOn()
    {
        _sinceAsked = 0;
        return _call.Stands;
    }

    private async Task SendAsync(StreamTick tick, bool isFirst)
    {
        if (tick.Sample is { } sample && Topics.Sample)
        {
            Write(_buffer, "sample", ++_sequence, sample);
        }

        if (tick.Overview is { } overview && Topics.Overview)
        {
            Write(_buffer, "overview", ++_sequence, overview);
        }

        if (Topics.Log && !isFirst)
        {
            AddLines();
        }

        DateTime now = _call.Looks.Now.ToUtc();
        if (_buffer.WrittenCount == 0 && (isFirst || now - _written >= _quiet))
        {
            _buffer.Write(": here\n\n"u8);
        }

        if (_buffer.WrittenCount > 0)
        {
            await _call.Context.Response.Body.WriteAsync(_buffer.WrittenMemory, _over.Token);
            await _call.Context.Response.Body.FlushAsync(_over.Token);
            _buffer.ResetWrittenCount();
            _written = now;
        }
    }

    private void AddLines()
    {
        LogTail log = _call.Looks.Log;
        if (log.LastSequence == _line)
        {
            return;
        }

        int sent = 0;
        foreach (LogLine line in log.Recent(LogTail.MaxLines))
        {
            if (line.Sequence <= _line || line.Level < Topics.LogLevel || sent >= MostLines
                || !line.Text.Contains(Topics.LogFilter, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            sent++;
            Write(_buffer, "log", ++_sequence, JsonSerializer.SerializeToUtf8Bytes(LogRoutes.Show(line), ApiJson.Default.LogRow));
        }

        _line = log.LastSequence;
    }
}
