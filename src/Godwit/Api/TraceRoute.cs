// The dialog of a queue's next delivery, line by line as it is said. The delivery is an ordinary one and does not wait for whoever looks on.

using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Godwit.Control;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Api;

/// <summary>One line of a dialog.</summary>
/// <param name="Direction">out: we say it; in: the host does; note: nobody does.</param>
internal sealed record TraceLine(string Line, string Direction);

/// <summary>How a trace ended.</summary>
internal sealed record TraceEnd(string Message);

/// <summary>The route of the live trace.</summary>
/// <param name="streams">It is one of the console's streams, and ends with them.</param>
internal sealed class TraceRoute(CancellationToken closing)
{
    /// <summary>More than a delivery's dialog may have.</summary>
    private const int MostWaiting = 8192;

    public ApiRoute Route => new("POST", "/queues/{domain}/{vmta}/trace", AccessLevel.Operator,
        "Lets the queue and its recipients try now and tells the dialog: events trace, then one event end.", RunAsync)
    {
        IsStream = true,
        Parameters = [new("domain", "The destination.", ParameterForm.Segment), new("vmta", "The virtual MTA.", ParameterForm.Segment)],
    };

    private async Task<ApiAnswer> RunAsync(ApiCall call)
    {
        if (call.Queue() is not { } key || !QueuePattern.TryParse(key.ToString(), out QueuePattern pattern))
        {
            return call.Bad ?? ApiAnswer.NotFound("there is no such queue");
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation, closing);
        var lines = Channel.CreateBounded<string>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
        Task<OperatorReport> trace = TellAsync(call, pattern, lines.Writer, either.Token);
        await EventStream.OpenAsync(call.Context);
        try
        {
            long sequence = 0;
            var buffer = new ArrayBufferWriter<byte>(1024);
            while (await lines.Reader.WaitToReadAsync(either.Token))
            {
                if (!call.Stands)
                {
                    await either.CancelAsync();
                    await trace;
                    return ApiAnswer.Written;
                }

                while (lines.Reader.TryRead(out string? line))
                {
                    EventStream.Write(buffer, "trace", ++sequence, JsonSerializer.SerializeToUtf8Bytes(Show(line), ApiJson.Default.TraceLine));
                }

                await call.Context.Response.Body.WriteAsync(buffer.WrittenMemory, either.Token);
                await call.Context.Response.Body.FlushAsync(either.Token);
                buffer.ResetWrittenCount();
            }

            OperatorReport report = await trace;
            var end = new TraceEnd(report.Outcome == ReportOutcome.Done ? "" : report.Message);
            EventStream.Write(buffer, "end", ++sequence, JsonSerializer.SerializeToUtf8Bytes(end, ApiJson.Default.TraceEnd));
            await call.Context.Response.Body.WriteAsync(buffer.WrittenMemory, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return ApiAnswer.Written; // Whoever looked on has left, or the console closes.
        }

        return ApiAnswer.Written;
    }

    private static async Task<OperatorReport> TellAsync(
        ApiCall call, QueuePattern queue, ChannelWriter<string> lines, CancellationToken cancellation)
    {
        try
        {
            return await call.Operator.TraceAsync(queue, call.Caller, line => lines.TryWrite(line), cancellation);
        }
        catch (OperationCanceledException)
        {
            return new MessageReport(ReportOutcome.Refused, "nobody looks on any more");
        }
        finally
        {
            lines.TryComplete();
        }
    }

    private static TraceLine Show(string line) =>
        line.StartsWith("<<< ", StringComparison.Ordinal) ? new TraceLine(line[4..], "out")
        : line.StartsWith(">>> ", StringComparison.Ordinal) ? new TraceLine(line[4..], "in")
        : new TraceLine(line, "note");
}
