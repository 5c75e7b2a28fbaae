// What counting costs a message, and what looking at a server with many queues costs: processor time of this process, so other load hardly matters.

using System.Net;
using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Metrics;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Bench;

/// <summary>The meters under load.</summary>
public static class CountingBench
{
    private const int Rounds = 3;

    private const int Messages = 1_000_000;

    private static readonly AttemptContext _attempt = new()
    {
        DeliveryType = "smtp",
        Mta = "mx1.destination.example (192.0.2.25)",
        SourceAddress = IPAddress.Parse("192.0.2.10"),
        DestinationAddress = IPAddress.Parse("192.0.2.25"),
    };

    public static async Task RunAsync()
    {
        for (int round = 0; round < Rounds; round++)
        {
            Console.WriteLine($"round {round + 1}");
            Settle("delivered", new SmtpReply(250, "2.0.0 Ok: queued as 4F1D2C0A5B"), VerdictKind.Delivered);
            Settle("deferred, a reply that is known", new SmtpReply(451, "4.7.1 Greylisted, please try again later"), VerdictKind.Deferred);
            Settle("deferred, a reply of its own each time", null, VerdictKind.Deferred);
            Settle("delivered, to a hundred thousand destinations in turn", new SmtpReply(250, "2.0.0 Ok: queued as 4F1D2C0A5B"), VerdictKind.Delivered, 100_000);
            MinuteOfHistories();
            await ScrapeAsync(queues: 1000);
            await ScrapeAsync(queues: 100_000);
            await ScrapeAsync(queues: 1_000_000);
        }
    }

    /// <summary>Everything that both doors count for one message with one recipient, of a thousand destinations and a hundred jobs.</summary>
    private static void Settle(string what, SmtpReply? reply, VerdictKind kind, int destinations = 1000)
    {
        var clock = new ServerClock(TimeProvider.System);
        var traffic = new TrafficCounters(clock);
        var tally = new FateTally(static (_, _, _) => { }, traffic);
        Instant now = clock.Now;
        SettlementOrder[] orders = [.. Enumerable.Range(0, Math.Max(10_000, destinations)).Select(i => Order(i, destinations, reply ?? new SmtpReply(451, $"4.7.1 try later, id {i:x8}-{i * 7919L:x}"), kind, now))];
        tally.Add(orders[0], now);
        GC.Collect();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < Messages; i++)
        {
            SettlementOrder order = orders[i % orders.Length];
            Envelope envelope = order.Envelope!;
            EnvelopeRecipient recipient = envelope.Recipients[0];
            traffic.Activity.Accepted(envelope.JobId, 1, now);
            traffic.Events.Add(new RecipientEvent(
                RecipientEventKind.Accepted, now, recipient.Address.Text, recipient.Destination.Text, recipient.VirtualMta, envelope.SourceAddress)
            {
                Job = envelope.JobId,
                Host = envelope.SourceMta,
            });
            tally.Add(order, now);
        }

