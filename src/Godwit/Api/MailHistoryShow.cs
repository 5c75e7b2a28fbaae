// Histories of single queues and destinations as the API tells them. Pure.

using Godwit.Diagnostics;

namespace Godwit.Api;

internal static class MailHistoryShow
{
    public static ApiParameter Parameter { get; } =
        new("history", "How far back history goes: hour, by minutes, when it is left out; or day, by tens of minutes.", ParameterForm.Text, "hour", "day");

    public static HistoryRange Range(ApiCall call) => call.Word("history", ("hour", HistoryRange.Hour), ("day", HistoryRange.Day));

    public static MailHistoryView? View(MailStepList? kept) => kept is null ? null : new MailHistoryView(
        (int)kept.Step.TotalSeconds, ApiTime.Whole(kept.Start),
        new MailSeries(
            [.. kept.Steps.Select(static step => step?.Delivered)], [.. kept.Steps.Select(static step => step?.Deferred)],
            [.. kept.Steps.Select(static step => step?.Bounced)], [.. kept.Steps.Select(static step => Sampled(step?.Queued))],
            [.. kept.Steps.Select(static step => Sampled(step?.Connections))]));

    private static int? Sampled(int? value) => value == MailStep.NotSampled ? null : value;
}
