// A dispatcher with its scheduler, and a test behind every door: fates are noted, content comes from memory, DNS says what the test says.

using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Smtp;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Delivery;

/// <summary>What became of one recipient.</summary>
public sealed record Fate(string Recipient, Verdict Verdict, AttemptContext Attempt)
{
    public VerdictKind Kind => Verdict.Kind;

    public string Reply => Verdict.Reply.ToString();
}

internal sealed class DeliveryBench : IAsyncDisposable
{
    public const string Body = "From: a@sender.test\r\nSubject: greetings\r\n\r\nHello.\r\n";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly Channel<Fate> _fates = Channel.CreateUnbounded<Fate>();
    private readonly Channel<(SmtpReply Reply, AttemptContext Attempt)> _queueFailures = Channel.CreateUnbounded<(SmtpReply, AttemptContext)>();
    private readonly ConcurrentDictionary<MessageId, (Envelope Envelope, ReadOnlyMemory<byte>[] Pieces)> _messages = new();
    private readonly ConnectionDeadlines _deadlines;
    private readonly MessageId.Sequence _ids;

    public DeliveryBench(DeliverySettings settings, IPAddress? source = null)
    {
        Settings = settings;
        Clock = new ServerClock(Time);
        _ids = new MessageId.Sequence(Clock);
        _deadlines = new ConnectionDeadlines(Time);
        Traffic = new TrafficCounters(Clock);
        ServerSettings = TestSettings(source);
        Scheduler = new Scheduler(new CurrentSettings(ServerSettings));
        Doors = new DeliveryDoors
        {
            Open = message => new MessageContent(_messages[message.Id].Envelope, _messages[message.Id].Pieces),
            Settle = SettleAsync,
            QueueFailed = (_, reply, attempt) =>
            {
                _queueFailures.Writer.TryWrite((reply, attempt));
                return ValueTask.CompletedTask;
            },
            Expire = async (key, recipient) =>
            {
                Envelope envelope = _messages[recipient.Message.Id].Envelope;
                Verdict verdict = DeliveryVerdicts.Expired(null, Settings, Clock.Now);
                await SettleAsync(key, envelope, [new RecipientOutcome(recipient, verdict)], new AttemptContext { DeliveryType = "smtp" });
            },
            TellDelays = delayed =>
            {
                Delayed.Enqueue(delayed);
                return ValueTask.CompletedTask;
            },
            FindMx = (_, _, _) => ValueTask.FromResult(Mx),
            FindHost = (name, _, _) => ValueTask.FromResult(Hosts.GetValueOrDefault(name.Text) ?? new MxAnswer(MxStatus.NoSuchDomain, [], "NXDOMAIN")),
        };
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public ServerClock Clock { get; }

    public Scheduler Scheduler { get; }

    public TrafficCounters Traffic { get; }

    public DeliverySettings Settings { get; }

    public ServerSettings ServerSettings { get; }

    public DeliveryDoors Doors { get; set; }

    /// <summary>What DNS says about the destination.</summary>
    public MxAnswer Mx { get; set; } = new(MxStatus.NoSuchDomain, [], "NXDOMAIN");

    /// <summary>What DNS says about a host.</summary>
    public Dictionary<string, MxAnswer> Hosts { get; } = [];

    /// <summary>Whose senders were to be told that they wait, portion by portion.</summary>
    public ConcurrentQueue<IReadOnlyList<DelayedRecipient>> Delayed { get; } = new();

    public DeliveryDispatcher? Dispatcher { get; private set; }

    /// <summary>Settings that send everything to these servers, each a level of its own.</summary>
    public static DeliverySettings To(params ScriptedSmtpServer[] servers) => new()
    {
        SmtpHosts = [.. servers.Select(each => new HostLevel([new HostTarget(default, each.EndPoint.Address, each.Port, LookupMx: false)]))],
    };

    public static DeliverySettings ToPort(int port) => new()
        { SmtpHosts = [new HostLevel([new HostTarget(default, IPAddress.Loopback, port, LookupMx: false)])] };

    /// <summary>A bench that runs.</summary>
    public static DeliveryBench Start(DeliverySettings settings, IPAddress? source = null)
    {
        var bench = new DeliveryBench(settings, source);
        bench.Start();
        return bench;
    }

    public void Start()
    {
        Dispatcher = new DeliveryDispatcher(Scheduler, Doors, _deadlines, Traffic, new Random(1), Clock, NullLogger.Instance);
        Dispatcher.Start();
    }

    /// <summary>Queues a message. The body may be cut into pieces.</summary>
    public StoredMessage Submit(
        string body = Body, string[]? to = null, Func<Envelope, Envelope>? shape = null, int pieceSize = int.MaxValue, string destination = "dest.test",
        string virtualMta = EnvelopeRecipient.DefaultVirtualMta)
    {
        to ??= [$"b@{destination}"];
        var key = new QueueKey(DomainName.Parse(destination), virtualMta);
        var envelope = new Envelope
        {
            Id = _ids.Next(),
            Sender = EmailAddress.Parse("a@sender.test"),
            Recipients = [.. to.Select(each => new EnvelopeRecipient
                { Address = EmailAddress.Parse(each), Destination = key.Destination, VirtualMta = key.VirtualMta })],
        };
        envelope = shape?.Invoke(envelope) ?? envelope;
        byte[] octets = Encoding.UTF8.GetBytes(body);
        _messages[envelope.Id] = (envelope, [.. octets.Chunk(Math.Min(pieceSize, Math.Max(1, octets.Length))).Select(each => (ReadOnlyMemory<byte>)each)]);
        var message = new StoredMessage(envelope.Id, 0, 0, octets.Length, to.Length);

        // At once: a grant between two recipients would make two transactions of one message.
        lock (Scheduler.Gate)
        {
            for (int i = 0; i < to.Length; i++)
            {
                Scheduler.Enqueue(key, new QueuedRecipient(message, i), Clock.Now);
            }
        }

        return message;
    }

    public async Task<Fate> FateAsync() => await _fates.Reader.ReadAsync().AsTask().WaitAsync(_patience);

    /// <summary>The next fates, by recipient.</summary>
    public async Task<Dictionary<string, Fate>> FatesAsync(int count)
    {
        var fates = new Dictionary<string, Fate>();
        for (int i = 0; i < count; i++)
        {
            Fate fate = await FateAsync();
            fates.Add(fate.Recipient, fate);
        }

        return fates;
    }

    public int FatesWaiting => _fates.Reader.Count;

    public async Task<(SmtpReply Reply, AttemptContext Attempt)> QueueFailureAsync() => await _queueFailures.Reader.ReadAsync().AsTask().WaitAsync(_patience);

    /// <summary>Lets time pass, in steps that give everything under way a chance, until something is true.</summary>
    public async Task PassTimeUntilAsync(TimeSpan step, Func<bool> reached)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (!reached())
        {
            Assert.True(patience.Elapsed < _patience, "what was waited for did not happen");
            Time.Advance(step);
            await Task.Delay(5);
        }
    }

