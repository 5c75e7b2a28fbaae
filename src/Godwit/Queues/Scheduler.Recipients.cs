// Single recipients as the operator reaches them: listed, taken out, made more or less important.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>
    /// The recipients that wait in a queue, those ready first; none when it does not exist. The lock is held for one pass over the queue: five million
    /// take some 50 ms.
    /// </summary>
    public IReadOnlyList<WaitingRecipient> Recipients(QueueKey key)
    {
        lock (Gate)
        {
            if (_table.Find(key) is not { } queue)
            {
                return [];
            }

            List<QueuedRecipient> all = queue.Waiting();
            return all.ConvertAll(recipient => new WaitingRecipient(key, recipient, recipient.NotBefore, recipient.Attempts, IsUnderWay: false));
        }
    }

    /// <summary>How many recipients of a job wait in a queue. The lock is held for one pass over it.</summary>
    public int CountOfJob(QueueKey key, string job)
    {
        lock (Gate)
        {
            if (_table.Find(key) is not { } queue)
            {
                return 0;
            }

            HashSet<int> streams = [.. _streams.OfJob(job).Select(static stream => stream.Number)];
            int count = 0;
            foreach (QueuedRecipient recipient in queue.Waiting())
            {
                count += streams.Contains(recipient.Message.Stream) ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>
    /// Takes recipients out of a queue for Disposition to settle, as <see cref="TakeExpired"/> does. Those that are under way, or have gone, are left out.
    /// </summary>
    public IReadOnlyList<ExpiredRecipient> Withdraw(QueueKey key, IReadOnlySet<QueuedRecipient> recipients, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            if (_table.Find(key) is not { } queue)
            {
                return [];
            }

            List<QueuedRecipient> taken = queue.Withdraw(recipients);
            queue.CountTakenOut(taken.Count);
            Settle(queue, now);
            return taken.ConvertAll(recipient => new ExpiredRecipient(key, recipient));
        }
    }

    /// <summary>
    /// A recipient taken out goes on in the queue of another virtual MTA, of the same destination. What was learnt about its streams goes with it.
    /// </summary>
    public void Reroute(QueueKey key, QueuedRecipient recipient, string virtualMta, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            MailQueue from = Known(key);
            MailQueue to = Current(_table.FindOrAdd(key with { VirtualMta = virtualMta }, _settings.Value, _version, now), now);
            PassCurbs(from, to, now);
            from.GiveAway(recipient);
            to.Enter(recipient, now);
            _table.Moved(to);
            Settle(to, now);
            Settle(from, now);
        }
    }

    /// <summary>Gives waiting recipients a priority of 0 to 100; they go to the end of their new line. Returns how many were found.</summary>
    public int SetPriority(QueueKey key, IReadOnlySet<QueuedRecipient> recipients, byte priority, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            if (_table.Find(key) is not { } queue)
            {
                return 0;
            }

            List<QueuedRecipient> taken = queue.Withdraw(recipients);
            foreach (QueuedRecipient recipient in taken)
            {
                recipient.Priority = Math.Min(priority, (byte)100);
                queue.PutBack(recipient, now);
            }

            Settle(queue, now);
            return taken.Count;
        }
    }
}
