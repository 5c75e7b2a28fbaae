// What it costs to look at a server with a million queues: an open page of the console asks for the overview and for what it shows every five seconds.
// Counted is the CPU time of the process while nothing else is done in it, for each kind of page alone and for one of each together.

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

    private static readonly (string Name, Func<Operator, Task> Look)[] _pages =
    [
        ("overview", static _ => Task.CompletedTask),
        ("queues, most recipients", static it => QueuesAsync(it, new QueueQuery { Descending = true })),
        ("queues by name", static it => QueuesAsync(it, new QueueQuery { Sort = QueueSort.Name })),
        ("queues, filtered", static it => QueuesAsync(it, new QueueQuery { Text = "*77*.customer7*", Descending = true })),
        ("destinations", static it => it.Looks.Mail.DestinationsAsync(new SumQuery("", SumSort.Recipients, Descending: true), default)),
        ("one destination", static it => it.Looks.Mail.DestinationAsync("mail7919.customer1.example", default)),
        ("virtual MTAs", static it => it.Looks.Mail.VirtualMtasAsync(new SumQuery("", SumSort.Recipients, Descending: true), default)),
        ("one virtual MTA", static it => it.Looks.Mail.VirtualMtaAsync("{default}", default)),
        ("sources", static it => it.Looks.Mail.SourcesAsync(static _ => true, default)),
        ("jobs", static it => it.Looks.Mail.JobsAsync(default)),
    ];

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
        await FirstAsync(@operator); // Compiles what is to be measured.
        await PagesAsync(@operator, "queues alone", [_pages[1].Look], seconds);
        await PagesAsync(@operator, "one of each", [.. _pages.Select(static page => page.Look)], seconds);
        foreach ((string name, Func<Operator, Task> look) in _pages)
        {
            await CostAsync(@operator, name, look);
        }
    }

    /// <summary>What a kind of page costs when it is the only one: the snapshot with what it wants of it, and each look after that.</summary>
    private static async Task CostAsync(Operator @operator, string name, Func<Operator, Task> look)
    {
        using var process = Process.GetCurrentProcess();
        @operator.Looks.Renew();
        GC.Collect();
        process.Refresh();
        TimeSpan before = process.TotalProcessorTime;
        await @operator.Looks.OverviewAsync(default);
        await look(@operator);
        process.Refresh();
        TimeSpan first = process.TotalProcessorTime - before;
        before = process.TotalProcessorTime;
        const int Looks = 100;
        for (int i = 0; i < Looks; i++)
        {
            await @operator.Looks.OverviewAsync(default);
            await look(@operator);
        }

        process.Refresh();
        double later = (process.TotalProcessorTime - before).TotalMilliseconds / Looks;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name}: {first.TotalMilliseconds:0} ms of CPU with a new snapshot, {later:0.0} ms each look after it"));
    }

    /// <summary>What a page waits for when nobody has looked before.</summary>
    private static async Task FirstAsync(Operator @operator)
    {
        for (int i = 0; i < 3; i++)
        {
            @operator.Looks.Renew();
            long begun = Stopwatch.GetTimestamp();
            await QueuesAsync(@operator, new QueueQuery { Descending = true });
            Console.WriteLine($"a look that makes the snapshot anew: {(int)Stopwatch.GetElapsedTime(begun).TotalMilliseconds} ms");
            begun = Stopwatch.GetTimestamp();
            await QueuesAsync(@operator, new QueueQuery { Descending = true });
            Console.WriteLine($"the next one: {(int)Stopwatch.GetElapsedTime(begun).TotalMicroseconds} us");
        }
    }

    private static async Task PagesAsync(Operator @operator, string name, IReadOnlyList<Func<Operator, Task>> pages, int seconds)
    {
        // What another kind of page has made counts for none: each begins with a snapshot of its own.
        @operator.Looks.Renew();
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        long begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds)
        {
            foreach (Func<Operator, Task> page in pages)
            {
                await @operator.Looks.OverviewAsync(default);
                await page(@operator);
            }

            await Task.Delay(_every, TimeProvider.System);
        }

        process.Refresh();
        TimeSpan used = process.TotalProcessorTime - before;
        double share = used / Stopwatch.GetElapsedTime(begun);
        long memory = GC.GetTotalMemory(forceFullCollection: true) >> 20;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {used.TotalSeconds:0.00} s of CPU, {share * 100:0.00} % of one core, {share * 100 / pages.Count:0.00} % a page; {memory} MB"));
    }

    private static Task<QueuePage> QueuesAsync(Operator @operator, QueueQuery query) => @operator.Looks.Queues.PageAsync(query, null, 0, 60, default);

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
