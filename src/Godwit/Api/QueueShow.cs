// From what Control tells of queues to what the API tells. Pure.

using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Api;

internal static class QueueShow
{
    public static QueueRow Row(QueueLine line, ApiCall call)
    {
        Instant now = call.Looks.Now;
        QueueReport report = line.Report;
        QueueEvent? last = line.LastError;
        return new QueueRow(
            report.Key.ToString(), report.Key.Destination.Text, report.Key.VirtualMta, report.Recipients, report.Bytes, report.Connections, report.Paused,
            report.Held, line.Memory.Mode == QueueMode.Backoff ? "backoff" : "normal", call.Said(line.Memory.ModeReason), ApiTime.Of(line.Memory.ModeUntil),
            ApiTime.Ahead(line.NextTry, now), call.Said(last?.Text ?? ""), last is { } error ? ApiTime.Of(error.Time) : null, call.Said(report.WaitReason),
            call.Said(line.Limit), Math.Round(line.PerSecond * 60, 1));
    }

    public static QueueView View(
        QueueDetail detail, IReadOnlyList<QueueSourceRow> sources, IReadOnlyList<SettingRow> settings, IReadOnlyList<ReplyRow> replies,
        MailHistoryView? history, ApiCall call)
    {
        QueueRow row = Row(detail.Line, call);
        return new QueueView(
            row.Name, row.Domain, row.Vmta, row.Recipients, row.Octets, row.Connections, row.Paused, row.HeldRecipients, row.Mode, row.ModeReason,
            row.ModeUntil, row.NextRetry, row.LastReply, row.LastReplyTime, row.WaitReason, row.Limit, row.PerMinute,
            [.. detail.Line.Report.Events.Reverse().Select(each => new TimedText(ApiTime.Whole(each.Time), call.Said(each.Text)))],
            Why(detail.Why, call), sources, settings, replies,
            ConnectionShow.Rows(call, each => each.IsOf(row.Domain, row.Vmta)), history);
    }

    public static IReadOnlyList<WhyItem> Why(IReadOnlyList<WaitReason> reasons, ApiCall call) =>
    [
        .. reasons.Select(reason => new WhyItem(
            call.Said(reason.Text), Since: null, ApiTime.Ahead(reason.Until, call.Looks.Now), reason.Fix, reason.IsBinding)),
    ];

    /// <summary>Each line of each directive, in the order in which they are explained; none for those who may not see the configuration.</summary>
    public static IReadOnlyList<SettingRow> Settings(ExplainedSection? section, ApiCall call) =>
        section is null || call.Caller.Level < AccessLevel.Operator ? [] :
    [
        .. from setting in section.Settings
           from line in setting.Lines
           select new SettingRow(line.Name, line.Text, Origin(line.Origin), line.Origin.IsDefault),
    ];

    public static IReadOnlyList<ReplyRow> Replies(IReadOnlyList<ReplyGroup> groups, ApiCall call) =>
    [
        .. groups.Select(group => new ReplyRow(
            group.Pattern, call.Caller.MaySeeAddresses ? group.Sample : group.Pattern, Kind(group.Sample), group.Count, FirstTime: null,
            ApiTime.Of(group.Last))),
    ];

    private static string Kind(string reply) => reply.StartsWith('5') ? "bounced" : reply.StartsWith('2') ? "delivered" : "deferred";

    private static string Origin(SettingOrigin origin) => origin.IsDefault
        ? origin.Block.Length > 0 ? $"default, {origin.Block}" : "default"
        : $"{origin.File}:{origin.Line}, {origin.Block}";
}
