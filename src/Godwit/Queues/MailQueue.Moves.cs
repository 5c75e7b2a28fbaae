// Recipients that leave a queue other than by delivery or age: an operator takes them out, or they belong into another queue.

using Godwit.Foundation;

namespace Godwit.Queues;

internal sealed partial class MailQueue
{
    /// <summary>Everybody who waits, those ready first.</summary>
    public List<QueuedRecipient> Waiting()
    {
        var all = new List<QueuedRecipient>(_ready.Count + _deferred.Count);
        _ready.CopyTo(all);
        _deferred.CopyTo(all);
        return all;
    }

    /// <summary>Whether somebody who waits is of one of these streams; looks at no more than <paramref name="budget"/>.</summary>
    public bool HasAnyOf(HashSet<int> streams, ref int budget) => _ready.HasAnyOf(streams, ref budget) || _deferred.HasAnyOf(streams, ref budget);

    /// <summary>
    /// Hands out those that wait and are meant, for their fate. One pass, which ends with the last of them: whoever takes millions in slices takes them from
    /// the head.
    /// </summary>
    public List<QueuedRecipient> Withdraw(IReadOnlySet<QueuedRecipient> meant)
    {
        var taken = new List<QueuedRecipient>(meant.Count);
        _ready.TakeWhere(meant, taken);
        taken.ForEach(static recipient => recipient.Move(RecipientPlace.Ready, RecipientPlace.Out));
        int ready = taken.Count;
        _deferred.TakeWhere(meant, taken, Settings);
        for (int i = ready; i < taken.Count; i++)
        {
            taken[i].Move(RecipientPlace.Deferred, RecipientPlace.Out);
        }

        Out += taken.Count;
        return taken;
    }

    /// <summary>A recipient that was handed out waits again as before, at the end of its line.</summary>
    public void PutBack(QueuedRecipient recipient, Instant now)
    {
        TakeBack(recipient);
        Place(recipient, now);
    }

    /// <summary>A recipient that was handed out goes into another queue; its own time stays.</summary>
    public void GiveAway(QueuedRecipient recipient)
    {
        TakeBack(recipient);
        recipient.Move(RecipientPlace.Out, RecipientPlace.New);
        Bytes -= recipient.Message.ContentLength;
    }

    /// <summary>Takes out at most so many that wait, for another queue to enter; a chain through their links. Their own times stay.</summary>
    public QueuedRecipient? GiveAway(int most)
    {
        QueuedRecipient? chain = _ready.Count > 0 ? _ready.TakeSome(most) : _deferred.TakeSome(most, Settings);
        for (QueuedRecipient? recipient = chain; recipient is not null; recipient = recipient.Next)
        {
            recipient.Move(recipient.Place == RecipientPlace.Deferred ? RecipientPlace.Deferred : RecipientPlace.Ready, RecipientPlace.New);
            Bytes -= recipient.Message.ContentLength;
        }

        return chain;
    }
}
