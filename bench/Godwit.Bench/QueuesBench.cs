// How many queue events a second one core sustains, what an event allocates, and what waiting mail costs in memory.
// Plain loops on a stopwatch: the numbers wanted are sums over millions of events with all their cache misses, not the time of one call.

using System.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Bench;

/// <summary>The scheduler under load.</summary>
public static class QueuesBench
{
    private const int Rounds = 3;

    /// <summary>What <see cref="IdleQueues"/> finds.</summary>
    private const int IdleQueueOctets = 460;

    private static readonly Instant _start = Instant.FromUnixMilliseconds(1_700_000_000_000);

    public static void Run()
    {
        for (int round = 0; round < Rounds; round++)
        {
            Console.WriteLine($"round {round + 1}");
            Steady(queues: 1, messages: 2_000_000, rate: Rate.Unlimited);
            Steady(queues: 10_000, messages: 2_000_000, rate: Rate.Unlimited);
            Steady(queues: 10_000, messages: 2_000_000, rate: new Rate(100_000, TimeSpan.FromSeconds(1)));
            Backlog(messages: 2_000_000);
            Deferrals(messages: 1_000_000, scattered: false);
            Deferrals(messages: 1_000_000, scattered: true);
            IdleQueues(queues: 1_000_000);
            LongTail(queues: 1_000_000);
            Expiry(messages: 1_000_000);
        }
    }

    /// <summary>
    /// Mail comes and goes through standing queues: enqueue, grant, next, finish, close. Recipients and messages are made before the clock starts.
    /// </summary>
    private static void Steady(int queues, int messages, Rate rate)
    {
        Scheduler scheduler = Make(new DeliverySettings { MaxMsgRate = rate });
        QueueKey[] keys = Keys(queues);
        QueuedRecipient[] recipients = Recipients(messages);
        Measure m = Measure.Start();
        for (int i = 0; i < messages; i++)
        {
            Instant now = new(_start.Ticks + i * 10L);
            scheduler.Enqueue(keys[i % queues], recipients[i], now);
            DeliveryTicket ticket = scheduler.TryGrant(now) ?? throw new InvalidOperationException("no grant");
            ticket.Connected(now);
            ticket.Next(now, out DeliveryOrder? order, out _);
            ticket.Delivered(now);
            scheduler.Finish(ticket.Key, order![0], now);
            ticket.Close(now);
        }

        m.Report($"steady, {queues} queues, rate {rate}: 7 calls a message", messages * 7L, messages);
    }

    /// <summary>A campaign: everything comes first, then a thousand connections carry it away.</summary>
    private static void Backlog(int messages)
    {
        Scheduler scheduler = Make(new DeliverySettings());
        QueueKey[] keys = Keys(50);
        QueuedRecipient[] recipients = Recipients(messages);
        Measure m = Measure.Start();
        for (int i = 0; i < messages; i++)
        {
            scheduler.Enqueue(keys[i % keys.Length], recipients[i], _start);
        }

        m.Report("backlog: enqueue", messages, messages);
        m = Measure.Start();
        var tickets = new List<DeliveryTicket>();
        while (scheduler.TryGrant(_start) is { } ticket)
        {
            tickets.Add(ticket);
        }

        long events = 0;
        int left = messages;
        for (int i = 0; left > 0; i++)
        {
            DeliveryTicket ticket = tickets[i % tickets.Count];
            if (ticket.Next(_start, out DeliveryOrder? order, out _) == TicketState.HasOrder)
            {
                scheduler.Finish(ticket.Key, order![0], _start);
                events += 2;
                left--;
            }
        }

        m.Report($"backlog: next + finish over {tickets.Count} connections", events, messages);
    }

