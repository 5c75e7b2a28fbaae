// The oracle: every recipient the server was ever given, where it must be now, what is durable about it, and what may be.
// Each step of the server tells the ledger before and after; a step that breaks a promise throws here, at the moment it happens.

using System.Text;
using Godwit.Accounting;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Spool;

namespace Godwit.Tests.Simulation;

/// <summary>What must be true.</summary>
internal sealed class RecipientLedger(SimulatedPlan plan, Tally tally)
{
    private readonly Dictionary<(MessageId Id, int Index), KnownRecipient> _known = [];
    private readonly Dictionary<(MessageId Id, string Address), KnownRecipient> _byAddress = [];
    private readonly Dictionary<string, List<string>> _notices = [];

    public IEnumerable<KnownRecipient> All => _known.Values;

    /// <summary>Recipients that the running server must hold.</summary>
    public int Held { get; private set; }

    public KnownRecipient Of(QueuedRecipient recipient) => _known[(recipient.Message.Id, recipient.Index)];

    public void Submitted(KnownRecipient recipient, bool accepted, Instant now)
    {
        recipient.Stage = accepted ? RecipientStage.Waiting : RecipientStage.Doubtful;
        recipient.WaitingSince = now;
        Held += accepted ? 1 : 0;
        _known.Add((recipient.Id, recipient.Index), recipient);
        _byAddress.Add((recipient.Id, recipient.Address), recipient);
    }

    public void NoticeSubmitted(BounceDraft draft, MessageId id, Instant now)
    {
        if (!_notices.TryGetValue(draft.Recipient.Text, out List<string>? texts))
        {
            _notices[draft.Recipient.Text] = texts = [];
        }

        string text = Encoding.UTF8.GetString(draft.Octets);
        tally.Notices++;
        if (text.Contains("Action: delayed", StringComparison.Ordinal))
        {
            DelayToldOf(text, draft.Recipient.Text, now);
        }
        else
        {
            texts.Add(text);
        }

        Submitted(OfNotice(id, draft.Recipient), accepted: true, now);
    }

    public void HandedOut(DeliveryOrder order, QueueKey key, Instant now)
    {
        Assert.InRange(order.Count, 1, plan.Of(key).MaxRcptPerTransaction);
        for (int i = 0; i < order.Count; i++)
        {
            KnownRecipient known = Of(order[i]);
            Move(known, RecipientStage.Waiting, RecipientStage.Out);
            Promise.Holds(known.Key == key, $"{known} was handed out by {key}");
            Promise.Holds(known.NotBefore <= now, $"{known} is attempted {known.NotBefore - now} before its time");
            Promise.Holds(ExpiryOf(known) > now, $"{known} is attempted although it is too old");
            Promise.Holds(known.Attempts == order[i].Attempts, $"{known} has {order[i].Attempts} attempts in memory, {known.Attempts} on disk");
        }
    }

    public void TakenAsExpired(QueuedRecipient recipient, Instant now)
    {
        KnownRecipient known = Of(recipient);
        Move(known, RecipientStage.Waiting, RecipientStage.Out);
        Promise.Holds(ExpiryOf(known) <= now, $"{known} expired before its time");
        tally.Expired++;
    }

    public void PutBack(DeliveryOrder order, Instant now)
    {
        for (int i = 0; i < order.Count; i++)
        {
            Move(Of(order[i]), RecipientStage.Out, RecipientStage.Waiting);
            Of(order[i]).WaitingSince = now;
        }
    }

    public void Settling(QueuedRecipient recipient) => Move(Of(recipient), RecipientStage.Out, RecipientStage.Settling);

    public void TakenByHost(KnownRecipient known)
    {
        Promise.Holds(known.Taken == 0 || known.InDoubt, $"{known} was delivered twice and nobody had a reason to doubt the first time");
        tally.Duplicates += known.Taken > 0 ? 1 : 0;
        known.Taken++;
        known.InDoubt = false;
    }

    public void Recording(IReadOnlyList<AccountingRecord> records)
    {
        foreach (AccountingRecord record in records)
        {
            if (FinalOf(record) is { } known)
            {
                Promise.Holds(known.Stage == RecipientStage.Settling, $"{known} is recorded as {record.Type}");
                Promise.Holds(!known.IsRecorded, $"{known} is recorded twice");
                Promise.Holds(record.Type != AccountingType.Delivered || known.Taken > 0 || record.DeliveryType == "discard", $"{known} is recorded as delivered and no host has it");
                known.IsBeingRecorded = true;
            }
        }
    }

    /// <summary>A sync of the file failed: the records may stand there besides the ones to come.</summary>
    public void MayBeRecorded(IReadOnlyList<AccountingRecord> records)
    {
        foreach (AccountingRecord record in records)
        {
            if (FinalOf(record) is { } known)
            {
                known.MaybeRecords++;
            }
        }
    }

