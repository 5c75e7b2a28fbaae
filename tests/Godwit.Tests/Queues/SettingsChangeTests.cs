using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Queues;

/// <summary>A reload with many queues standing.</summary>
public sealed class SettingsChangeTests
{
    private static readonly Instant _now = Instant.FromUnixMilliseconds(1_700_000_000_000);

    [Fact]
    public void Every_queue_is_looked_at_once_without_any_event_of_its_own()
    {
        // Ten thousand queues whose settings allow no connection; the next configuration allows one each.
        CurrentSettings current = Settings(maxSmtpOut: 0);
        var scheduler = new Scheduler(current);
        Fill(scheduler, 10_000);
        Assert.Null(scheduler.TryGrant(_now));

        current.Replace(Settings(maxSmtpOut: 1).Value);
        scheduler.SettingsChanged(_now);

        Assert.Equal(_now, scheduler.NextDue(_now));
        int granted = 0;
        while (scheduler.TryGrant(_now) is not null)
        {
            granted++;
        }

        Assert.Equal(10_000, granted);
        Assert.True(scheduler.NextDue(_now) > _now);
    }

    [Fact]
    public void Mail_goes_on_before_every_queue_has_been_looked_at()
    {
        CurrentSettings current = Settings(maxSmtpOut: 1);
        var scheduler = new Scheduler(current);
        Fill(scheduler, 10_000);
        current.Replace(Settings(maxSmtpOut: 1).Value);

        scheduler.SettingsChanged(_now);

        // The first in line goes at once: what is left to look at is still there.
        Assert.NotNull(scheduler.TryGrant(_now));
        Assert.Equal(_now, scheduler.NextDue(_now));
    }

    [Fact]
    public void A_queue_that_has_gone_meanwhile_is_not_brought_back()
    {
        CurrentSettings current = Settings(maxSmtpOut: 1);
        var scheduler = new Scheduler(current);
        Fill(scheduler, 1);
        DeliveryTicket ticket = scheduler.TryGrant(_now)!;
        ticket.Next(_now, out DeliveryOrder? order, out _);
        current.Replace(Settings(maxSmtpOut: 1).Value);
        scheduler.SettingsChanged(_now);
        scheduler.Finish(ticket.Key, order![0], _now);
        ticket.Close(_now);
        Assert.Equal(0, scheduler.Totals().Queues);

        Fill(scheduler, 1);
        Assert.NotNull(scheduler.TryGrant(_now));
        Assert.Null(scheduler.TryGrant(_now));

        Assert.Equal((1, 1), (scheduler.Totals().Queues, scheduler.Totals().Recipients));
    }

    private static void Fill(Scheduler scheduler, int queues)
    {
        for (int i = 0; i < queues; i++)
        {
            var message = new StoredMessage(new MessageId((_now.UnixMilliseconds << 22) + i), 0, 0, 1000, 1);
            scheduler.Enqueue(new QueueKey(DomainName.Parse($"d{i}.example"), EnvelopeRecipient.DefaultVirtualMta), new QueuedRecipient(message, 0), _now);
        }
    }

    private static CurrentSettings Settings(int maxSmtpOut)
    {
        var delivery = new DeliverySettings { MaxSmtpOut = maxSmtpOut };
        return new CurrentSettings(TestSettings.Server((_, _) => delivery, totalMaxSmtpOut: 100_000));
    }
}
