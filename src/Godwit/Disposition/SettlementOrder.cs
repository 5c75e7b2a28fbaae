using Godwit.Accounting;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;

namespace Godwit.Disposition;

/// <summary>What was handed to Settlement in one call; or, with nothing in it, a question whether all before it is done.</summary>
internal sealed record SettlementOrder(QueueKey Key, Envelope? Envelope, IReadOnlyList<RecipientOutcome> Outcomes, AttemptContext? Attempt)
{
    /// <summary>Of the message, for its records; null where they show none of it.</summary>
    public RecordedHeader? Header { get; init; }

    /// <summary>Recipients that had waited long when this was handed in. Most of them have no fate yet.</summary>
    public IReadOnlyList<DelayedRecipient> Delayed { get; init; } = [];

    /// <summary>Set when an operator took the recipients out: what is recorded and told of that.</summary>
    public RemovalTerms? Removal { get; init; }

    /// <summary>Recipients that an operator has taken out for another virtual MTA to deliver.</summary>
    public IReadOnlyList<ReroutedRecipient> Rerouted { get; init; } = [];

    /// <summary>The virtual MTA of <see cref="Rerouted"/>.</summary>
    public string NewVirtualMta { get; init; } = "";

    /// <summary>Completes when the batch that holds this order is durable and in its place.</summary>
    public TaskCompletionSource Durable { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Asks only whether what came before is done.</summary>
    public bool IsQuestion => Outcomes.Count == 0 && Delayed.Count == 0 && Rerouted.Count == 0;
}

/// <summary>A recipient on its way to another virtual MTA.</summary>
/// <param name="LastReply">What stood in its way last, as its mark has it; empty when nothing is known.</param>
internal readonly record struct ReroutedRecipient(QueuedRecipient Recipient, string LastReply);

/// <summary>What is left to do for one recipient whose fate is accounted: its mark, then its place.</summary>
/// <param name="Stays">Only its sender was told: it goes on waiting where it is.</param>
/// <param name="Counts">It goes back with one attempt more.</param>
/// <param name="VirtualMta">It goes on in the queue of another virtual MTA; null when it does not.</param>
internal readonly record struct RecipientMove(
    QueueKey Key, QueuedRecipient Recipient, SpoolMark Mark, bool Stays = false, bool Counts = true, string? VirtualMta = null)
{
    /// <summary>Out of its queue for good, or back into it with one attempt more.</summary>
    public static RecipientMove Of(QueueKey key, Envelope envelope, RecipientOutcome outcome, CurrentSettings settings)
    {
        (QueuedRecipient recipient, Verdict verdict) = outcome;
        if (verdict.Kind != VerdictKind.Deferred)
        {
            var done = new SpoolMark(recipient.Message, recipient.Index, Done: true, recipient.Attempts + 1, default, default, "");
            return new RecipientMove(key, recipient, done);
        }

        // This mark replaces the one of the last delay notice, so it repeats what that said.
        Instant told = Told(key, recipient, settings);
        int attempts = recipient.Attempts + (verdict.WasAttempted ? 1 : 0);
        var mark = new SpoolMark(
            recipient.Message, recipient.Index, Done: false, attempts, verdict.NotBefore, told, LastReply.Write(verdict), Kept(key, envelope, recipient));
        return new RecipientMove(key, recipient, mark, Counts: verdict.WasAttempted);
    }

    /// <summary>From a queue into that of another virtual MTA, as it waits.</summary>
    public static RecipientMove To(
        string virtualMta, QueueKey key, Envelope envelope, QueuedRecipient recipient, string lastReply, CurrentSettings settings)
    {
        var mark = new SpoolMark(
            recipient.Message, recipient.Index, Done: false, recipient.Attempts, recipient.NotBefore, Told(key, recipient, settings), lastReply,
            Kept(key with { VirtualMta = virtualMta }, envelope, recipient));
        return new RecipientMove(key, recipient, mark, Counts: false, VirtualMta: virtualMta);
    }

    /// <summary>What a mark says of the virtual MTA: nothing, when it is the envelope's own.</summary>
    internal static string Kept(QueueKey key, Envelope envelope, QueuedRecipient recipient) =>
        envelope.Recipients[recipient.Index].VirtualMta == key.VirtualMta ? "" : key.VirtualMta;

    private static Instant Told(QueueKey key, QueuedRecipient recipient, CurrentSettings settings) =>
        recipient.Notices == 0 ? default : recipient.LastNoticeDue(settings.Value.DeliveryFor(key.Destination, key.VirtualMta));
}