    /// <summary>Everything is deferred once and comes back.</summary>
    private static void Deferrals(int messages, bool scattered)
    {
        Scheduler scheduler = Make(new DeliverySettings { NotifyOfDelayEvery = Timeout.InfiniteTimeSpan });
        QueueKey key = Keys(1)[0];
        QueuedRecipient[] recipients = Recipients(messages);
        var random = new Random(1);
        foreach (QueuedRecipient recipient in recipients)
        {
            scheduler.Enqueue(key, recipient, _start);
        }

        DeliveryTicket ticket = scheduler.TryGrant(_start)!;
        Measure m = Measure.Start();
        double worst = 0;
        for (int i = 0; i < messages; i++)
        {
            ticket.Next(_start, out DeliveryOrder? order, out _);
            TimeSpan wait = TimeSpan.FromSeconds(600) + (scattered ? TimeSpan.FromMilliseconds(random.Next(600_000)) : TimeSpan.FromMilliseconds(i));
            long before = Stopwatch.GetTimestamp();
            scheduler.Defer(key, order![0], _start + wait, counted: true, _start);
            worst = Math.Max(worst, Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }

        m.Report($"next + defer, {(scattered ? "scattered" : "rising")} times (worst defer {worst:0.0} ms)", messages * 2L, messages);
        m = Measure.Start();
        worst = 0;
        for (int i = 0; i < messages; i++)
        {
            Instant now = _start + TimeSpan.FromMilliseconds(600_000 + i * 1.25);
            long before = Stopwatch.GetTimestamp();
            if (ticket.Next(now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
            {
                scheduler.Finish(key, order![0], now);
            }

            worst = Math.Max(worst, Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }

        m.Report($"next + finish after deferral (worst {worst:0.0} ms)", messages * 2L, messages);
    }

    /// <summary>A long tail: so many queues with ten deferred recipients each, every one of a message of its own.</summary>
    private static void LongTail(int queues)
    {
        const int Each = 10;
        Scheduler scheduler = Make(new DeliverySettings());
        QueueKey[] keys = Keys(queues);
        long empty = GC.GetTotalMemory(forceFullCollection: true);
        Measure m = Measure.Start();
        for (int i = 0; i < queues * Each; i++)
        {
            var message = new StoredMessage(new MessageId((_start.UnixMilliseconds << 22) + i % (1 << 22)), 0, 0, 10_000, 1);
            var recipient = new QueuedRecipient(message, 0);
            recipient.Restore(1, _start + TimeSpan.FromMilliseconds(600_000 + i));
            scheduler.Enqueue(keys[i % queues], recipient, _start);
        }

        m.Report($"enqueue, {queues:#,0} queues with {Each} recipients each", (long)queues * Each, (long)queues * Each);
        double all = GC.GetTotalMemory(forceFullCollection: true) - empty;
        Console.WriteLine($"  memory of a recipient with its message, without its queue's {IdleQueueOctets}: {(all - (double)queues * IdleQueueOctets) / queues / Each:0.0} bytes");
        GC.KeepAlive(scheduler);
    }

    /// <summary>A million domains with one deferred recipient each.</summary>
    private static void IdleQueues(int queues)
    {
        Scheduler scheduler = Make(new DeliverySettings());
        QueueKey[] keys = Keys(queues);
        QueuedRecipient[] recipients = Recipients(queues);
        for (int i = 0; i < queues; i++)
        {
            recipients[i].Restore(1, _start + TimeSpan.FromMilliseconds(600_000 + i));
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        Measure m = Measure.Start();
        for (int i = 0; i < queues; i++)
        {
            scheduler.Enqueue(keys[i], recipients[i], _start);
        }

        m.Report("enqueue into a new queue", queues, queues);
        Console.WriteLine($"  memory of an idle queue: {(GC.GetTotalMemory(forceFullCollection: true) - before) / queues} bytes");
        Measure top = Measure.Start();
        scheduler.Select(static _ => true, 100, byName: false);
        top.Report("top 100 of all queues, time for one look", 1, 1);
        GC.KeepAlive(recipients);
    }

    /// <summary>A dead destination with a million recipients, all of which expire within one hour.</summary>
    private static void Expiry(int messages)
    {
        Scheduler scheduler = Make(new DeliverySettings { NotifyOfDelayEvery = Timeout.InfiniteTimeSpan, BounceAfter = TimeSpan.FromHours(1) });
        QueueKey key = Keys(1)[0];
        scheduler.Pause(key, _start);
        foreach (QueuedRecipient recipient in Recipients(messages))
        {
            scheduler.Enqueue(key, recipient, _start);
        }

        Measure m = Measure.Start();
        int expired = 0;
        int calls = 0;
        double worst = 0;
        for (Instant now = _start + TimeSpan.FromHours(1); expired < messages; now += TimeSpan.FromSeconds(1))
        {
            calls++;
            long before = Stopwatch.GetTimestamp();
            foreach (ExpiredRecipient each in scheduler.TakeExpired(now, 10_000))
            {
                scheduler.Finish(each.Key, each.Recipient, now);
                expired++;
            }

            worst = Math.Max(worst, Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }

        m.Report($"expiry of a paused queue in {calls} calls (worst {worst:0.0} ms)", messages, messages);
    }

    private static QueueKey[] Keys(int count)
    {
        var keys = new QueueKey[count];
        for (int i = 0; i < count; i++)
        {
            keys[i] = new QueueKey(DomainName.Parse($"domain{i}.example"), "{default}");
        }

        return keys;
    }

    private static QueuedRecipient[] Recipients(int count)
    {
        var recipients = new QueuedRecipient[count];
        for (int i = 0; i < count; i++)
        {
            // A thousand messages a second, as a fast intake makes them.
            recipients[i] = new QueuedRecipient(new StoredMessage(new MessageId((_start.UnixMilliseconds + i / 1000 << 22) + i), 0, 0, 10_000, 1), 0);
        }

        return recipients;
    }

    /// <summary>A scheduler with queues that wait, one recipient in each.</summary>
    internal static Scheduler WithQueues(int queues, out CurrentSettings settings)
    {
        settings = Settings(new DeliverySettings());
        var scheduler = new Scheduler(settings);
        QueueKey[] keys = Keys(queues);
        QueuedRecipient[] recipients = Recipients(queues);
        for (int i = 0; i < queues; i++)
        {
            scheduler.Enqueue(keys[i], recipients[i], _start);
        }

        return scheduler;
    }

    private static Scheduler Make(DeliverySettings delivery) => new(Settings(delivery));

    private static CurrentSettings Settings(DeliverySettings delivery) => new(new ServerSettings
    {
        HostName = "mta.example",
        Listeners = [],
        NameServers = [],
        Spool = new SpoolSettings("", 0),
        AccountingFiles = [],
        VirtualMtas = new Dictionary<string, VirtualMtaSettings> { ["{default}"] = new() { Name = "{default}", SourceHosts = [new SourceHost(null, "mta.example")] } },
        Pools = new Dictionary<string, PoolSettings>(),
        ConfigFile = "bench",
        ResolveDelivery = (_, _) => delivery,
        ResolveSource = (_, _) => new SourceSettings(),
        ResolveRelayDomain = _ => false,
    });

    private readonly record struct Measure(long Timestamp, long Allocated)
    {
        public static Measure Start()
        {
            GC.Collect();
            return new Measure(Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        }

        public void Report(string what, long events, long messages)
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(Timestamp);
            long bytes = GC.GetAllocatedBytesForCurrentThread() - Allocated;
            Console.WriteLine($"  {what}: {events / elapsed.TotalSeconds / 1e6:0.00} million events/s, {elapsed.TotalMicroseconds / messages:0.00} µs and {(double)bytes / messages:0.0} bytes a message");
        }
    }
}