    public void Recorded(IReadOnlyList<AccountingRecord> records)
    {
        foreach (AccountingRecord record in records)
        {
            if (FinalOf(record) is { } known)
            {
                known.IsBeingRecorded = false;
                known.IsRecorded = true;
                known.FinalRecords++;
                known.Fate = record.Type == AccountingType.Delivered ? VerdictKind.Delivered : VerdictKind.Bounced;
            }
        }
    }

    public void Marking(IReadOnlyList<SpoolMark> marks)
    {
        foreach (SpoolMark mark in marks)
        {
            KnownRecipient known = _known[(mark.Message.Id, mark.RecipientIndex)];
            if (!IsDelayMark(mark, known))
            {
                Promise.Holds(known.Stage == RecipientStage.Settling, $"{known} is marked");
                Promise.Holds(!mark.Done || known.IsRecorded, $"{known} is marked as done before it is on record");
                Promise.Holds(mark.Done || mark.Attempts == known.Attempts + 1, $"{known} had {known.Attempts} attempts and gets {mark.Attempts}");
                Promise.Holds(mark.Done || IntervalOf(mark.DelayNoticeSent, known) >= known.Told, $"{known} forgets that its sender was told");
            }
            else if (!known.MaybeMarks.Contains(mark))
            {
                Promise.Holds(mark.NotBefore == known.NotBefore, $"{known} waits until {known.NotBefore} and a delay notice made it {mark.NotBefore}");
                Promise.Holds(IntervalOf(mark.DelayNoticeSent, known) > known.Told, $"{known} is told twice in one interval");
                tally.DelaysTold++;
            }

            known.MaybeMarks.Add(mark);
        }
    }

    public void Marked(IReadOnlyList<SpoolMark> marks)
    {
        foreach (SpoolMark mark in marks)
        {
            KnownRecipient known = _known[(mark.Message.Id, mark.RecipientIndex)];
            known.MaybeMarks.Clear();
            known.IsDone = mark.Done;
            if (!mark.Done)
            {
                (known.Attempts, known.NotBefore, known.Told) = (mark.Attempts, mark.NotBefore, IntervalOf(mark.DelayNoticeSent, known));
            }
        }
    }

    public void Finished(QueuedRecipient recipient)
    {
        KnownRecipient known = Of(recipient);
        Move(known, RecipientStage.Settling, RecipientStage.Done);
        Promise.Holds(known.IsDone, $"{known} left memory before its mark was durable");
        known.IsRecorded = false;
        Held--;
        if (known.Fate == VerdictKind.Delivered)
        {
            tally.Delivered++;
        }
        else
        {
            tally.Bounced++;
        }
    }

    public void Deferred(QueuedRecipient recipient, Instant notBefore, bool counted, Instant now)
    {
        KnownRecipient known = Of(recipient);
        Move(known, RecipientStage.Settling, RecipientStage.Waiting);
        Promise.Holds(counted, $"{known} was deferred without an attempt");
        Promise.Holds(known.Attempts == recipient.Attempts + 1 && known.NotBefore == notBefore, $"{known} waits before its mark was durable");
        known.WaitingSince = now;
        tally.Deferred++;
    }

    /// <summary>The server stopped, however: what it had in memory is gone.</summary>
    public void Stopped()
    {
        foreach (KnownRecipient known in _known.Values)
        {
            known.MaybeRecords += known.IsBeingRecorded ? 1 : 0;
            known.IsBeingRecorded = false;
            known.MayHearAgain = known.Heard > known.Told;
        }
    }

    /// <summary>A new process has read the spool: nothing acknowledged is missing, nothing has forgotten what happened to it.</summary>
    public void Restarted(IReadOnlyList<RecoveredMessage> recovered, Instant now)
    {
        var open = new Dictionary<(MessageId, int), RecoveredRecipient>();
        foreach (RecoveredMessage message in recovered)
        {
            tally.Restored += message.Open.Count;
            foreach (RecoveredRecipient recipient in message.Open)
            {
                open.Add((message.Message.Id, recipient.Index), recipient);
                if (!_known.ContainsKey((message.Message.Id, recipient.Index)))
                {
                    // The only mail that nobody outside has submitted: a notice whose commit was cut off.
                    Assert.Equal(SubmissionKind.Local, message.Envelope.Kind);
                    Submitted(OfNotice(message.Message.Id, message.Envelope.Recipients[recipient.Index].Address), accepted: false, now);
                }
            }
        }

        Held = open.Count;
        foreach (KnownRecipient known in _known.Values)
        {
            Compare(known, open.TryGetValue((known.Id, known.Index), out RecoveredRecipient found) ? found : null);
            known.WaitingSince = now;
        }
    }

    public Instant ExpiryOf(KnownRecipient known) => known.Id.Time + plan.Of(known.Key).BounceAfter;

