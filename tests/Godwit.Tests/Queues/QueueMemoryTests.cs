using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Tests.Queues;

/// <summary>The promises of size: a million queues and tens of millions of recipients must fit into an ordinary machine.</summary>
[Collection(nameof(QueueMemoryTests))]
[CollectionDefinition(nameof(QueueMemoryTests), DisableParallelization = true)] // The heap is measured: nobody else may use it meanwhile.
public sealed class QueueMemoryTests
{
    private const int Many = 50_000;

    [Fact]
    public void A_waiting_recipient_with_its_message_costs_at_most_100_bytes()
    {
        var world = new QueueWorld();
        QueueKey key = QueueWorld.Key("a.example");
        world.Scheduler.Pause(key, world.Now);

        Assert.InRange(BytesPer(Many, _ => world.Submit(key)) - ArrayOfOne, 1, 100);
        GC.KeepAlive(world);
    }

    [Fact]
    public void A_deferred_recipient_costs_no_more()
    {
        var world = new QueueWorld();
        QueueKey key = QueueWorld.Key("a.example");
        var random = new Random(1);

        double bytes = BytesPer(Many, _ =>
        {
            var recipient = new QueuedRecipient(world.Message(), 0);
            recipient.Restore(1, world.Now + TimeSpan.FromSeconds(random.Next(1, 600)));
            world.Scheduler.Enqueue(key, recipient, world.Now);
        });

        Assert.InRange(bytes, 1, 100);
        GC.KeepAlive(world);
    }

    [Fact]
    public void An_idle_queue_costs_at_most_500_bytes_besides_its_name_mail_and_settings()
    {
        var world = new QueueWorld();
        QueueKey[] keys = [.. Enumerable.Range(0, Many).Select(i => QueueWorld.Key($"d{i}.example"))];
        QueuedRecipient[] recipients = [.. keys.Select(_ => new QueuedRecipient(world.Message(), 0))];
        for (int i = 0; i < Many; i++)
        {
            recipients[i].Restore(1, world.Now + TimeSpan.FromHours(1));
            world.Settings.DeliveryFor(keys[i].Destination, keys[i].VirtualMta);
        }

        Assert.InRange(KeptBytes(() =>
        {
            for (int i = 0; i < Many; i++)
            {
                world.Scheduler.Enqueue(keys[i], recipients[i], world.Now);
            }
        }) / (double)Many, 1, 500);
        GC.KeepAlive(world);
        GC.KeepAlive(recipients);
    }

    [Fact]
    public void An_order_of_one_recipient_allocates_nothing_but_itself()
    {
        var world = new QueueWorld();
        QueueKey key = QueueWorld.Key("a.example");
        world.SubmitMessages(key, Many);
        DeliveryTicket ticket = world.MustGrant();
        world.Finish(ticket, world.MustTake(ticket));

        double bytes = BytesPer(Many - 1, _ =>
        {
            ticket.Next(world.Now, out DeliveryOrder? order, out Instant _);
            world.Finish(ticket, order!);
        });

        Assert.InRange(bytes, 1, 33);
    }

    /// <summary>What Submit allocates for its answer.</summary>
    private static int ArrayOfOne => IntPtr.Size * 4;

    private static double BytesPer(int times, Action<int> action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < times; i++)
        {
            action(i);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)times;
    }

    /// <summary>What is still there afterwards, garbage of growing tables apart.</summary>
    private static long KeptBytes(Action action)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        action();
        return GC.GetTotalMemory(forceFullCollection: true) - before;
    }
}
