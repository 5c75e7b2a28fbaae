// Destinations: what waits for each, and what became of the rest. Static.

using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Settings;

namespace Godwit.Api;

internal static class DestinationRoutes
{
    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/destinations", AccessLevel.Monitor, "Destinations, by default those with most mail first.", ListAsync)
        {
            Answer = typeof(ApiList<DestinationRow>), Parameters = SumList.Parameters,
        },
        new("GET", "/destinations/{name}", AccessLevel.Monitor, "One destination: its queues, what it says, the addresses its mail leaves from.", ShowAsync)
        {
            Answer = typeof(DestinationView),
            Parameters = [new("name", "The destination.", ParameterForm.Segment), MailHistoryShow.Parameter],
            Problems = [(404, "Nothing is known of it.")],
        },
    ];

    private static async Task<ApiAnswer> ListAsync(ApiCall call)
    {
        SumQuery query = SumList.Query(call);
        if (call.Bad is { } bad)
        {
            return bad;
        }

        (SumBook book, QueueSum[] sums) = await call.Looks.Mail.DestinationsAsync(query, call.Cancellation);
        return ApiAnswer.Of(Paging.Page(call, sums, static sum => sum.Name, sum => Row(book.Join(sum), call)), ApiJson.Default.ApiListDestinationRow);
    }

    private static async Task<ApiAnswer> ShowAsync(ApiCall call)
    {
        string name = call.Segment("name").ToLowerInvariant();
        HistoryRange range = MailHistoryShow.Range(call);
        if (await call.Looks.Mail.DestinationAsync(name, call.Cancellation) is not (MailSum sum, IReadOnlyList<QueueLine> queues))
        {
            return ApiAnswer.NotFound($"nothing is known of \"{name}\": no mail waits for it, and none has left lately");
        }

        DestinationRow row = Row(sum, call);
        HashSet<string> used = [.. queues.Select(static line => line.Report.Key.VirtualMta)];
        DestinationSource[] sources =
        [
            .. (await call.Looks.Mail.SourcesAsync(used.Contains, call.Cancellation, name)).Select(
                static source => new DestinationSource(
                    source.Host.Address?.ToString() ?? "", source.VirtualMta, source.Connections, source.Fates.Delivered, source.Fates.Deferred,
                    source.Fates.Bounced)),
        ];
        return ApiAnswer.Of(
            new DestinationView(
                row.Name, row.Recipients, row.Octets, row.Queues, row.Connections, row.Paused, row.Backoff, row.Delivered, row.Deferred, row.Bounced,
                row.LastReply, row.LastReplyTime, [.. queues.Select(line => QueueShow.Row(line, call))],
                QueueShow.Replies(call.Looks.Mail.Replies(name), call), sources, ConnectionShow.Rows(call, each => each.Destination == name),
                MailHistoryShow.View(call.Looks.Mail.HistoryOf(name, range))),
            ApiJson.Default.DestinationView);
    }

    private static DestinationRow Row(MailSum sum, ApiCall call) => new(
        sum.Name, sum.Waits.Recipients, sum.Waits.Bytes, sum.Waits.Busy, sum.Waits.Connections, sum.Waits.Paused, sum.Waits.Backoff, sum.Fates.Delivered,
        sum.Fates.Deferred, sum.Fates.Bounced, call.Said(sum.Fates.LastReply ?? ""), ApiTime.Of(sum.Fates.LastTime));
}
