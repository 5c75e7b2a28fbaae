// The server at a glance, and what it did lately. Static.

using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Api;

internal static class OverviewRoutes
{
    private const int SecondsOfHour = 3600;

    private const int MinutesOfDay = 1440;

    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/overview", AccessLevel.Monitor, "The server at a glance, and what needs attention now, the worst first.", OverviewAsync)
        {
            Answer = typeof(Overview),
        },
        new("GET", "/history", AccessLevel.Monitor, "What the server did: the last hour by seconds, or the last day by minutes.", HistoryAsync)
        {
            Answer = typeof(History),
            Parameters = [new("range", "How far back; hour when it is left out.", ParameterForm.Text, "hour", "day")],
        },
    ];

    public static Overview Show(OverviewReport report)
    {
        StatusReport status = report.Status;
        return new Overview(
            status.HostName, VersionReport.Number, ApiTime.Whole(status.Started), ApiTime.Whole(status.Now), status.NotReady is null && !status.ShuttingDown,
            status.ShuttingDown ? "the server is stopping" : status.NotReady ?? "", Counts(status, static counts => counts.LastMinute),
            Counts(status, static counts => counts.LastHour), Counts(status, static counts => counts.Total), status.Queues.Recipients, status.Queues.Bytes,
            status.Queues.Queues, status.ConnectionsIn.Active, status.ConnectionsIn.Maximum, status.ConnectionsOut.Active, status.ConnectionsOut.Maximum,
            new SpoolState(
                status.Spool.FilesInUse, status.Spool.FilesRecycled, status.Spool.OctetsInUse, report.Disk.Free, report.Disk.Total, report.MinFreeSpace),
            new DeliveryTimes(report.MedianSeconds, report.P99Seconds), [.. report.Attention.Select(Show)]);
    }

    public static Sample Show(HistorySample sample) => new(
        ApiTime.Whole(sample.Time), sample.Accepted, sample.Delivered, sample.Deferred, sample.Bounced, sample.Queued, sample.ConnectionsIn,
        sample.ConnectionsOut);

    /// <summary>Samples come when the machine has time; each goes to the step whose end is nearest.</summary>
    public static History Show(HistorySample[] samples, Instant now, int step, int steps)
    {
        long stepTicks = TimeSpan.FromSeconds(step).Ticks;
        Instant last = samples.Length > 0 ? samples[^1].Time : now;
        Instant start = last - TimeSpan.FromTicks(stepTicks * (steps - 1));
        var series = new HistorySeries(
            new long?[steps], new long?[steps], new long?[steps], new long?[steps], new long?[steps], new long?[steps], new long?[steps],
            new double?[steps], new double?[steps]);
        foreach (HistorySample sample in samples)
        {
            long place = ((sample.Time - start).Ticks + (stepTicks / 2)) / stepTicks;
            if (sample.Time < start || place >= steps)
            {
                continue;
            }

            // Two of one step are added up: nothing that was counted is lost.
            series.Accepted[place] = (series.Accepted[place] ?? 0) + sample.Accepted;
            series.Delivered[place] = (series.Delivered[place] ?? 0) + sample.Delivered;
            series.Deferred[place] = (series.Deferred[place] ?? 0) + sample.Deferred;
            series.Bounced[place] = (series.Bounced[place] ?? 0) + sample.Bounced;
            (series.Queued[place], series.ConnectionsIn[place], series.ConnectionsOut[place]) = (sample.Queued, sample.ConnectionsIn, sample.ConnectionsOut);
            (series.P50[place], series.P99[place]) = (sample.MedianSeconds, sample.P99Seconds);
        }

        return new History(step, ApiTime.Whole(start), series);
    }

    private static async Task<ApiAnswer> OverviewAsync(ApiCall call) =>
        ApiAnswer.Of(Show(await call.Looks.OverviewAsync(call.Cancellation)), ApiJson.Default.Overview);

    private static Task<ApiAnswer> HistoryAsync(ApiCall call)
    {
        HistoryRange range = call.Word("range", ("hour", HistoryRange.Hour), ("day", HistoryRange.Day));
        (int step, int steps) = range == HistoryRange.Hour ? (1, SecondsOfHour) : (60, MinutesOfDay);
        return Task.FromResult(ApiAnswer.Of(Show(call.Looks.History(range), call.Looks.Now, step, steps), ApiJson.Default.History));
    }

    private static TrafficCounts Counts(StatusReport status, Func<PeriodCounts, long> period) =>
        new(period(status.Inbound.Recipients), period(status.Outbound.Recipients), period(status.Deferred), period(status.Bounced));

    private static Attention Show(AttentionItem item) => new(
        item.Severity.ToString().ToLowerInvariant(), Camel(item.Kind.ToString()), item.Title, item.Detail, ApiTime.Of(item.Since),
        new AttentionLink(Camel(item.Page.ToString()), item.Name));

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
