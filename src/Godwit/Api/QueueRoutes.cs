// Queues: pages, one in full, and what an operator does with one. Static.

using System.Globalization;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Api;

internal static class QueueRoutes
{
    /// <summary>The end of what nothing but a person ends.</summary>
    private const string Never = "never";

    private const string Backoff = "set queue --mode=backoff";

    private static readonly ApiParameter[] _queue =
    [
        new("domain", "The queue's destination.", ParameterForm.Segment),
        new("vmta", "The queue's virtual MTA.", ParameterForm.Segment),
    ];

    private static readonly (int Status, string Meaning)[] _problems =
    [
        (404, "There is no such queue."), (409, "It cannot be done now; the detail says why."),
    ];

    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/queues", AccessLevel.Monitor, "Queues, page by page: by cursor for programs, by offset for a list that scrolls.", ListAsync)
        {
            Answer = typeof(QueueList),
            Parameters =
            [
                new("q", "A part of the name; with stars, the whole name."),
                new("domain", "The destination; a star stands for anything."),
                new("vmta", "The virtual MTA; a star stands for anything."),
                new("mode", "Only queues in this mode.", ParameterForm.Text, "normal", "backoff"),
                new("paused", "Whether it is paused.", ParameterForm.Flag),
                new("connected", "Whether it has connections.", ParameterForm.Flag),
                new("waiting", "Whether it has mail and waits for its next try.", ParameterForm.Flag),
                new("sort", "What the order is by; recipients when it is left out. Equal ones stand by name.", ParameterForm.Text,
                    "recipients", "name", "size", "connections", "nextRetry"),
                new("order", "asc or desc; when it is left out, names and times ascend and numbers descend.", ParameterForm.Text, "asc", "desc"),
                new("offset", "Queues before the page; not with cursor.", ParameterForm.Number),
                .. Paging.Parameters,
            ],
        },
        new("GET", "/queues/{domain}/{vmta}", AccessLevel.Monitor, "One queue: what holds it, its sources, its replies; settings for operators.", ShowAsync)
        {
            Answer = typeof(QueueView), Parameters = [.. _queue, MailHistoryShow.Parameter], Problems = [_problems[0]],
        },
        Action("pause", "Pauses the queue, now and after a restart; what is under way ends.", "pause queue"),
        Action("resume", "Ends a pause.", "resume queue"),
        Action("backoff", "Puts the queue into backoff mode.", Backoff) with
        {
            Parameters = [.. _queue, new("until", "When it ends, or never; when it is left out, as backoff-to-normal-after says.")],
        },
        Action("normal", "Puts the queue into normal mode.", "set queue --mode=normal"),
        Action("schedule", "Ends the queue's wait for its next try, and its recipients'.", "schedule --retry-recipients"),
    ];

    /// <summary>Runs a verb and answers with its sentence.</summary>
    /// <param name="words">The command, word by word: nothing in a name can become an option.</param>
    /// <param name="undo">What takes back what was done; asked afterwards, null when nothing does.</param>
    public static async Task<ApiAnswer> DoAsync(ApiCall call, IReadOnlyList<string> words, Func<UndoRequest?> undo)
    {
        if (call.Bad is { } bad)
        {
            return bad;
        }

        if (!OperatorCommand.TryParse(words, out OperatorCommand command, out MessageReport usage))
        {
            return ApiAnswer.Refuse(400, usage.Message);
        }

        (CommandLack lack, OperatorReport? report) = await call.Operator.RunAsync(command, call.Caller, proof: null, call.Cancellation);
        return report?.Outcome switch
        {
            null => CommandRoutes.Refuse(command, lack),
            ReportOutcome.Done => ApiAnswer.Of(new ActionDone(report!.Message, undo()), ApiJson.Default.ActionDone),
            ReportOutcome.Usage => ApiAnswer.Refuse(400, report!.Message),
            _ => ApiAnswer.Refuse(409, report!.Message),
        };
    }

    public static string PathOf(QueueKey key) => $"{ApiRoute.Root}/queues/{Uri.EscapeDataString(key.Destination.Text)}/{Uri.EscapeDataString(key.VirtualMta)}";

    private static ApiRoute Action(string name, string summary, string verb) =>
        new("POST", $"/queues/{{domain}}/{{vmta}}/{name}", AccessLevel.Operator, summary, call => ActAsync(call, verb))
        {
            Answer = typeof(ActionDone), Parameters = _queue, Problems = _problems,
        };

    private static Task<ApiAnswer> ActAsync(ApiCall call, string verb)
    {
        if (call.Queue() is not { } key)
        {
            return Task.FromResult(call.Bad!);
        }

        QueueMemory before = call.Looks.Queues.MemoryOf(key);
        UndoRequest? Undo() => UndoOf(key, before, call.Looks.Queues.MemoryOf(key));
        if (verb != Backoff || call.Text("until") is not { Length: > 0 } until)
        {
            return DoAsync(call, [.. verb.Split(' '), key.ToString()], Undo);
        }

        Instant end = until == Never ? Instant.Never : ApiTime.Read(call, "until", until);
        OperatorReport? report = call.Bad is null ? call.Operator.Backoff(key, end, call.Caller) : null;
        return Task.FromResult(report is null ? call.Bad! : ApiAnswer.Of(new ActionDone(report.Message, Undo()), ApiJson.Default.ActionDone));
    }

    /// <summary>What takes a change back, with the end that backoff mode had; null when nothing has changed, or nothing that can be taken back.</summary>
    private static UndoRequest? UndoOf(QueueKey key, QueueMemory before, QueueMemory after)
    {
        bool isBackoff = before.Mode == QueueMode.Backoff;
        string action = before.IsPaused != after.IsPaused ? before.IsPaused ? "pause" : "resume"
            : before.Mode == after.Mode && (!isBackoff || before.ModeUntil == after.ModeUntil) ? ""
            : !isBackoff ? "normal"
            : "backoff?until=" + (before.ModeUntil == Instant.Never ? Never : ApiTime.Text(before.ModeUntil));
        return action.Length == 0 ? null : new UndoRequest("POST", $"{PathOf(key)}/{action}", null);
    }

    private static async Task<ApiAnswer> ListAsync(ApiCall call)
    {
        QueueQuery query = Query(call);
        int limit = call.Number("limit", Paging.UsualLimit, 1, Paging.MostItems);
        int offset = call.Number("offset", 0, 0, int.MaxValue);
        QueuePlace? after = call.Text("cursor") is { Length: > 0 } cursor ? Place(call, cursor) : null;
        if (call.Bad is { } bad)
        {
            return bad;
        }

        QueuePage page = await call.Looks.Queues.PageAsync(query, after, offset, limit, call.Cancellation);
        string? next = page.Next is { } place
            ? Paging.Encode(string.Create(CultureInfo.InvariantCulture, $"{place.Number}\n{place.Destination}\n{place.VirtualMta}"))
            : null;
        return ApiAnswer.Of(
            new QueueList([.. page.Lines.Select(line => QueueShow.Row(line, call))], page.Total, next, ApiTime.Whole(page.Time)),
            ApiJson.Default.QueueList);
    }

    private static QueueQuery Query(ApiCall call)
    {
        QueueSort sort = call.Word(
            "sort", ("recipients", QueueSort.Recipients), ("name", QueueSort.Name), ("size", QueueSort.Size), ("connections", QueueSort.Connections),
            ("nextRetry", QueueSort.NextTry));
        bool? descends = call.Word<bool?>("order", ("", null), ("asc", false), ("desc", true));
        return new QueueQuery
        {
            Text = call.Filter("q"),
            Destination = call.Filter("domain"),
            VirtualMta = call.Filter("vmta"),
            Mode = call.Word<QueueMode?>("mode", ("", null), ("normal", QueueMode.Normal), ("backoff", QueueMode.Backoff)),
            Paused = call.Flag("paused"),
            Connected = call.Flag("connected"),
            Waiting = call.Flag("waiting"),
            Sort = sort,
            Descending = descends ?? sort is not (QueueSort.Name or QueueSort.NextTry),
        };
    }

    private static QueuePlace? Place(ApiCall call, string cursor)
    {
        string[] parts = Paging.Decode(cursor).Split('\n');
        return parts.Length == 3 && long.TryParse(parts[0], CultureInfo.InvariantCulture, out long number)
            ? new QueuePlace(number, parts[1], parts[2])
            : call.Wrong<QueuePlace?>("cursor is none that this server has given: begin again without it", null);
    }

    private static Task<ApiAnswer> ShowAsync(ApiCall call)
    {
        if (call.Queue() is not { } key)
        {
            return Task.FromResult(call.Bad!);
        }

        HistoryRange range = MailHistoryShow.Range(call);
        if (call.Looks.Queues.Detail(key) is { } detail)
        {
            QueueView view = QueueShow.View(
                detail, Sources(call, key, detail.Line.Memory), QueueShow.Settings(call.Operator.SettingsOf(key), call),
                QueueShow.Replies(call.Looks.Mail.Replies(key.Destination.Text), call), MailHistoryShow.View(call.Looks.Mail.HistoryOf(key, range)), call);
            return Task.FromResult(ApiAnswer.Of(view, ApiJson.Default.QueueView));
        }

        return Task.FromResult(ApiAnswer.NotFound($"there is no queue {key}: it is made when mail for it comes, and goes some time after the last has left"));
    }

    private static IReadOnlyList<QueueSourceRow> Sources(ApiCall call, QueueKey key, QueueMemory memory)
    {
        if (!call.Looks.Settings.VirtualMtas.TryGetValue(key.VirtualMta, out VirtualMtaSettings? virtualMta))
        {
            return [];
        }

        IReadOnlyDictionary<SourceName, int> open = call.Looks.Mail.ConnectionsBySource(each => each.IsOf(key.Destination.Text, key.VirtualMta));
        return
        [
            .. virtualMta.SourceHosts.Select(host =>
            {
                ActivityReport<SourceKey> fates = call.Looks.Mail.FatesOf(virtualMta.Name, host);
                DisabledSource? disabled = memory.Disabled.FirstOrDefault(each => Equals(each.Address, host.Address));
                return new QueueSourceRow(
                    host.Address?.ToString() ?? "", open.GetValueOrDefault(MailLook.NameOf(virtualMta.Name, host)), fates.Delivered, fates.Deferred,
                    fates.Bounced, disabled is not null, disabled is null ? null : ApiTime.Of(disabled.Until), call.Said(disabled?.Reason ?? ""));
            }),
        ];
    }
}