        TimeSpan used = Environment.CpuUsage.TotalTime - before;
        long bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Console.WriteLine($"  counting, {what}: {used.TotalMicroseconds / Messages:0.00} us of CPU and {(double)bytes / Messages:0} bytes a message; events take {traffic.Events.Octets >> 20} MB");
    }

    /// <summary>What the histories of queues and destinations take when they are full, and what the end of a minute costs then.</summary>
    private static void MinuteOfHistories()
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var history = new MailHistory();
        int minute = MostActiveMinute;
        Settle(history, minute);
        long full = GC.GetTotalMemory(forceFullCollection: true) - before;
        TimeSpan start = Environment.CpuUsage.TotalTime;
        const int Minutes = 20;
        for (int i = 0; i < Minutes; i++)
        {
            history.EndMinute(
                minute + i, [.. history.Queues.Select(static queue => new WaitingMail<QueueName>(queue, 1, 1))],
                [.. history.Destinations.Select(static destination => new WaitingMail<string>(destination, 1, 1))]);
            Settle(history, minute + i + 1);
        }

        TimeSpan used = (Environment.CpuUsage.TotalTime - start) / Minutes;
        Console.WriteLine($"  histories of {history.Queues.Count} queues and {history.Destinations.Count} destinations: {full >> 10} KB; a minute's end {used.TotalMilliseconds:0.0} ms");
        GC.KeepAlive(history);
    }

    private const int MostActiveMinute = 29_500_000;

    private static void Settle(MailHistory history, int minute)
    {
        var time = new Instant(minute * TimeSpan.TicksPerMinute);
        for (int i = 0; i < 20_000; i++)
        {
            history.Settled(new SettledRecipients($"domain{i}.example", "mta1", null, "", 1, 0, 0, 250, "ok", time));
        }
    }

    private static SettlementOrder Order(int i, int destinations, SmtpReply reply, VerdictKind kind, Instant now)
    {
        var destination = DomainName.Parse($"destination{i % destinations}.example");
        var envelope = new Envelope
        {
            Id = new MessageId(now.UnixMilliseconds << 22),
            Sender = EmailAddress.Parse("newsletter@sender.example"),
            JobId = $"campaign-{i % 100}",
            SourceMta = "app.sender.example (198.51.100.7)",
            SourceAddress = IPAddress.Parse("198.51.100.7"),
            Recipients = [new EnvelopeRecipient { Address = EmailAddress.Parse($"someone.{i}@{destination.Text}"), Destination = destination, VirtualMta = "mta1" }],
        };
        var recipient = new QueuedRecipient(new StoredMessage(envelope.Id, 0, 0, 10_000, 1), 0);
        var verdict = new Verdict(kind, reply, default, now, kind == VerdictKind.Delivered ? "" : "other");
        return new SettlementOrder(new QueueKey(destination, "mta1"), envelope, [new RecipientOutcome(recipient, verdict)], _attempt);
    }

    private static async Task ScrapeAsync(int queues)
    {
        string folder = Directory.CreateTempSubdirectory("godwit-bench-").FullName;
        var clock = new ServerClock(TimeProvider.System);
        var traffic = new TrafficCounters(clock);
        Scheduler scheduler = QueuesBench.WithQueues(queues, out CurrentSettings settings);
        for (int i = 0; i < ActivityBook.MostDestinations; i++)
        {
            traffic.Activity.Settled(new SettledRecipients($"domain{i}.example", "{default}", null, "", i, 0, 0, 250, "ok", clock.Now));
            traffic.Out.Recipients.Add(i);
        }

        await using MessageSpool spool = MessageSpool.Open(new OsVolume(folder), () => 0, clock, NullLogger.Instance);
        await using var accounting = new AccountingLog([], clock, NullLogger.Instance);
        await using var resolver = new DnsResolver(() => [], clock);
        var view = new MetricView(clock, settings, traffic, scheduler, new Alarms(clock))
        {
            Spool = spool,
            Accounting = accounting,
            Resolver = resolver,
            NotReady = static () => null,
        };
        int octets = PrometheusText.Write(MetricReader.Read(view), open: false).Length;
        TimeSpan before = Environment.CpuUsage.TotalTime;
        const int Looks = 5;
        for (int i = 0; i < Looks; i++)
        {
            scheduler.Census(100, clock.Now);
        }

        TimeSpan census = (Environment.CpuUsage.TotalTime - before) / Looks;
        before = Environment.CpuUsage.TotalTime;
        const int Scrapes = 20;
        for (int i = 0; i < Scrapes; i++)
        {
            PrometheusText.Write(MetricReader.Read(view), open: false);
        }

        TimeSpan scrape = (Environment.CpuUsage.TotalTime - before) / Scrapes;
        Console.WriteLine(
            $"  scrape, {queues} queues and {ActivityBook.MostDestinations} destinations: {octets >> 10} KB, {scrape.TotalMilliseconds:0.0} ms of CPU; "
            + $"counting the queues, at most once in 5 s and for 1 % of a core: {census.TotalMilliseconds:0.0} ms");
        Directory.Delete(folder, recursive: true);
    }
}
