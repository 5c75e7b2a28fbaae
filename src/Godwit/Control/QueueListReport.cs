// "show queues" and "show topqueues": a line a queue, and at its end why no mail leaves it right now.

using System.Text;
using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>A list of queues, at most as many as were asked for.</summary>
/// <param name="title">What the list is, for machine formats.</param>
/// <param name="matching">How many queues match, shown or not.</param>
/// <param name="withEvents">Whether the recorded errors are shown too.</param>
public sealed class QueueListReport(
    string title, IReadOnlyList<ListedQueue> queues, long matching, QueueTotals totals, bool withEvents, Instant now) : OperatorReport
{
    /// <summary>The name column grows with the names, up to here; a longer name pushes its line to the right.</summary>
    private const int WidestName = 48;

    public IReadOnlyList<QueueReport> Queues { get; } = [.. queues.Select(queue => queue.Report)];

    public long Matching => matching;

    /// <summary>Patterns that are paused with all that is still to come.</summary>
    public IReadOnlyList<QueuePattern> Pauses { get; init; } = [];

    /// <summary>The mode of each queue is told below it.</summary>
    public bool WithModes { get; init; }

    public override bool IsEmptyList => matching == 0;

    public override ReportGroup ToTree() => new()
    {
        { "title", title },
        { "queue", new ReportList([.. queues.Select(Describe)]) },
        { "totalRcp", totals.Recipients },
        { "totalQueuesWithRcp", (long)totals.Queues },
        { "pausedPattern", new ReportList([.. Pauses.Select(pattern => (ReportValue)pattern.ToString())]) },
    };

    public override void WriteText(StringBuilder text)
    {
        int name = Math.Min(WidestName, Queues.Select(queue => queue.Key.ToString().Length).DefaultIfEmpty(0).Max());
        name = Math.Max(name, "queue".Length);
        text.Append("queue".PadRight(name)).Append("    #rcpt     kbytes conn st      retry last error\n");
        foreach (ListedQueue queue in queues)
        {
            WriteLine(text, queue, name);
        }

        text.Append($"{queues.Count} of {matching} matching queues.\n");
        foreach (QueuePattern pattern in Pauses)
        {
            text.Append($"All that {pattern} means is paused, what comes later too; \"resume queue {pattern}\" ends that.\n");
        }
    }

    private void WriteLine(StringBuilder text, ListedQueue listed, int nameWidth)
    {
        QueueReport queue = listed.Report;
        text.Append(queue.Key.ToString().PadRight(nameWidth));
        text.Append($"{queue.Recipients,9}{ReportNumbers.KbytesText(queue.Bytes),11}{queue.Connections,5} {State(listed),-3}{RetryText(queue),10} ");
        text.Append(LastError(queue)).Append('\n');
        foreach (QueueEvent recorded in withEvents ? queue.Events : [])
        {
            text.Append("    ").Append(ReportNumbers.Time(recorded.Time)).Append(' ').Append(recorded.Text).Append('\n');
        }

        if (WithModes && ModeEvent(listed.Memory) is { Length: > 0 } mode)
        {
            text.Append("    ").Append(mode).Append('\n');
        }

        RecipientEventLines.Write(text, listed.Recent);
    }

    /// <summary>What put the queue into the mode it is in, and until when; empty when nothing did.</summary>
    private static string ModeEvent(QueueMemory memory)
    {
        if (memory.Mode == QueueMode.Normal && memory.ModeReason.Length == 0)
        {
            return "";
        }

        string until = ReportNumbers.Time(memory.ModeUntil);
        return $"{ModeWord(memory)} mode{(until.Length > 0 ? $" until {until}" : "")}: {memory.ModeReason}";
    }

    private static string ModeWord(QueueMemory memory) => memory.Mode.ToString().ToLowerInvariant();

    private ReportGroup Describe(ListedQueue listed)
    {
        QueueReport queue = listed.Report;
        var group = new ReportGroup
        {
            { "name", queue.Key.ToString() },
            { "rcp", queue.Recipients },
            { "kb", ReportNumbers.Kbytes(queue.Bytes) },
            { "conn", (long)queue.Connections },
        };
        if (withEvents)
        {
            group.Add("event", new ReportList([.. queue.Events.Select(Describe)]));
        }

        if (listed.Recent.Count > 0)
        {
            group.Add("rcptEvent", new ReportList([.. listed.Recent.Select(RecipientEventLines.Describe)]));
        }

        group.Add("paused", queue.Paused);
        group.Add("mode", ModeWord(listed.Memory));
        group.Add("retryTime", NextTime(queue) is var next && next > now ? ReportNumbers.Time(next) : "");
        group.Add("held", queue.Held);
        group.Add("lastError", LastError(queue));
        group.Add("waitReason", queue.WaitReason);
        group.Add("modeReason", listed.Memory.ModeReason);
        group.Add("modeUntil", ReportNumbers.Time(listed.Memory.ModeUntil));
        group.Add("disabledSource", new ReportList([.. listed.Memory.Disabled.Select(source => (ReportValue)(source.Address?.ToString() ?? ""))]));
        return group;
    }

    internal static ReportGroup Describe(QueueEvent recorded) => new()
    {
        { "type", "error" },
        { "time", ReportNumbers.Time(recorded.Time) },
        { "text", recorded.Text },
    };

    /// <summary>P: paused by an operator. B: in backoff mode. R: waiting for the queue's next try. J: mail of paused or held jobs. Empty: normal.</summary>
    private static string State(ListedQueue queue) => (queue.Report.Paused ? "P" : "")
        + (queue.Memory.Mode == QueueMode.Backoff ? "B" : "") + (queue.Report.InRetry && !queue.Report.Paused ? "R" : "")
        + (queue.Report.Held > 0 ? "J" : "");

    /// <summary>The queue's own retry, or when its recipients or source addresses let it go on: whatever time it waits for.</summary>
    private static Instant NextTime(QueueReport queue) =>
        queue.NextTime != Instant.Never ? queue.NextTime : queue.InRetry ? queue.RetryTime : Instant.Never;

    private string RetryText(QueueReport queue)
    {
        Instant next = NextTime(queue);
        if (next == Instant.Never)
        {
            return "-";
        }

        if (next <= now)
        {
            return "now";
        }

        DateTime time = next.ToUtc();
        return time.ToString(time.Date == now.ToUtc().Date ? "HH:mm:ss" : "MMdd HH:mm");
    }

    /// <summary>The newest error; without any, the reason why nothing leaves right now.</summary>
    private static string LastError(QueueReport queue) =>
        queue.Events.Count > 0 ? queue.Events.Aggregate(static (newest, each) => each.Time >= newest.Time ? each : newest).Text : queue.WaitReason;
}
