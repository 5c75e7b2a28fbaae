// "trace": a queue tries now, and the operator sees what is said. The delivery is an ordinary one: it waits for its turn, and its limits hold.

using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Watches one delivery. Thread safe; one at a time.</summary>
internal sealed class TraceVerb(ServerView server) : IDisposable
{
    /// <summary>Shorter than the 30 s that the command line waits for an answer.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _one = new(1, 1);

    public async Task<OperatorReport> RunAsync(QueuePattern pattern, bool retryRecipients, CancellationToken cancellation)
    {
        if (Refusal(pattern, out QueueKey key) is { Length: > 0 } refusal)
        {
            return new MessageReport(ReportOutcome.Refused, refusal);
        }

        if (!await _one.WaitAsync(TimeSpan.Zero, cancellation))
        {
            return new MessageReport(ReportOutcome.Refused, "another trace is under way");
        }

        try
        {
            void Begin() => server.Scheduler.ScheduleNow(key, retryRecipients, server.Clock.Now);
            if (await server.Trace(key, Begin, _patience, cancellation) is { } lines)
            {
                return new TraceReport(lines);
            }
        }
        finally
        {
            _one.Release();
        }

        string reason = server.Scheduler.Queue(key)?.WaitReason is { Length: > 0 } why ? why : "its mail waits or goes over the connections there are";
        return new MessageReport(ReportOutcome.Refused, $"no connection was begun for {key} within {_patience.TotalSeconds:0} s: {reason}");
    }

    public void Dispose() => _one.Dispose();

    /// <summary>Why there is nothing to trace; empty when there is.</summary>
    private string Refusal(QueuePattern pattern, out QueueKey key)
    {
        QueueGlance[] queues = [.. server.Scheduler.Glances(pattern.Matches).Where(queue => queue.Recipients > 0)];
        key = queues.Length > 0 ? queues[0].Key : default;
        return queues.Length switch
        {
            0 => $"no queue with mail matches {pattern}",
            > 1 => $"{queues.Length} queues match {pattern}: name one of them, such as {key}",
            _ => queues[0].IsPaused ? $"the queue {key} is paused" : "",
        };
    }
}
