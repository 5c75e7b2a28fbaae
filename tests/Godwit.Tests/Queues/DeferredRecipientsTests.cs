using CsCheck;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class DeferredRecipientsTests
{
    private static readonly DeliverySettings _settings = new() { BounceAfter = TimeSpan.FromDays(1000), NotifyOfDelayEvery = Timeout.InfiniteTimeSpan };

    [Fact]
    public void Whatever_goes_in_comes_out_once_and_by_time()
    {
        // Steps: a positive number goes in with that time, a zero takes out what is due at the middle of all times.
        Gen.OneOf(Gen.Int[0, 5], Gen.Int[0, 1000]).Array[0, 3000].Sample(
            static steps =>
            {
                var deferred = new DeferredRecipients();
                var model = new PriorityQueue<QueuedRecipient, long>();
                foreach (int step in steps)
                {
                    if (step > 0)
                    {
                        QueuedRecipient recipient = At(step);
                        deferred.Add(recipient, _settings);
                        model.Enqueue(recipient, step);
                    }
                    else
                    {
                        Compare(ref deferred, model, new Instant(500));
                    }
                }

                Compare(ref deferred, model, Instant.Never);
                return deferred.Count == 0 && deferred.Earliest == Instant.Never;
            },
            iter: 150);
    }

    [Fact]
    public void Everything_can_be_taken_at_once()
    {
        var deferred = new DeferredRecipients();
        var random = new Random(3);
        var all = new HashSet<QueuedRecipient>();
        for (int i = 0; i < 1000; i++)
        {
            QueuedRecipient recipient = At(random.Next(1, 100_000));
            all.Add(recipient);
            deferred.Add(recipient, _settings);
        }

        for (QueuedRecipient? taken = deferred.TakeAll(); taken is not null; taken = taken.Next)
        {
            Assert.True(all.Remove(taken));
        }

        Assert.Empty(all);
        Assert.Equal(0, deferred.Count);
    }

    private static QueuedRecipient At(int ticks)
    {
        var recipient = new QueuedRecipient(new StoredMessage(new MessageId(0), 0, 0, 0, 1), 0);
        recipient.Restore(0, new Instant(ticks));
        return recipient;
    }

    private static void Compare(ref DeferredRecipients deferred, PriorityQueue<QueuedRecipient, long> model, Instant now)
    {
        Assert.Equal(model.Count, deferred.Count);
        while (deferred.TakeDue(now, _settings) is { } taken)
        {
            Assert.True(model.TryDequeue(out _, out long time));
            Assert.Equal(time, taken.NotBefore.Ticks);
        }

        Assert.True(!model.TryPeek(out _, out long left) || left > now.Ticks);
        Assert.Equal(model.Count, deferred.Count);
    }
}
