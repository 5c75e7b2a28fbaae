using System.Net;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Control;

/// <summary>A server as Control sees it, with everything behind it set by the test.</summary>
public sealed class TestServer
{
    public TestServer()
    {
        Settings = new CurrentSettings(Configured(), Instant.FromDateTime(_start));
        Clock = new ServerClock(Time);
        Traffic = new TrafficCounters(Clock);
        Operator = new Operator(View(), NullLogger.Instance);
    }

    private static readonly DateTimeOffset _start = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public FakeTimeProvider Time { get; } = new(_start);

    public ServerClock Clock { get; }

    public TrafficCounters Traffic { get; }

    public CurrentSettings Settings { get; }

    public Operator Operator { get; }

    public List<QueueReport> Queues { get; } = [];

    public string? NotReady { get; set; }

    public bool ShuttingDown { get; set; }

    public Func<CancellationToken, Task<ReloadReport>> Reload { get; set; } = _ => Task.FromResult(Reloaded(2));

    /// <summary>What a reload says that made this version.</summary>
    public static ReloadReport Reloaded(int version) => new(reloaded: true, [], version, Instant.FromDateTime(_start));

    /// <summary>What a reload says that was refused.</summary>
    public static ReloadReport Refused(params ConfigProblem[] problems) => new(reloaded: false, problems, 1, Instant.FromDateTime(_start));

    public QueueReport AddQueue(string name, long recipients, string waitReason = "", params string[] errors)
    {
        string[] parts = name.Split('/');
        Assert.True(DomainName.TryParse(parts[0], out DomainName domain));
        QueueEvent[] events = [.. errors.Select((text, i) => new QueueEvent(Clock.Now + TimeSpan.FromSeconds(i), text))];
        bool waits = waitReason.Length > 0;
        var queue = new QueueReport(
            new QueueKey(domain, parts[1]), recipients, recipients * 1024, Connections: 3, Paused: false, InRetry: waits,
            waits ? Clock.Now + TimeSpan.FromMinutes(10) : Instant.Never, waitReason, events);
        Queues.Add(queue);
        return queue;
    }

    private QueueSelection Select(Func<QueueKey, bool> matches, int most, bool byName)
    {
        QueueReport[] matching = [.. Queues.Where(queue => matches(queue.Key)).OrderByDescending(queue => byName ? 0 : queue.Recipients)
            .ThenBy(queue => queue.Key.ToString(), StringComparer.Ordinal)];
        return new QueueSelection([.. matching.Take(most)], matching.Length);
    }

    private ServerView View() => new()
    {
        Clock = Clock,
        Settings = Settings,
        Traffic = Traffic,
        QueueTotals = () => new QueueTotals(Queues.Sum(queue => queue.Recipients), Queues.Count, Queues.Sum(queue => queue.Bytes), 0),
        Queues = Select,
        Spool = () => new SpoolCounts(100, 2, 5),
        Resolver = () => new ResolverCounts(7, 1),
        AccountingFiles = () => ["/var/log/godwit/acct-2026-03-04-0000.csv"],
        NotReady = () => NotReady,
        ShuttingDown = () => ShuttingDown,
        Reload = cancellation => Reload(cancellation),
    };

    private static ServerSettings Configured() => new()
    {
        HostName = "mx1.sender.example",
        Listeners = [],
        NameServers = [new IPEndPoint(IPAddress.Loopback, 53)],
        Spool = new SpoolSettings("/nowhere", 0),
        AccountingFiles = [],
        VirtualMtas = new Dictionary<string, VirtualMtaSettings>(),
        Pools = new Dictionary<string, PoolSettings>(),
        ConfigFile = "/etc/godwit/config",
        ResolveDelivery = (_, _) => throw new InvalidOperationException("not asked here"),
        ResolveSource = (_, _) => throw new InvalidOperationException("not asked here"),
        ResolveRelayDomain = _ => false,
    };
}