    /// <summary>Waits for real work to get somewhere, without letting time pass.</summary>
    public static async Task EventuallyAsync(Func<bool> reached)
    {
        var patience = System.Diagnostics.Stopwatch.StartNew();
        while (!reached())
        {
            Assert.True(patience.Elapsed < _patience, "what was waited for did not happen");
            await Task.Delay(2);
        }
    }

    /// <summary>Waits until no delivery runs.</summary>
    public Task EventualIdleAsync() => EventuallyAsync(() => Dispatcher!.Running == 0);

    public QueueReport? Queue() => Scheduler.Select(_ => true, 1, byName: false).Queues is [QueueReport first, ..] ? first : null;

    public bool HasFate => _fates.Reader.Count > 0;

    public bool HasQueueFailure => _queueFailures.Reader.Count > 0;

    public async ValueTask DisposeAsync()
    {
        if (Dispatcher is not null)
        {
            await Dispatcher.DisposeAsync().AsTask().WaitAsync(_patience);
        }

        _deadlines.Dispose();
    }

    private ValueTask<Task> SettleAsync(QueueKey key, Envelope envelope, IReadOnlyList<RecipientOutcome> outcomes, AttemptContext attempt)
    {
        foreach ((QueuedRecipient recipient, Verdict verdict) in outcomes)
        {
            if (verdict.Kind == VerdictKind.Deferred)
            {
                Scheduler.Defer(key, recipient, verdict.NotBefore, counted: true, Clock.Now);
            }
            else
            {
                Scheduler.Finish(key, recipient, Clock.Now);
            }

            _fates.Writer.TryWrite(new Fate(envelope.Recipients[recipient.Index].Address.Text, verdict, attempt));
        }

        return ValueTask.FromResult(Task.CompletedTask);
    }

    private ServerSettings TestSettings(IPAddress? source)
    {
        var vmta = new VirtualMtaSettings { Name = EnvelopeRecipient.DefaultVirtualMta, SourceHosts = [new SourceHost(source, "out.sender.test")] };
        return new ServerSettings
        {
            HostName = "out.sender.test",
            Listeners = [],
            NameServers = [],
            Spool = new SpoolSettings("", 0),
            AccountingFiles = [],
            VirtualMtas = new Dictionary<string, VirtualMtaSettings>(StringComparer.OrdinalIgnoreCase) { [vmta.Name] = vmta },
            Pools = new Dictionary<string, PoolSettings>(),
            ConfigFile = "",
            ResolveDelivery = (_, _) => Settings,
            ResolveSource = (_, _) => new SourceSettings(),
            ResolveRelayDomain = _ => true,
        };
    }
}
