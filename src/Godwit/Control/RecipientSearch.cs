// Finds waiting recipients for the operator: first by what memory knows, then by their envelopes on disk. Owned by one command. It runs where the caller
// puts it, a thread of its own, because a queue of millions takes a while; whoever enumerates may stop at any time.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>A recipient that matches.</summary>
/// <param name="Envelope">Null when nobody has needed it.</param>
internal readonly record struct FoundRecipient(WaitingRecipient Waiting, Envelope? Envelope)
{
    /// <summary>Before then it does not go, by its own time or that of its queue; the default, or past, when neither holds it.</summary>
    public Instant NextTry { get; init; }

    /// <summary>Its queue or its job is paused.</summary>
    public bool IsPaused { get; init; }
}

/// <summary>One search. Not thread safe.</summary>
/// <param name="mostRead">Envelopes it reads at most; then it ends.</param>
internal sealed class RecipientSearch(ServerView server, RecipientFilter filter, bool withEnvelopes, int mostRead, CancellationToken cancellation)
{
    private readonly QueuePattern _pattern = filter.Queue ?? QueuePattern.All;
    private readonly Func<QueueKey, bool> _isNamed = QueueNames.Matcher(server.Scheduler, filter.Queue ?? QueuePattern.All);
    private StoredMessage? _lastMessage;
    private Envelope? _lastEnvelope;

    private int _read;

    /// <summary>It ended because it had read too much, and others may match.</summary>
    public bool WasCut { get; private set; }

    /// <summary>The queues that are meant, and those of rollups in which mail of the domains that are meant may be, by name.</summary>
    public IEnumerable<QueueKey> Queues() => server.Scheduler.Glances(key => _isNamed(key) || RollupMail.MayHold(key, _pattern))
        .Where(queue => queue.Recipients > 0)
        .Select(queue => queue.Key)
        .OrderBy(key => key.Destination.Text, StringComparer.Ordinal)
        .ThenBy(key => key.VirtualMta, StringComparer.Ordinal);

    /// <summary>The recipients of a queue that match now, those ready first. Lazy: each envelope is read when its recipient's turn has come.</summary>
    public IEnumerable<FoundRecipient> In(QueueKey key)
    {
        QueueReport? queue = server.Scheduler.Queue(key);
        bool isGathered = !_isNamed(key); // A rollup's queue: only the envelope tells whose mail it is.
        foreach (WaitingRecipient waiting in server.Scheduler.Recipients(key))
        {
            cancellation.ThrowIfCancellationRequested();
            string? job = JobOf(waiting.Recipient.Message);
            Instant nextTry = NextTry(waiting, queue);
            bool isPaused = queue is { Paused: true } || server.Scheduler.IsPaused(waiting.Recipient.Message);
            if (!filter.MayMatch(waiting.Recipient, job, server.Clock.Now) || (filter.OnlyPaused && !isPaused)
                || (filter.OnlyScheduled && (isPaused || nextTry <= server.Clock.Now)))
            {
                continue;
            }

            bool decided = !isGathered && (!filter.NeedsEnvelope || (job is not null && !(filter with { Job = null }).NeedsEnvelope));
            if (decided && !withEnvelopes)
            {
                yield return new FoundRecipient(waiting, null) { NextTry = nextTry };
            }
            else if (_read >= mostRead && !ReferenceEquals(waiting.Recipient.Message, _lastMessage))
            {
                WasCut = true;
                yield break;
            }
            else if (Envelope(waiting.Recipient.Message) is { } envelope && filter.Matches(envelope, waiting.Recipient.Index)
                && (!isGathered || _pattern.Matches(new QueueKey(envelope.Recipients[waiting.Recipient.Index].Destination, key.VirtualMta))))
            {
                yield return new FoundRecipient(waiting, envelope) { NextTry = nextTry, IsPaused = isPaused };
            }
        }
    }

    /// <summary>The later of its own time and its queue's: before neither does it go.</summary>
    private static Instant NextTry(in WaitingRecipient waiting, QueueReport? queue) =>
        queue is { InRetry: true } && queue.RetryTime != Instant.Never ? Instant.Max(waiting.NotBefore, queue.RetryTime) : waiting.NotBefore;

    /// <summary>The job as the scheduler knows it; null when only the envelope can tell, and when nobody asks.</summary>
    private string? JobOf(StoredMessage message)
    {
        if (filter.Job is null)
        {
            return null;
        }

        StreamKey stream = server.Scheduler.StreamOf(message);
        return stream.IsNone ? null : stream.Job ?? "";
    }

    /// <summary>Recipients of one message stand one behind the other: one read is enough for all.</summary>
    private Envelope? Envelope(StoredMessage message)
    {
        if (!ReferenceEquals(message, _lastMessage))
        {
            (_lastMessage, _lastEnvelope) = (message, server.ReadEnvelope(message));
            _read++;
        }

        return _lastEnvelope;
    }
}
