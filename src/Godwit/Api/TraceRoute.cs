// The dialog of a queue's next delivery, line by line as it is said. The delivery is an ordinary one and does not wait for whoever looks on.

using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Api;

/// <summary>One line of a dialog.</summary>
/// <param name="Direction">out: we say it; in: the host does; note: nobody does.</param>
internal sealed record TraceLine(string Line, string Direction);

/// <summary>How a trace ended.</summary>
internal sealed record TraceEnd(string Message);

/// <summary>The route of the live trace.</summary>
/// <param name="hub">It is one of the console's streams, takes a place among them and ends with them.</param>
internal sealed class TraceRoute(StreamHub hub)
{
    /// <summary>Lines that a reader may be behind: a dialog with a thousand recipients. The delivery does not wait; what is left out is said.</summary>
    internal const int MostWaiting = 8192;

    public ApiRoute Route => new("POST", "/queues/{domain}/{vmta}/trace", AccessLevel.Operator,
        "Lets the queue and its recipients try now and tells the dialog: events trace, then one event end.", RunAsync)
    {
        IsStream = true,
        Problems = [(503, $"{StreamHub.MostStreams} streams are open already.")],
        Parameters = [new("domain", "The destination.", ParameterForm.Segment), new("vmta", "The virtual MTA.", ParameterForm.Segment)],
    };

    private async Task<ApiAnswer> RunAsync(ApiCall call)
    {
        if (call.Queue() is not { } key || !QueuePattern.TryParse(key.ToString(), out QueuePattern pattern))
        {
            return call.Bad ?? ApiAnswer.NotFound("there is no such queue");
        }

        if (!hub.TryTake())
        {
            return StreamHub.Full();
        }

        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation, hub.Closing);
            await TellAsync(call, pattern, either.Token);
        }
        finally
        {
            hub.GiveBack();
        }

        return ApiAnswer.Written;
    }

    /// <summary>Writes lines as they are said, and then how it ended. Returns when the trace has ended or nobody looks on any more.</summary>
    private static async Task TellAsync(ApiCall call, QueuePattern pattern, CancellationToken cancellation)
    {
        var lines = Channel.CreateBounded<string>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
        int left = 0;
        Task<OperatorReport> trace = TraceAsync(call, pattern, Put, lines.Writer, cancellation);
        await EventStream.OpenAsync(call.Context);
        try
        {
            long sequence = 0;
            var buffer = new ArrayBufferWriter<byte>(1024);
            while (await lines.Reader.WaitToReadAsync(cancellation))
            {
                if (!call.Stands)
                {
                    return;
                }

                while (lines.Reader.TryRead(out string? line))
                {
                    Write(buffer, ++sequence, Show(line));
                }

                await call.Context.Response.Body.WriteAsync(buffer.WrittenMemory, cancellation);
                await call.Context.Response.Body.FlushAsync(cancellation);
                buffer.ResetWrittenCount();
            }

            OperatorReport report = await trace;
            if (Volatile.Read(ref left) is > 0 and int missing)
            {
                Write(buffer, ++sequence, new TraceLine($"{missing} line(s) are left out above: they came faster than they could be sent", "note"));
            }

            var end = new TraceEnd(report.Outcome == ReportOutcome.Done ? "" : report.Message);
            EventStream.Write(buffer, "end", ++sequence, JsonSerializer.SerializeToUtf8Bytes(end, ApiJson.Default.TraceEnd));
            await call.Context.Response.Body.WriteAsync(buffer.WrittenMemory, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return; // Whoever looked on has left, or the console closes.
        }

        void Put(string line)
        {
            if (!lines.Writer.TryWrite(line))
            {
                Interlocked.Increment(ref left);
            }
        }
    }

    private static async Task<OperatorReport> TraceAsync(
        ApiCall call, QueuePattern queue, Action<string> put, ChannelWriter<string> lines, CancellationToken cancellation)
    {
        try
        {
            return await call.Operator.TraceAsync(queue, call.Caller, put, cancellation);
        }
        catch (OperationCanceledException)
        {
            return new MessageReport(ReportOutcome.Refused, "nobody looks on any more");
        }
        catch (Exception broken)
        {
            // Whoever looks on must learn that nothing more comes; the log has the whole of it.
            call.Operator.Log.TraceBroken(queue.ToString(), broken);
            return new MessageReport(ReportOutcome.Refused, $"the trace broke off: {broken.Message}");
        }
        finally
        {
            lines.TryComplete();
        }
    }

    private static void Write(ArrayBufferWriter<byte> buffer, long sequence, TraceLine line) =>
        EventStream.Write(buffer, "trace", sequence, JsonSerializer.SerializeToUtf8Bytes(line, ApiJson.Default.TraceLine));

    private static TraceLine Show(string line) =>
        line.StartsWith("<<< ", StringComparison.Ordinal) ? new TraceLine(line[4..], "out")
        : line.StartsWith(">>> ", StringComparison.Ordinal) ? new TraceLine(line[4..], "in")
        : new TraceLine(line, "note");
}
