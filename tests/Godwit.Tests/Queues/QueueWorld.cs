// A scheduler with settings that a test can write down in one line, a clock that a test turns, and a maker of messages.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

internal sealed class QueueWorld
{
    private readonly CurrentSettings _current;
    private long _lastId;

    public QueueWorld(DeliverySettings? settings = null, int total = 1200, params (string Name, int MaxSmtpOut)[] virtualMtas)
    {
        Delivery = settings ?? new DeliverySettings();
        Total = total;
        VirtualMtas = virtualMtas;
        _current = new CurrentSettings(Freeze());
        Scheduler = new Scheduler(_current);
    }

    public Scheduler Scheduler { get; }

    public CurrentSettings Current => _current;

    public ServerSettings Settings => _current.Value;

    public Instant Now { get; private set; } = Instant.FromDateTime(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>In force for every queue without its own, after <see cref="Reload"/>.</summary>
    public DeliverySettings Delivery { get; set; }

    /// <summary>By domain, or by domain/virtual-mta.</summary>
    public Dictionary<string, DeliverySettings> Own { get; } = [];

    public int Total { get; set; }

    public (string Name, int MaxSmtpOut)[] VirtualMtas { get; set; }

    /// <summary>Makes of each virtual MTA what a test needs.</summary>
    public Func<VirtualMtaSettings, VirtualMtaSettings> Shape { get; set; } = static each => each;

    public Dictionary<string, PoolSettings> Pools { get; } = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<MxConnectionLimit> MxLimits { get; set; } = [];

    public IReadOnlyList<AddressLimit<int>> IpLimits { get; set; } = [];

    public IReadOnlyList<SourceHost> Sources { get; set; } = [new SourceHost(IPAddress.Loopback, "out.example")];

    public static QueueKey Key(string domain, string virtualMta = EnvelopeRecipient.DefaultVirtualMta) => new(DomainName.Parse(domain), virtualMta);

    public void Reload()
    {
        _current.Replace(Freeze());
        Scheduler.SettingsChanged(Now);
    }

    /// <summary>The same configuration and time, and a scheduler that knows nothing yet.</summary>
    public QueueWorld Restarted()
    {
        var next = new QueueWorld(Delivery, Total, VirtualMtas) { Sources = Sources, Shape = Shape, MxLimits = MxLimits, IpLimits = IpLimits, Now = Now };
        foreach ((string domain, DeliverySettings settings) in Own)
        {
            next.Own.Add(domain, settings);
        }

        foreach ((string name, PoolSettings pool) in Pools)
        {
            next.Pools.Add(name, pool);
        }

        next.Reload();
        return next;
    }

    public void Pass(TimeSpan time) => Now += time;

    public void PassTo(Instant time)
    {
        Assert.True(time >= Now, $"time would run back from {Now} to {time}");
        Now = time;
    }

    /// <summary>A message accepted <paramref name="age"/> ago.</summary>
    public StoredMessage Message(int recipients = 1, TimeSpan age = default, long length = 1000)
    {
        _lastId = Math.Max(_lastId + 1, 0);
        return new StoredMessage(new MessageId(((Now - age).UnixMilliseconds << 22) + _lastId % (1 << 22)), 0, 0, length, recipients);
    }

    /// <summary>Enqueues one message with so many recipients.</summary>
    public QueuedRecipient[] Submit(QueueKey key, int recipients = 1, TimeSpan age = default)
    {
        StoredMessage message = Message(recipients, age);
        var all = new QueuedRecipient[recipients];
        for (int i = 0; i < recipients; i++)
        {
            all[i] = new QueuedRecipient(message, i);
            Scheduler.Enqueue(key, all[i], Now);
        }

        return all;
    }

    /// <summary>Enqueues one message of a job.</summary>
    public QueuedRecipient SubmitJob(QueueKey key, string job, byte priority = 50, string tenant = "shop.example", long length = 1000)
    {
        var recipient = new QueuedRecipient(Message(length: length), 0, priority);
        Scheduler.Enqueue(key, recipient, Now, new StreamKey(job, tenant));
        return recipient;
    }

    /// <summary>Enqueues so many messages with one recipient.</summary>
    public QueuedRecipient[] SubmitMessages(QueueKey key, int count)
    {
        var all = new QueuedRecipient[count];
        for (int i = 0; i < count; i++)
        {
            all[i] = Submit(key)[0];
        }

        return all;
    }

    public DeliveryTicket? Grant() => Scheduler.TryGrant(Now);

    public DeliveryTicket MustGrant()
    {
        DeliveryTicket? ticket = Grant();
        Assert.NotNull(ticket);
        return ticket;
    }

    public List<DeliveryTicket> GrantAll()
    {
        var tickets = new List<DeliveryTicket>();
        while (Grant() is { } ticket)
        {
            tickets.Add(ticket);
        }

        return tickets;
    }

    public DeliveryOrder MustTake(DeliveryTicket ticket)
    {
        Assert.Equal(TicketState.HasOrder, ticket.Next(Now, out DeliveryOrder? order, out _));
        Assert.NotNull(order);
        return order;
    }

    public TicketState Ask(DeliveryTicket ticket) => ticket.Next(Now, out _, out _);

    public void Finish(DeliveryTicket ticket, DeliveryOrder order)
    {
        ticket.Delivered(Now);
        for (int i = 0; i < order.Count; i++)
        {
            Scheduler.Finish(ticket.Key, order[i], Now);
        }
    }

    /// <summary>Lets a ticket deliver until there is no order.</summary>
    public (int Recipients, TicketState End) Serve(DeliveryTicket ticket)
    {
        int recipients = 0;
        TicketState state;
        while ((state = ticket.Next(Now, out DeliveryOrder? order, out _)) == TicketState.HasOrder)
        {
            recipients += order!.Count;
            Finish(ticket, order);
        }

        return (recipients, state);
    }

    public string WhyWaits(QueueKey key)
    {
        QueueReport? report = Scheduler.Queue(key);
        Assert.NotNull(report);
        return report.WaitReason;
    }

    private ServerSettings Freeze()
    {
        DeliverySettings delivery = Delivery;
        var own = new Dictionary<string, DeliverySettings>(Own);
        var virtualMtas = new Dictionary<string, VirtualMtaSettings>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, int max) in VirtualMtas.Append((EnvelopeRecipient.DefaultVirtualMta, 0)))
        {
            virtualMtas[name] = Shape(new VirtualMtaSettings { Name = name, MaxSmtpOut = max, SourceHosts = Sources });
        }

        return new ServerSettings
        {
            HostName = "mta.example",
            Listeners = [],
            NameServers = [],
            Spool = new SpoolSettings("", 0),
            AccountingFiles = [],
            VirtualMtas = virtualMtas,
            Pools = new Dictionary<string, PoolSettings>(Pools, StringComparer.OrdinalIgnoreCase),
            MxConnectionLimits = MxLimits,
            IpConnectionLimits = IpLimits,
            TotalMaxSmtpOut = Total,
            ConfigFile = "test",
            ResolveDelivery = (domain, virtualMta) => own.Count == 0 ? delivery
                : own.GetValueOrDefault($"{domain.Text}/{virtualMta}") ?? own.GetValueOrDefault(domain.Text, delivery),
            ResolveSource = (_, _) => new SourceSettings(),
            ResolveRelayDomain = _ => false,
        };
    }
}
