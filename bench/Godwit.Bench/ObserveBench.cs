// What it costs to look at a server with a million queues: an open page of the console asks for the overview and for a page of queues every five seconds.
// Counted is the CPU time of the process while nothing else is done in it, at each number of pages.

using System.Diagnostics;
using System.Globalization;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Bench;

/// <summary>Looks at a scheduler as pages do.</summary>
public static class ObserveBench
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(int queues, int seconds)
    {
        var settings = new CurrentSettings(Configured());
        var clock = new ServerClock(TimeProvider.System);
        var scheduler = new Scheduler(settings);
        for (int i = 0; i < queues; i++)
        {
            var key = new QueueKey(DomainName.Parse($"mail{i * 7919L % queues}.customer{i % 1000}.example"), "{default}");
            var message = new StoredMessage(new MessageId((clock.Now.UnixMilliseconds << 22) + i), 0, 0, 10_000, 1);
            scheduler.Enqueue(key, new QueuedRecipient(message, 0), clock.Now);
        }

        GC.Collect();
        Console.WriteLine($"{queues} queues, {GC.GetTotalMemory(forceFullCollection: true) >> 20} MB without pages");
        using var @operator = new Operator(View(clock, settings, scheduler), NullLogger.Instance);
        await FirstAsync(@operator);
        foreach (int pages in (int[])[1, 10])
        {
            await PagesAsync(@operator, pages, seconds);
        }
    }

    /// <summary>What a page waits for when nobody has looked before.</summary>
    private static async Task FirstAsync(Operator @operator)
    {
        for (int i = 0; i < 3; i++)
        {
            @operator.Looks.Renew();
            long begun = Stopwatch.GetTimestamp();
            await LookAsync(@operator, 0);
            Console.WriteLine($"a look that makes the snapshot anew: {(int)Stopwatch.GetElapsedTime(begun).TotalMilliseconds} ms");
            begun = Stopwatch.GetTimestamp();
            await LookAsync(@operator, 0);
            Console.WriteLine($"the next one: {(int)Stopwatch.GetElapsedTime(begun).TotalMicroseconds} us");
        }
    }

    private static async Task PagesAsync(Operator @operator, int pages, int seconds)
    {
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        long begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds)
        {
            for (int page = 0; page < pages; page++)
            {
                await LookAsync(@operator, page);
            }

            await Task.Delay(_every, TimeProvider.System);
        }

        process.Refresh();
        double share = (process.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(begun);
        long memory = GC.GetTotalMemory(forceFullCollection: true) >> 20;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{pages} page(s): {share * 100:0.00} % of one core, {share * 100 / pages:0.00} % a page; {memory} MB"));
    }

    private static async Task LookAsync(Operator @operator, int page)
    {
        await @operator.Looks.OverviewAsync(default);
        QueueSort sort = (QueueSort)(page % 3);
        await @operator.Looks.Queues.PageAsync(new QueueQuery { Sort = sort, Descending = sort != QueueSort.Name }, null, page * 1000, 60, default);
    }

    private static ServerSettings Configured() => new()
    {
        HostName = "mta.example",
        Listeners = [],
        NameServers = [],
        Spool = new SpoolSettings("", 0),
        AccountingFiles = [],
        VirtualMtas = new Dictionary<string, VirtualMtaSettings>
        {
            ["{default}"] = new() { Name = "{default}", SourceHosts = [new SourceHost(null, "mta.example")] },
        },
        Pools = new Dictionary<string, PoolSettings>(),
        ConfigFile = "bench",
        ResolveDelivery = static (_, _) => new DeliverySettings(),
        ResolveSource = static (_, _) => new SourceSettings(),
        ResolveRelayDomain = static _ => false,
    };

    private static ServerView View(ServerClock clock, CurrentSettings settings, Scheduler scheduler) => new()
    {
        Clock = clock,
        Settings = settings,
        Traffic = new TrafficCounters(clock),
        QueueTotals = scheduler.Totals,
        Queues = scheduler.Select,
        Scheduler = scheduler,
        ReadEnvelope = static _ => null,
        Delete = static (_, _, _) => throw new NotSupportedException(),
        Resolve = static (_, _) => throw new NotSupportedException(),
        Reroute = static (_, _, _) => throw new NotSupportedException(),
        CheckSpf = static _ => throw new NotSupportedException(),
        ClearDnsCache = static _ => { },
        ClearSecrets = static () => { },
        LoadConfig = static () => throw new NotSupportedException(),
        Trace = static (_, _, _, _) => throw new NotSupportedException(),
        RotateLog = static () => Task.FromResult(false),
        RotateAccounting = static _ => Task.FromResult(0),
        Spool = static () => default,
        Resolver = static () => default,
        AccountingFiles = static () => [],
        NotReady = static () => null,
        ShuttingDown = static () => false,
        Reload = static _ => throw new NotSupportedException(),
    };
}
