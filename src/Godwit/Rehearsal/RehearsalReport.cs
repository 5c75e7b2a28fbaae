// What a rehearsal has shown. Immutable; written as text, as JSON and as a page.

using Godwit.Foundation;

namespace Godwit.Rehearsal;

/// <summary>One receiver's part.</summary>
/// <param name="NinetyNineAfter">When 99 of 100 recipients had their final fate; null when that did not come.</param>
/// <param name="DoneAfter">When all had.</param>
/// <param name="Backoffs">Times that a queue went into backoff mode, or stopped using a source address for a while.</param>
/// <param name="Waits">Why its mail waited, with the part of the waiting that it explains, the largest first.</param>
/// <param name="Replies">Refusals by name, the most frequent first.</param>
internal sealed record ReceiverReport(
    string Name, int Domains, long Recipients, long Delivered, long Bounced, long Expired, long Left, TimeSpan? NinetyNineAfter, TimeSpan? DoneAfter,
    int Backoffs, long Deferrals, IReadOnlyList<(string Reason, double Part)> Waits, IReadOnlyList<(string Reply, long Count)> Replies);

/// <summary>A source address and the most connections it had at once.</summary>
internal sealed record SourceReport(string Address, int PeakConnections);

/// <summary>All of it.</summary>
internal sealed record RehearsalReport
{
    public required string ConfigFile { get; init; }

    public required IReadOnlyList<string> VirtualMtas { get; init; }

    public required IReadOnlyList<ReceiverReport> Receivers { get; init; }

    public required IReadOnlyList<SourceReport> Sources { get; init; }

    public required int PeakConnections { get; init; }

    public required IReadOnlyList<ProgressSample> Samples { get; init; }

    /// <summary>What the sum of the samples' columns is about.</summary>
    public required IReadOnlyList<string> SampleNames { get; init; }

    /// <summary>Some mail goes into files, programs or nowhere.</summary>
    public required bool HasLocalMail { get; init; }

    public required TimeSpan Took { get; init; }

    public long Recipients => Receivers.Sum(r => r.Recipients);

    public int Domains => Receivers.Sum(r => r.Domains);

    public long Left => Receivers.Sum(r => r.Left);

    /// <summary>When the last recipient had its fate; null when some have none.</summary>
    public TimeSpan? DoneAfter => Left > 0 ? null : Receivers.Max(r => r.DoneAfter);

    /// <summary>Of a run that has ended.</summary>
    public static RehearsalReport Of(RehearsalRun run, string configFile, RehearsalPlan plan) => new()
    {
        ConfigFile = configFile,
        VirtualMtas = plan.VirtualMtas,
        Receivers = [.. run.Receivers.Where(r => r.Tally.Recipients > 0).Select(Describe)],
        Sources = [.. run.Sources.Select(s => new SourceReport(s.Name, s.Peak)).OrderBy(s => s.Address, StringComparer.Ordinal)],
        PeakConnections = run.PeakConnections,
        Samples = run.Samples,
        SampleNames = [.. run.Receivers.Select(r => r.Settings.Name)],
        HasLocalMail = run.Receivers.Any(static r => r.IsLocal),
        Took = run.End - RehearsalRun.Start,
    };

    private static ReceiverReport Describe(Receiver receiver)
    {
        ReceiverTally tally = receiver.Tally;
        double all = tally.Waits.Values.Sum();
        return new ReceiverReport(
            receiver.Settings.Name, tally.Domains, tally.Recipients, tally.Delivered, tally.Bounced, tally.Expired, tally.Open,
            After(tally.NinetyNineAt), After(tally.DoneAt), tally.Backoffs, tally.Deferrals,
            [.. tally.Waits.Select(w => (w.Key, w.Value / all)).OrderByDescending(w => w.Item2).ThenBy(w => w.Key, StringComparer.Ordinal)],
            [.. tally.Replies.Select(r => (r.Key, r.Value)).OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal)]);
    }

    private static TimeSpan? After(Instant time) => time == Instant.Never ? null : time - RehearsalRun.Start;
}
