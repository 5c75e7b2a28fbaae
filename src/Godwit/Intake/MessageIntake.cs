// THE DOOR IN. Everything that becomes a message comes through here: 1 stamp and seal, 2 route, 3 spool and await the group commit, 4 account 'r', 5 enqueue.
// When SubmitAsync returns Accepted, "250" may be said, and not before. When spool or accounting fail nothing is queued and the client is told to come again.

using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Intake;

/// <summary>Takes messages in. Thread safe.</summary>
public sealed class MessageIntake(
    MessageSpool spool,
    AccountingLog accounting,
    Scheduler scheduler,
    CurrentSettings settings,
    TrafficCounters counters,
    MessageId.Sequence ids,
    ServerClock clock,
    ILogger log)
{
    private readonly RecipientRouting _routing = new(
        new ColdCounters(spool.RecoveredState, (key, value) => spool.PutStateAsync(key, value)), clock, log);

    /// <summary>How far the warm-up of today has come. A pass over what is counted: up to a hundred thousand destinations of cold virtual MTAs.</summary>
    public ColdMail ReadCold() => _routing.ReadCold(settings.Value);

    /// <summary>A buffer for one message's content.</summary>
    public ContentBuffer NewContent() => new(spool);

    /// <summary>Whether mail may be taken at all; otherwise the 4xx to answer at MAIL FROM.</summary>
    public bool MayAccept(out SmtpReply refusal)
    {
        string reason = accounting.Trouble?.Reason ?? "";
        bool may = reason.Length == 0 && spool.MayAccept(out reason);
        refusal = may ? _welcome : new SmtpReply(452, $"4.3.1 {reason}");
        return may;
    }

    private static readonly SmtpReply _welcome = new(250, "2.0.0 ok");
    private static readonly SmtpReply _notSealed = new(451, "4.7.5 message could not be sealed, please try again later");
    private static readonly SmtpReply _notAccounted = new(451, "4.3.0 message could not be accounted for, please try again later");

    /// <summary>Takes one message. The caller keeps the content and disposes it.</summary>
    public async ValueTask<IntakeResult> SubmitAsync(Submission submission, CancellationToken cancellation)
    {
        ServerSettings server = settings.Value;
        MessageId id = ids.Next();

        // 1 Stamp: what the header says about routing, what goes out of it and what comes in.
        ContentBuffer content = submission.Content;
        ReadOnlyMemory<byte> header = content.Header();
        SmtpReply? refusal = CheckHeader(submission, header, server, id.Time, out ControlFields control);

        if (refusal is not null)
        {
            return Refused(refusal, submission, id);
        }

        List<ReadOnlyMemory<byte>> head = MessageStamp.Stamp(
            header, content.BehindHeader(), contentEndsHere: content.Extents.Count == 0, submission, id, server, out bool keyTakenOut);
        if (keyTakenOut)
        {
            log.KeyTakenOut(id.ToString(), submission.Sender.Text, submission.Source.Name);
        }

        if (submission.Stamp?.SealAsync is { } sealAsync && !await TrySealAsync(head, sealAsync, submission, id))
        {
            return new IntakeResult(_notSealed, id);
        }

        // 2 Route: the last thing that may refuse, because what it counts is kept.
        refusal = accounting.Trouble is null ? null : _notAccounted;
        EnvelopeRecipient[] recipients = [];
        Task counted = Task.CompletedTask;
        refusal ??= _routing.Route(submission, id, header, control.VirtualMta, server, out recipients, out counted);
        if (refusal is not null)
        {
            return Refused(refusal, submission, id);
        }

        Envelope envelope = Address(submission, id, control, recipients);

        // 3 Spool: the one wait that "250" stands for.
        StoredMessage message;
        try
        {
            message = await spool.StoreAsync(envelope, head, content.Extents, content.Tail());
            await counted;
        }
        catch (SpoolException failure)
        {
            log.MessageNotStored(failure, id.ToString(), submission.Sender.Text);
            return new IntakeResult(new SmtpReply(451, "4.3.0 message could not be stored, please try again later"), id);
        }

        // 4 Account. The message is ours already: a crash here costs the record of a message whose "250" was never said.
        if (accounting.Wants(AccountingType.Received) && !await accounting.TryWriteAsync(Receipts(submission, envelope, message, header)))
        {
            await CrossOutAsync(envelope, message);
            return Refused(_notAccounted, submission, id);
        }

        counters.In.Messages.Add();
        counters.In.Recipients.Add(envelope.Recipients.Count);
        counters.In.Bytes.Add(message.ContentLength);
        Tell(envelope);

        // 5 Enqueue.
        Enqueue(envelope, message);
        return new IntakeResult(new SmtpReply(250, $"2.6.0 message received as {id}"), id);
    }

    /// <summary>Whatever is wrong with the key or its vault: the message waits at the client, as one that cannot be signed waits in its queue.</summary>
    private async ValueTask<bool> TrySealAsync(
        List<ReadOnlyMemory<byte>> head, Func<ReadOnlyMemory<byte>, Task<byte[]>> sealAsync, Submission submission, MessageId id)
    {
        try
        {
            await SealedHeader.AddAsync(head, sealAsync);
            return true;
        }
        catch (Exception failure)
        {
            log.MessageNotSealed(failure, id.ToString(), submission.Sender.Text, failure.Message);
            return false;
        }
    }

    private IntakeResult Refused(SmtpReply refusal, Submission submission, MessageId id)
    {
        log.MessageRefused(id.ToString(), submission.Sender.Text, refusal.ToString());
        return new IntakeResult(refusal, id);
    }

    /// <summary>The client will send it again: what is in the spool must not come back at a restart beside that.</summary>
    private async ValueTask CrossOutAsync(Envelope envelope, StoredMessage message)
    {
        var marks = new SpoolMark[envelope.Recipients.Count];
        for (int i = 0; i < marks.Length; i++)
        {
            marks[i] = new SpoolMark(message, i, Done: true, 0, default, default, "");
        }

        try
        {
            await spool.MarkAsync(marks);
        }
        catch (SpoolException failure)
        {
            log.MessageNotCrossedOut(failure, envelope.Id.ToString(), envelope.Sender.Text);
        }
    }

    /// <summary>The same door for what survived a restart: straight to step 5, with attempts, times and notices as they were.</summary>
    public void Restore(RecoveredMessage recovered)
    {
        ids.StartAfter(recovered.Envelope.Id);
        ServerSettings server = settings.Value;
        Instant now = clock.Now;
        counters.Activity.Accepted(recovered.Envelope.JobId, recovered.Open.Count, now);
        foreach (RecoveredRecipient open in recovered.Open)
        {
            EnvelopeRecipient recipient = recovered.Envelope.Recipients[open.Index];
            QueuedRecipient queued = Queued(recovered.Envelope, recovered.Message, open.Index, open.Attempts, open.NotBefore, now);
            var key = new QueueKey(recipient.Destination, open.VirtualMta.Length > 0 ? open.VirtualMta : recipient.VirtualMta);
            queued.RestoreNotices(open.DelayNoticeSent, server.DeliveryFor(key.Destination, key.VirtualMta));
            scheduler.Enqueue(key, queued, now, StreamOf(recovered.Envelope), isNew: false);
        }
    }

    /// <summary>What its mail takes turns with inside a queue: the job, and the domain of the sender.</summary>
    private static StreamKey StreamOf(Envelope envelope) => new(envelope.JobId, envelope.Sender.Domain.Text);

    /// <summary>
    /// A recipient as the queues hold it, new or restored: the one place where what the envelope says about its turn is handed on.
    /// </summary>
    /// <param name="notBefore">No attempt is made before; delivery windows may move it further.</param>
    private static QueuedRecipient Queued(Envelope envelope, StoredMessage message, int index, int attempts, Instant notBefore, Instant now)
    {
        // Behind its last window it comes to its turn as it is: the attempt that is not made then ends it.
        Instant open = envelope.Windows?.NextOpen(Instant.Max(now, notBefore)) ?? notBefore;
        byte priority = envelope.Recipients[index].Priority;
        QueuedRecipient queued = envelope.Windows is { } windows
            ? new ScheduledRecipient(message, index, priority, windows.End)
            : new QueuedRecipient(message, index, priority);
        queued.Restore(attempts, open < Instant.Never ? open : notBefore);
        return queued;
    }

    /// <summary>Before the queues have it: whoever reads the events finds a recipient's arrival before its fate.</summary>
    private void Tell(Envelope envelope)
    {
        Instant now = clock.Now;
        counters.Activity.Accepted(envelope.JobId, envelope.Recipients.Count, now);
        for (int i = 0; i < envelope.Recipients.Count; i++)
        {
            EnvelopeRecipient recipient = envelope.Recipients[i];
            counters.Events.Add(new RecipientEvent(
                RecipientEventKind.Accepted, now, recipient.Address.Text, recipient.Destination.Text, recipient.VirtualMta, envelope.SourceAddress)
            {
                Job = envelope.JobId,
                Host = envelope.SourceMta,
            });
        }
    }

    private void Enqueue(Envelope envelope, StoredMessage message)
    {
        Instant now = clock.Now;
        if (envelope.Recipients is [EnvelopeRecipient only])
        {
            scheduler.Enqueue(new QueueKey(only.Destination, only.VirtualMta), Queued(envelope, message, 0, 0, default, now), now, StreamOf(envelope));
            return;
        }

        var queued = new (QueueKey, QueuedRecipient)[envelope.Recipients.Count];
        for (int i = 0; i < queued.Length; i++)
        {
            EnvelopeRecipient recipient = envelope.Recipients[i];
            queued[i] = (new QueueKey(recipient.Destination, recipient.VirtualMta), Queued(envelope, message, i, 0, default, now));
        }

        scheduler.Enqueue(queued, now, StreamOf(envelope));
    }

    private SmtpReply? CheckHeader(Submission submission, ReadOnlyMemory<byte> header, ServerSettings server, Instant now, out ControlFields control)
    {
        control = default;
        SourceSettings source = submission.Source;
        if (submission.Content.HeaderTooLarge)
        {
            return new SmtpReply(552, $"5.3.4 the message header is larger than {ContentBuffer.MaxHeader} octets");
        }

        var block = new HeaderBlock(header.Span);
        if (block.Count("received"u8, source.MaxMessageHops + 1) > source.MaxMessageHops)
        {
            return new SmtpReply(554, $"5.4.6 too many hops: the message has more than {source.MaxMessageHops} Received fields");
        }

        if (MessageStamp.ReadControlFields(block, source, clock.Time.LocalTimeZone, now, out control, submission.SmtpUser) is { } refusal)
        {
            return refusal;
        }

        string? problem = SigningFields.Read(block, source, server, out SigningWishes? signing);
        control = control with { Signing = signing };
        return problem is null ? null : new SmtpReply(554, $"5.6.0 {problem}");
    }

    private static Envelope Address(Submission submission, MessageId id, ControlFields control, EnvelopeRecipient[] recipients) =>
        new()
        {
            Id = id,
            Sender = submission.Sender,
            Recipients = recipients,
            JobId = control.JobId ?? "",
            EnvelopeId = control.EnvelopeId is { Length: > 0 } fromHeader ? fromHeader : submission.EnvelopeId,
            Return = submission.Return,
            Body = submission.Body,
            SmtpUtf8 = submission.SmtpUtf8,
            Kind = submission.Kind,
            SourceMta = submission.ClientAddress is null ? submission.ClientName : $"{submission.ClientName} ({submission.ClientAddress})",
            SourceAddress = submission.ClientAddress,
            LocalAddress = submission.LocalAddress,
            SmtpUser = submission.SmtpUser,
            Windows = control.Windows,
            Signing = control.Signing,
        };

    private AccountingRecord[] Receipts(Submission submission, Envelope envelope, StoredMessage message, ReadOnlyMemory<byte> header)
    {
        IReadOnlyList<string> names = accounting.HeaderNames(AccountingType.Received);
        RecordedHeader? recorded = names.Count > 0 ? RecordedHeader.Read(header.Span, names) : null;
        Instant now = clock.Now;
        var records = new AccountingRecord[envelope.Recipients.Count];
        for (int i = 0; i < records.Length; i++)
        {
            EnvelopeRecipient recipient = envelope.Recipients[i];
            records[i] = new AccountingRecord
            {
                Type = AccountingType.Received,
                TimeLogged = now,
                Envelope = envelope,
                Recipient = recipient,
                VirtualMta = recipient.VirtualMta,
                Pool = recipient.Pool,
                Queue = new QueueKey(recipient.Destination, recipient.VirtualMta).ToString(),
                MessageSize = message.ContentLength,
                Header = recorded,
                TlsProtocol = submission.TlsProtocol,
                TlsCipher = submission.TlsCipher,
            };
        }

        return records;
    }
}
