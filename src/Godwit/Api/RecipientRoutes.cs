// Single recipients: what waits, what happened. Static.

using System.Globalization;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Api;

internal static class RecipientRoutes
{
    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/recipients", AccessLevel.Operator, "Where an address's mail is: what waits and why, and what happened lately.", FindAsync)
        {
            Answer = typeof(RecipientFound),
            Parameters =
            [
                new("address", "The recipient's address; a star stands for anything."),
                new("limit", "At most so many of each, 1 to 1000.", ParameterForm.Number),
            ],
        },
        new("GET", "/events", AccessLevel.Operator, "What happened to recipients lately, the newest first.", EventsAsync)
        {
            Answer = typeof(ApiList<EventRow>),
            Parameters =
            [
                new("queue", "DOMAIN/VMTA."), new("domain", "The destination."), new("vmta", "The virtual MTA."), new("job", "The job."),
                new("address", "The recipient; with @ at its head, all of a domain."),
                new("kind", "Only these.", ParameterForm.Text, "accepted", "delivered", "deferred", "bounced"),
                .. Paging.Parameters,
            ],
        },
        new("GET", "/unclassified", AccessLevel.Monitor, "Replies that no rule knew, the most frequent kinds first.", UnclassifiedAsync)
        {
            Answer = typeof(ApiList<UnclassifiedRow>), Parameters = Paging.Parameters,
        },
    ];

    private static async Task<ApiAnswer> FindAsync(ApiCall call)
    {
        string address = call.Text("address");
        int limit = call.Number("limit", Paging.UsualLimit, 1, Operator.MostFound);
        if (address.Length == 0)
        {
            call.Wrong("say whose mail: address=ann@bigmail.example", false);
        }

        if (call.Bad is { } bad)
        {
            return bad;
        }

        (IReadOnlyList<FoundRecipient> found, bool isComplete) = await call.Operator.FindAsync(address, limit, call.Cancellation);
        var why = new Dictionary<QueueKey, IReadOnlyList<WhyItem>>();
        IReadOnlyList<RecipientEvent> events = QueuePattern.IsPattern(address) ? []
            : call.Looks.Events.Read(new EventQuestion { Recipient = address }, limit);
        return ApiAnswer.Of(
            new RecipientFound([.. found.Select(each => Show(call, each, why))], [.. events.Select(Show)], isComplete), ApiJson.Default.RecipientFound);
    }

    private static WaitingRow Show(ApiCall call, FoundRecipient each, Dictionary<QueueKey, IReadOnlyList<WhyItem>> why)
    {
        QueueKey key = each.Waiting.Queue;
        QueueDetail? queue = call.Looks.Queues.Detail(key);
        if (!why.TryGetValue(key, out IReadOnlyList<WhyItem>? reasons))
        {
            why[key] = reasons = queue is null ? [] : QueueShow.Why(queue.Why, call);
        }

        Envelope? envelope = each.Envelope;
        EnvelopeRecipient? recipient = envelope?.Recipients[each.Waiting.Recipient.Index];
        return new WaitingRow(
            key.ToString(), recipient?.Address.Text ?? "", envelope is null || envelope.Sender.IsNull ? "" : envelope.Sender.Text, envelope?.JobId ?? "",
            envelope?.EnvelopeId ?? "", ApiTime.Whole(each.Waiting.Recipient.Message.Id.Time), each.Waiting.Attempts,
            ApiTime.Ahead(each.NextTry, call.Looks.Now), LastReply(call, recipient?.Address.Text ?? "", key), each.Waiting.Recipient.Priority, reasons);
    }

    /// <summary>What was said of this recipient last, as far as it is remembered.</summary>
    private static string LastReply(ApiCall call, string address, QueueKey key)
    {
        var question = new EventQuestion { Recipient = address, Destination = key.Destination.Text, Kind = RecipientEventKind.Deferred };
        return address.Length == 0 ? "" : call.Looks.Events.Read(question, 1) is [{ } last] ? last.Reply : "";
    }

    private static Task<ApiAnswer> EventsAsync(ApiCall call)
    {
        int limit = call.Number("limit", Paging.UsualLimit, 1, Paging.MostItems);
        string queue = call.Text("queue");
        string[] parts = queue.Split('/', 2);
        if (queue.Length > 0 && parts.Length != 2)
        {
            call.Wrong($"queue={queue} names no queue: write DOMAIN/VMTA", false);
        }

        EventQuestion question = new()
        {
            Kind = call.Word<RecipientEventKind?>(
                "kind", ("", null), ("accepted", RecipientEventKind.Accepted), ("delivered", RecipientEventKind.Delivered),
                ("deferred", RecipientEventKind.Deferred), ("bounced", RecipientEventKind.Bounced)),
            Destination = queue.Length > 0 ? parts[0] : Given(call.Text("domain")),
            VirtualMta = parts.Length == 2 ? parts[1] : Given(call.Text("vmta")),
            Job = Given(call.Text("job")),
            Recipient = Given(call.Text("address")),
            Before = Before(call),
        };
        if (call.Bad is { } bad)
        {
            return Task.FromResult(bad);
        }

        // One more than is shown tells whether there is a next page.
        IReadOnlyList<RecipientEvent> found = call.Looks.Events.Read(question, limit + 1);
        EventRow[] shown = [.. found.Take(limit).Select(Show)];
        string? next = found.Count > limit ? Paging.Encode(shown[^1].Id.ToString(CultureInfo.InvariantCulture)) : null;
        return Task.FromResult(ApiAnswer.Of(new ApiList<EventRow>(shown, found.Count, next), ApiJson.Default.ApiListEventRow));
    }

    private static long Before(ApiCall call)
    {
        string cursor = call.Text("cursor");
        return cursor.Length == 0 ? long.MaxValue
            : long.TryParse(Paging.Decode(cursor), CultureInfo.InvariantCulture, out long before) ? before
            : call.Wrong("cursor is none that this server has given: begin again without it", 0L);
    }

    private static string? Given(string text) => text.Length == 0 ? null : text;

    private static EventRow Show(RecipientEvent each) => new(
        each.Number, ApiTime.Whole(each.Time), each.Kind.ToString().ToLowerInvariant(), each.Recipient, Sender: "", each.Queue, each.Job,
        each.Source?.ToString() ?? "", each.Host, each.HostAddress?.ToString() ?? "", each.Reply);

    private static Task<ApiAnswer> UnclassifiedAsync(ApiCall call)
    {
        IReadOnlyList<UnclassifiedReply> kinds = call.Operator.UnclassifiedReplies(Disposition.UnclassifiedReplies.MostKinds);
        return Task.FromResult(ApiAnswer.Of(
            Paging.Page(call, kinds, static kind => kind.Mask, kind => new UnclassifiedRow(
                kind.Mask, call.Caller.MaySeeAddresses ? kind.Sample : kind.Mask, kind.Count, ApiTime.Of(kind.First), ApiTime.Of(kind.Last),
                [kind.Destination.Text])),
            ApiJson.Default.ApiListUnclassifiedRow));
    }
}
