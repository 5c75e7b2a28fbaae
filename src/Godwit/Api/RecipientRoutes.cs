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
    /// <summary>Deferrals that are looked through for what was said of those found: some milliseconds, a few MB for a moment.</summary>
    private const int MostReplies = 10_000;

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
            Answer = typeof(EventList),
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
        Dictionary<(string Recipient, string Destination), string> replies = found.Count == 0 ? [] : LastReplies(call, address);
        IReadOnlyList<RecipientEvent> events = QueuePattern.IsPattern(address) ? []
            : call.Looks.Events.Read(new EventQuestion { Recipient = address }, limit);
        return ApiAnswer.Of(
            new RecipientFound([.. found.Select(each => Show(call, each, why, replies))], [.. events.Select(Show)], isComplete),
            ApiJson.Default.RecipientFound);
    }

    private static WaitingRow Show(
        ApiCall call, FoundRecipient each, Dictionary<QueueKey, IReadOnlyList<WhyItem>> why,
        Dictionary<(string Recipient, string Destination), string> replies)
    {
        QueueKey key = each.Waiting.Queue;
        if (!why.TryGetValue(key, out IReadOnlyList<WhyItem>? reasons))
        {
            why[key] = reasons = call.Looks.Queues.Detail(key) is { } queue ? QueueShow.Why(queue.Why, call) : [];
        }

        Envelope? envelope = each.Envelope;
        EnvelopeRecipient? recipient = envelope?.Recipients[each.Waiting.Recipient.Index];
        string address = recipient?.Address.Text ?? "";
        return new WaitingRow(
            key.ToString(), address, envelope is null || envelope.Sender.IsNull ? "" : envelope.Sender.Text, envelope?.JobId ?? "",
            envelope?.EnvelopeId ?? "", ApiTime.Whole(each.Waiting.Recipient.Message.Id.Time), each.Waiting.Attempts,
            ApiTime.Ahead(each.NextTry, call.Looks.Now), replies.GetValueOrDefault((address.ToUpperInvariant(), key.Destination.Text), ""),
            each.Waiting.Recipient.Priority, reasons);
    }

    /// <summary>What was said last of each recipient that may be meant, as far as it is remembered. One look for the whole answer.</summary>
    private static Dictionary<(string Recipient, string Destination), string> LastReplies(ApiCall call, string address)
    {
        string domain = address[Math.Max(0, address.LastIndexOf('@'))..];
        string? narrowed = !QueuePattern.IsPattern(address) ? address
            : domain.StartsWith('@') && !QueuePattern.IsPattern(domain) ? domain
            : null;
        var last = new Dictionary<(string Recipient, string Destination), string>();
        var question = new EventQuestion { Kind = RecipientEventKind.Deferred, Recipient = narrowed };
        foreach (RecipientEvent each in call.Looks.Events.Read(question, MostReplies))
        {
            last.TryAdd((each.Recipient.ToUpperInvariant(), each.Queue[..Math.Max(0, each.Queue.LastIndexOf('/'))]), each.Reply);
        }

        return last;
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
        long? total = next is null && question.Before == long.MaxValue ? shown.Length : null;
        return Task.FromResult(ApiAnswer.Of(new EventList(shown, total, next), ApiJson.Default.EventList));
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
