using System.Net;
using System.Threading.Channels;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Export;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tests.Reception;
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
        Scheduler = new Scheduler(Settings);
        View = MakeView();
        Operator = new Operator(View, Log);
    }

    private static readonly DateTimeOffset _start = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    /// <summary>What the operator's rooms have logged.</summary>
    internal RecordingLog Log { get; } = new();

    public FakeTimeProvider Time { get; } = new(_start);

    public ServerClock Clock { get; }

    public TrafficCounters Traffic { get; }

    public CurrentSettings Settings { get; }

    /// <summary>All of it, as the verbs get it.</summary>
    public ServerView View { get; }

    public Operator Operator { get; }

    /// <summary>For verbs that change something; what <see cref="AddQueue"/> adds it does not know.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>What is on disk.</summary>
    public Dictionary<StoredMessage, Envelope> Envelopes { get; } = [];

    /// <summary>What was deleted, in order; it has left its queue by then.</summary>
    public List<(string Queue, int Recipients, RemovalTerms Terms)> Deleted { get; } = [];

    /// <summary>Settlement has ended: no fate can be recorded.</summary>
    public bool DeleteFails { get; set; }

    public MxAnswer DnsAnswer { get; set; } = new(MxStatus.TemporaryFailure, [], "nobody answers");

    /// <summary>What DNS was asked last.</summary>
    public Godwit.Delivery.ResolveTerms? Resolved { get; private set; }

    /// <summary>The names that were forgotten; "*" for all.</summary>
    public List<string> Forgotten { get; } = [];

    /// <summary>What became of recipients lately, by queue.</summary>
    public Dictionary<string, IReadOnlyList<RecipientEvent>> Recent { get; } = [];

    /// <summary>What the configuration file is found to be.</summary>
    public Func<ConfigLoad> Load { get; set; } = () => new ConfigLoad(null, []);

    public static MachineFacts Machine { get; } = new()
    {
        SystemName = "Linux", SystemVersion = "6.1.0", ProcessorType = "x64", ProcessorCount = 2, Megabytes = 4096, ProductVersion = "1.2.3", ProductRevision = "abc1234",
        ProductBuildDate = "2026-03-01 12:00:00",
    };

    /// <summary>What is said in the next delivery; null when none begins.</summary>
    public IReadOnlyList<string>? Dialog { get; set; }

    public bool HasLogFile { get; set; } = true;

    public List<QueueReport> Queues { get; } = [];

    /// <summary>Lists of queues come from the real scheduler, and not from what <see cref="AddQueue"/> adds.</summary>
    public bool ListsScheduler { get; set; }

    public List<UnclassifiedReply> UnknownReplies { get; } = [];

    /// <summary>DKIM keys beside what is published.</summary>
    public List<Godwit.Verification.KeyComparison> Keys { get; } = [];

    /// <summary>Where a destination's mail goes beside what DNS says.</summary>
    public Func<Godwit.Delivery.ResolvedDestination, Godwit.Delivery.ResolvedDestination> Explain { get; set; } = found => found;

    public string? NotReady { get; set; }

    public List<ExportTrouble> Held { get; } = [];

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

    /// <summary>A message in the real scheduler, accepted now.</summary>
    public StoredMessage Enqueue(string virtualMta, string[] recipients, string sender = "news@sender.example", string job = "", string envelopeId = "")
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        var message = new StoredMessage(new MessageId(Clock.Now.UnixMilliseconds << 22), 0, 0, 1024, recipients.Length);
        Envelopes[message] = new Envelope
        {
            Id = message.Id,
            Sender = sender.Length == 0 ? EmailAddress.Null : EmailAddress.Parse(sender),
            JobId = job,
            EnvelopeId = envelopeId,
            Recipients =
            [
                .. recipients.Select(EmailAddress.Parse).Select(address =>
                    new EnvelopeRecipient { Address = address, Destination = address.Domain, VirtualMta = virtualMta }),
            ],
        };
        Scheduler.Enqueue(
            [.. Envelopes[message].Recipients.Index().Select(each => (new QueueKey(each.Item.Destination, virtualMta), new QueuedRecipient(message, each.Index)))],
            Clock.Now,
            new StreamKey(job, DomainOf(sender)));
        return message;
    }

    private static string DomainOf(string sender) => sender[(sender.IndexOf('@', StringComparison.Ordinal) + 1)..];

    private ValueTask<Task?> DeleteAsync(QueueKey key, IReadOnlyList<QueuedRecipient> recipients, RemovalTerms terms)
    {
        if (DeleteFails)
        {
            throw new ChannelClosedException();
        }

        Deleted.Add((key.ToString(), recipients.Count, terms));
        foreach (QueuedRecipient recipient in recipients)
        {
            Scheduler.Finish(key, recipient, Clock.Now);
        }

        return new(Task.CompletedTask);
    }

    private ValueTask<Task?> RerouteAsync(QueueKey key, IReadOnlyList<QueuedRecipient> recipients, string virtualMta)
    {
        if (DeleteFails)
        {
            throw new ChannelClosedException();
        }

        foreach (QueuedRecipient recipient in recipients)
        {
            Scheduler.Reroute(key, recipient, virtualMta, Clock.Now);
        }

        return new(Task.CompletedTask);
    }

    private QueueSelection Select(Func<QueueKey, bool> matches, int most, bool byName)
    {
        QueueReport[] matching = [.. Queues.Where(queue => matches(queue.Key)).OrderByDescending(queue => byName ? 0 : queue.Recipients)
            .ThenBy(queue => queue.Key.ToString(), StringComparer.Ordinal)];
        return new QueueSelection([.. matching.Take(most)], matching.Length);
    }

    private ServerView MakeView() => new()
    {
        Clock = Clock,
        Settings = Settings,
        Traffic = Traffic,
        QueueTotals = () => ListsScheduler ? Scheduler.Totals() : new QueueTotals(Queues.Sum(queue => queue.Recipients), Queues.Count, Queues.Sum(queue => queue.Bytes), 0),
        Queues = (matches, most, byName) => ListsScheduler ? Scheduler.Select(matches, most, byName) : Select(matches, most, byName),
        Unclassified = most => [.. UnknownReplies.Take(most)],
        CompareKeys = (_, _) => Task.FromResult<IReadOnlyList<Godwit.Verification.KeyComparison>>(Keys),
        Scheduler = Scheduler,
        ReadEnvelope = message => Envelopes.GetValueOrDefault(message),
        Delete = DeleteAsync,
        Reroute = RerouteAsync,
        Resolve = (terms, _) =>
        {
            Resolved = terms;
            return Task.FromResult(Explain(new Godwit.Delivery.ResolvedDestination(DnsAnswer)));
        },
        CheckSpf = terms => Task.FromResult(new SpfExplanation(
            new Godwit.Verification.SpfVerdict(Godwit.Verification.SpfResult.Fail, terms.Helo, "nobody", $"not {terms.Sender}"), ["a step"])
        {
            Packets = terms.DumpPackets ? ["a packet"] : [],
        }),
        ClearDnsCache = name => Forgotten.Add(name?.Text ?? "*"),
        ClearSecrets = () => Forgotten.Add("secrets"),
        RecentEvents = key => Recent.GetValueOrDefault(key.ToString(), []),
        LoadConfig = () => Task.FromResult(Load()),
        Machine = Machine,
        Trace = (_, begin, _, _) =>
        {
            begin();
            return Task.FromResult(Dialog);
        },
        RotateLog = () => Task.FromResult(HasLogFile),
        RotateAccounting = name => Task.FromResult(name is "" or "acct.csv" ? 1 : 0),
        Spool = () => new SpoolCounts(100, 2, 5),
        Resolver = () => new ResolverCounts(7, 1),
        AccountingFiles = () => ["/var/log/godwit/acct-2026-03-04-0000.csv"],
        ExportTroubles = () => Held,
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
        VirtualMtas = new Dictionary<string, VirtualMtaSettings>(StringComparer.OrdinalIgnoreCase)
        {
            ["v1"] = new() { Name = "v1", SourceHosts = [new SourceHost(IPAddress.Parse("192.0.2.1"), "mx1"), new SourceHost(IPAddress.Parse("192.0.2.2"), "mx2")] },
            ["v2"] = new() { Name = "v2", SourceHosts = [new SourceHost(null, "mx1")] },
        },
        Pools = new Dictionary<string, PoolSettings>(),
        ConfigFile = "/etc/godwit/config",
        ResolveDelivery = (domain, _) => new DeliverySettings { BackoffToNormalAfter = TimeSpan.FromHours(domain.Text == "gmail.com" ? 2 : 1) },
        ResolveSource = (_, _) => throw new InvalidOperationException("not asked here"),
        ResolveRelayDomain = _ => false,
    };
}
