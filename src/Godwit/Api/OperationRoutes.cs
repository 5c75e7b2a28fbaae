// Long work: begun, looked at, stopped. Static.

using Godwit.Control;
using Godwit.Disposition;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Api;

/// <summary>What a long operation is to do.</summary>
/// <param name="Kind">delete or reroute.</param>
/// <param name="Queue">DOMAIN/VMTA; stars stand for anything. A queue or a job must be named.</param>
/// <param name="Queues">Several, instead of one: one operation for all of them; 5,000 at most.</param>
/// <param name="OlderThan">Seconds since it was accepted.</param>
/// <param name="Dsn">Senders get a bounce message where NOTIFY allows one.</param>
/// <param name="Accounting">A record for each is written; true when it is left out. Neither this nor Dsn means anything for a reroute.</param>
/// <param name="VirtualMta">Where a reroute leads: a virtual MTA or a pool.</param>
internal sealed record OperationOrder(
    string? Kind, string? Queue, string? Job, string? Recipient, string? Sender, double? OlderThan, bool Dsn = false, bool Accounting = true,
    string? VirtualMta = null, IReadOnlyList<string>? Queues = null);

/// <summary>A long operation.</summary>
/// <param name="By">Who began it; empty below operator, like addresses in <paramref name="What"/>.</param>
/// <param name="State">running, done, failed.</param>
internal sealed record OperationRow(
    int Id, string Kind, string What, string State, long Done, long Total, DateTime Begun, DateTime? Ended, string Message, string By);

internal static class OperationRoutes
{
    /// <summary>Queues that one order names one by one: more than somebody selects by hand.</summary>
    private const int MostQueues = 5000;

    /// <summary>So many names of ordinary length.</summary>
    private const int MostOctets = 512 * 1024;

    private static readonly ApiParameter[] _id = [new("id", "The operation's number.", ParameterForm.Segment)];

    private static readonly (int Status, string Meaning)[] _unknown = [(404, "It is not known, or no longer.")];

    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("POST", "/operations", AccessLevel.Operator, "Begins long work and returns at once; Location says where its progress is.", BeginAsync)
        {
            Body = typeof(OperationOrder), Needed = ["kind"], Answer = typeof(OperationRow), Status = 202, MostOctets = MostOctets,
            Problems = [(409, "It cannot be begun now; the detail says why.")],
        },
        new("GET", "/operations", AccessLevel.Monitor, "Operations that run, and those that ended lately, the newest first.", ListAsync)
        {
            Answer = typeof(ApiList<OperationRow>), Parameters = Paging.Parameters,
        },
        new("GET", "/operations/{id}", AccessLevel.Monitor, "How far an operation has come.", ShowAsync)
        {
            Answer = typeof(OperationRow), Parameters = _id, Problems = _unknown,
        },
        new("DELETE", "/operations/{id}", AccessLevel.Operator, "Asks an operation to stop; what it has done stays done.", StopAsync)
        {
            Answer = typeof(OperationRow), Parameters = _id, Problems = _unknown,
        },
    ];

    private static async Task<ApiAnswer> BeginAsync(ApiCall call)
    {
        if (await call.BodyAsync(ApiJson.Default.OperationOrder) is not { } order)
        {
            return call.Bad!;
        }

        if (order.Kind is not ("delete" or "reroute"))
        {
            return ApiAnswer.Refuse(400, $"there is no operation \"{order.Kind}\" in this version: kind is delete or reroute");
        }

        if (Filters(call, order) is not { } filters)
        {
            return call.Bad!;
        }

        Operation? begun = order.Kind == "delete"
            ? call.Operator.BeginDelete(filters, new RemovalTerms(order.Accounting, order.Dsn), call.Caller, out string refusal)
            : call.Operator.BeginReroute(filters, order.VirtualMta ?? "", call.Caller, out refusal);
        return begun is not null
            ? ApiAnswer.Of(Row(begun, call), ApiJson.Default.OperationRow, 202, $"{ApiRoute.Root}/operations/{begun.Id}")
            : ApiAnswer.Refuse(filters[0] is { Queue: null, Job: null } ? 400 : 409, refusal);
    }

    /// <summary>One for each queue that is named, or one without; null, and noted, when the order makes no sense.</summary>
    private static List<RecipientFilter>? Filters(ApiCall call, OperationOrder order)
    {
        string[] names = [.. order.Queues ?? [], .. order.Queue is { Length: > 0 } one ? [one] : Array.Empty<string>()];
        if (order is { Queue.Length: > 0, Queues: not null })
        {
            return call.Wrong<List<RecipientFilter>?>("write queue for one or queues for several, not both", null);
        }

        if (order.Queues is { Count: 0 or > MostQueues })
        {
            return call.Wrong<List<RecipientFilter>?>($"queues names {order.Queues.Count}: write 1 to {MostQueues}", null);
        }

        if (order is { Queue: "" } or { Job: "" } or { Recipient: "" } or { Sender: "" } or { OlderThan: not >= 0 and not null })
        {
            // An empty variable of a script would otherwise mean all mail.
            return call.Wrong<List<RecipientFilter>?>(
                "queue, job, recipient and sender may be left out, not empty (the null sender is <>), and olderThan is seconds from 0 on", null);
        }

        var whole = new RecipientFilter
        {
            Job = order.Job,
            Recipient = order.Recipient,
            Sender = order.Sender,
            OlderThan = order.OlderThan is { } age ? TimeSpan.FromSeconds(Math.Clamp(age, 0, int.MaxValue)) : null,
        };
        var filters = new List<RecipientFilter>();
        foreach (string name in names)
        {
            if (!QueuePattern.TryParse(name, out QueuePattern queue))
            {
                return call.Wrong<List<RecipientFilter>?>(
                    $"\"{name}\" does not name a queue: write DOMAIN or DOMAIN/VMTA; a star stands for anything", null);
            }

            filters.Add(whole with { Queue = queue });
        }

        return filters.Count > 0 ? filters : [whole];
    }

    private static Task<ApiAnswer> ListAsync(ApiCall call) => Task.FromResult(ApiAnswer.Of(
        Paging.Page(call, call.Operator.Operations.All, static each => $"{each.Id}", each => Row(each, call)), ApiJson.Default.ApiListOperationRow));

    private static Task<ApiAnswer> ShowAsync(ApiCall call) => Task.FromResult(
        Find(call) is { } found ? ApiAnswer.Of(Row(found, call), ApiJson.Default.OperationRow) : Unknown(call));

    private static Task<ApiAnswer> StopAsync(ApiCall call)
    {
        if (Find(call) is not { } found)
        {
            return Task.FromResult(Unknown(call));
        }

        call.Operator.StopOperation(found.Id, call.Caller);
        return Task.FromResult(ApiAnswer.Of(Row(found, call), ApiJson.Default.OperationRow, 202));
    }

    private static Operation? Find(ApiCall call) => int.TryParse(call.Segment("id"), out int id) ? call.Operator.Operations.Find(id) : null;

    private static ApiAnswer Unknown(ApiCall call) => ApiAnswer.NotFound($"there is no operation {call.Segment("id")}, or it ended long ago");

    private static OperationRow Row(Operation each, ApiCall call) => new(
        each.Id, each.Kind, call.Caller.MaySeeAddresses ? each.What : each.WhatOfMail,
        each.State.ToString().ToLowerInvariant(), each.Done, each.Total, ApiTime.Whole(each.Begun), ApiTime.Of(each.Ended),
        call.Said(each.Message), call.Caller.MaySeeAddresses ? each.By : "");
}