    /// <summary>Everything has come to its end, once, and the accounting file says the same.</summary>
    public void CheckTheEnd(IReadOnlyList<(string Type, string Address)> lines)
    {
        foreach (KnownRecipient known in _known.Values.Where(known => known.Stage != RecipientStage.Doubtful))
        {
            Promise.Holds(known.Stage == RecipientStage.Done && known.IsDone, $"{known} has no end");
            Promise.Holds(known.FinalRecords == 1 + known.Repeats, $"{known} has {known.FinalRecords} final records and {known.Repeats} crashes behind a record");
            tally.RepeatedRecords += known.Repeats;
            bool isTold = !known.WantsFailureNotice || known.Fate != VerdictKind.Bounced
                || (_notices.TryGetValue(known.Sender, out List<string>? texts) && texts.Exists(text => text.Contains($"; {known.Address}\r\n", StringComparison.Ordinal)));
            Promise.Holds(isTold, $"{known} bounced and {known.Sender} was not told");
        }

        ILookup<string, string> finals = lines.Where(line => line.Type is "d" or "b").ToLookup(line => line.Address, line => line.Type);
        foreach (IGrouping<string, KnownRecipient> same in _known.Values.GroupBy(known => known.Address))
        {
            int least = same.Sum(known => known.FinalRecords);
            int most = least + same.Sum(known => known.MaybeRecords);
            Promise.Holds(finals[same.Key].Count() >= least && finals[same.Key].Count() <= most, $"{same.Key} has {finals[same.Key].Count()} final lines, not {least} to {most}");
        }
    }

    private static KnownRecipient OfNotice(MessageId id, EmailAddress to) => new()
    {
        Id = id,
        Index = 0,
        Address = to.Text,
        Sender = "",
        Key = new QueueKey(to.Domain, EnvelopeRecipient.DefaultVirtualMta),
        Token = "Auto-Submitted",
    };

    private static void Move(KnownRecipient known, RecipientStage from, RecipientStage to)
    {
        Promise.Holds(known.Stage == from, $"{known} should be {from} to become {to}");
        known.Stage = to;
    }

    private void Compare(KnownRecipient known, RecoveredRecipient? found)
    {
        bool acknowledged = known.Stage != RecipientStage.Doubtful;
        if (found is null)
        {
            bool mayBeGone = known.IsDone || known.MaybeMarks.Exists(mark => mark.Done) || !acknowledged;
            Promise.Holds(mayBeGone, $"{known} is lost");
            Promise.Holds(!acknowledged || known.FinalRecords > 0, $"{known} is gone without a record");
            known.Stage = acknowledged ? RecipientStage.Done : RecipientStage.Doubtful;
            known.WasFoundDone = acknowledged && !known.IsDone;
            known.IsDone = acknowledged;
        }
        else
        {
            RecoveredRecipient recipient = found.Value;
            Promise.Holds(!known.IsDone, $"{known} was done{(known.WasFoundDone ? " as a restart found" : "")} and is back");
            long told = IntervalOf(recipient.DelayNoticeSent, known);
            bool asKnown = recipient.Attempts == known.Attempts && recipient.NotBefore == known.NotBefore && told == known.Told;
            bool asMaybe = known.MaybeMarks.Exists(mark => !mark.Done && mark.Attempts == recipient.Attempts && mark.NotBefore == recipient.NotBefore
                && IntervalOf(mark.DelayNoticeSent, known) == told);
            Promise.Holds(asKnown || asMaybe, $"{known} has {recipient.Attempts} attempts after the restart, not {known.Attempts}");
            (known.Attempts, known.NotBefore, known.Told, known.Stage) = (recipient.Attempts, recipient.NotBefore, told, RecipientStage.Waiting);
            known.Repeats += known.IsRecorded ? 1 : 0;
            known.InDoubt |= known.Taken > 0;
        }

        known.IsRecorded = false;
        known.MaybeMarks.Clear();
    }

    private void DelayToldOf(string text, string sender, Instant now)
    {
        foreach (KnownRecipient known in _known.Values.Where(known => known.Sender == sender && text.Contains($"; {known.Address}\r\n", StringComparison.Ordinal)))
        {
            long interval = IntervalOf(now, known);
            Promise.Holds(known.Stage == RecipientStage.Waiting, $"{known} does not wait and {sender} hears that it does");
            Promise.Holds(interval > known.Heard || known.MayHearAgain, $"{sender} hears of {known} again in interval {interval}");
            (known.Heard, known.MayHearAgain) = (interval, false);
        }
    }

    /// <summary>A mark that says of a waiting recipient that its sender was told, and nothing else.</summary>
    private static bool IsDelayMark(SpoolMark mark, KnownRecipient known) =>
        !mark.Done && mark.Attempts == known.Attempts && mark.DelayNoticeSent != default;

    private long IntervalOf(Instant told, KnownRecipient known) =>
        told == default ? 0 : (told - known.Id.Time).Ticks / plan.Of(known.Key).NotifyOfDelayEvery.Ticks;

    private KnownRecipient? FinalOf(AccountingRecord record) =>
        record.Type is AccountingType.Delivered or AccountingType.Bounced ? _byAddress[(record.Envelope!.Id, record.Recipient!.Address.Text)] : null;
}
