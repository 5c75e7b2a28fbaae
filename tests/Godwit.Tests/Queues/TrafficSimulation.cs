// A receiver's view of the scheduler: connections with latencies in virtual time against servers that take everything and count. Whatever the limits are,
// the books of the receiver must show that none was exceeded in any window, that mail of a job kept its order, and that everything left.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

internal sealed class TrafficSimulation
{
    private readonly Random _random;
    private readonly PriorityQueue<Action, (Instant Time, long Number)> _events = new();
    private readonly Dictionary<QueuedRecipient, long> _waiting = [];
    private readonly Dictionary<(QueueKey Queue, string Job, byte Priority), long> _served = [];
    private readonly Dictionary<string, int> _open = [];
    private readonly Dictionary<QueuedRecipient, (string Job, byte Priority)> _jobs = [];
    private long _number;

    public TrafficSimulation(int seed, QueueWorld world)
    {
        _random = new Random(seed);
        World = world;
    }

    public QueueWorld World { get; }

    public Dictionary<string, List<Passed>> Books { get; } = [];

    /// <summary>Largest numbers of connections at once, by what they count at.</summary>
    public Dictionary<string, int> Most { get; } = [];

    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(40);

    /// <summary>The host that a connection goes to; its address is 10.0.0.N.</summary>
    public Func<QueueKey, int> Host { get; set; } = static _ => 1;

    /// <summary>The provider's group that DNS gives a domain now; null for none. Asked when a connection is granted, and it takes a moment.</summary>
    public Func<QueueKey, QueueKey?>? Provider { get; set; }

    /// <summary>Recipients that each queue has had so far.</summary>
    public Dictionary<QueueKey, int> Served { get; } = [];

    public bool IsEmpty => _waiting.Count == 0;

    public void Submit(QueueKey key, string job = "", byte priority = 50, int recipients = 1, long length = 1000)
    {
        var message = World.Message(recipients, length: length);
        var all = new (QueueKey, QueuedRecipient)[recipients];
        for (int i = 0; i < recipients; i++)
        {
            var recipient = new QueuedRecipient(message, i, priority);
            all[i] = (key, recipient);
            _waiting.Add(recipient, _number++);
            _jobs.Add(recipient, (job, priority));
        }

        World.Scheduler.Enqueue(all, World.Now, new StreamKey(job, "shop.example"));
    }

    public void At(TimeSpan time, Action action) => _events.Enqueue(action, (World.Now + time, _number++));

    /// <summary>Lets time run until nothing waits or <paramref name="most"/> has passed.</summary>
    public void Run(TimeSpan most)
    {
        Instant end = World.Now + most;
        while (true)
        {
            while (World.Grant() is { } ticket)
            {
                if (Provider is null)
                {
                    Begin(ticket, null);
                }
                else
                {
                    At(Latency * 0.5 * _random.NextDouble(), () => AskDns(ticket));
                }
            }

            Instant next = World.Scheduler.NextDue(World.Now);
            if (_events.TryPeek(out _, out (Instant Time, long Number) first))
            {
                next = Instant.Min(next, first.Time);
            }

            if ((_waiting.Count == 0 && _events.Count == 0) || next == Instant.Never || next > end)
            {
                return;
            }

            World.PassTo(Instant.Max(World.Now, next));
            World.Scheduler.TakeExpired(World.Now, 10);
            while (_events.TryPeek(out _, out first) && first.Time <= World.Now)
            {
                _events.Dequeue()();
            }
        }
    }

    private void AskDns(DeliveryTicket ticket)
    {
        QueueKey? group = Provider!(ticket.Key);
        DomainName MainDomain(QueueKey key) => DomainName.Parse(key.Destination.Text.Replace(".rollup", ".example", StringComparison.Ordinal));
        if (group is { } key ? ticket.JoinGroup(key.Destination, MainDomain(key), World.Now) : ticket.LeaveGroup(World.Now))
        {
            ticket.Close(World.Now);
        }
        else
        {
            Begin(ticket, group);
        }
    }

    private void Begin(DeliveryTicket ticket, QueueKey? group)
    {
        int host = Host(ticket.Key);
        var address = new IPAddress([10, 0, 0, (byte)host]);
        if (!ticket.TryUseHost($"mx{host}.example", address, World.Now))
        {
            ticket.WaitForHost(World.Now);
            ticket.Close(World.Now);
            return;
        }

        string source = ticket.Source.Address?.ToString() ?? "any";
        string[] counts =
        [
            "all", $"vmta {ticket.Key.VirtualMta}", $"queue {ticket.Key}", $"source {source} queue {ticket.Key}", $"mx{host} from {source}", $"address {host}",
            .. group is null ? (string[])[] : [$"group {group}", $"source {source} group {group}"],
            .. World.Pools.Values.Where(pool => pool.Members.Contains(ticket.Key.VirtualMta)).Select(pool => $"pool {pool.Name}"),
        ];
        Array.ForEach(counts, Open);
        foreach (string where in counts)
        {
            Book(where + " connects", 1, 0);
        }

        At(Latency * (0.5 + _random.NextDouble()), () =>
        {
            ticket.Connected(World.Now);
            Serve(ticket, counts);
        });
    }

    private void Serve(DeliveryTicket ticket, string[] counts)
    {
        TicketState state = ticket.Next(World.Now, out DeliveryOrder? order, out Instant notBefore);
        switch (state)
        {
            case TicketState.HasOrder:
                Take(order!, ticket.Key, counts);
                At(Latency * (0.5 + _random.NextDouble()), () =>
                {
                    World.Finish(ticket, order!);
                    Serve(ticket, counts);
                });
                break;
            case TicketState.Wait when notBefore - World.Now <= TimeSpan.FromSeconds(1):
                At(notBefore - World.Now, () => Serve(ticket, counts));
                break;
            default:
                foreach (string where in counts)
                {
                    _open[where]--;
                }

                ticket.Close(World.Now);
                break;
        }
    }

    private void Take(DeliveryOrder order, QueueKey key, string[] counts)
    {
        for (int i = 0; i < order.Count; i++)
        {
            Assert.True(_waiting.Remove(order[i], out long number), "a recipient was handed out twice");
            (string job, byte priority) = _jobs[order[i]];
            long before = _served.GetValueOrDefault((key, job, priority), -1);
            Assert.True(number > before, $"mail of job {job} overtook its own");
            _served[(key, job, priority)] = number;
        }

        Served[key] = Served.GetValueOrDefault(key) + order.Count;
        foreach (string where in counts)
        {
            Book(where, order.Count, order.Message.ContentLength);
        }
    }

    private void Open(string where)
    {
        int open = _open[where] = _open.GetValueOrDefault(where) + 1;
        Most[where] = Math.Max(Most.GetValueOrDefault(where), open);
    }

    private void Book(string where, int units, long octets)
    {
        if (!Books.TryGetValue(where, out List<Passed>? book))
        {
            Books.Add(where, book = []);
        }

        book.Add(new Passed(World.Now, units, octets));
    }

    /// <summary>Fails when more passed in some window than <paramref name="rate"/> allows: rate × window, one unit, and the batch of fast rates.</summary>
    public void CheckUnits(string where, Rate rate) => Check(where, rate, static each => each.Units, 1);

    /// <summary>The same for octets: one message more than the rate may be under way.</summary>
    public void CheckOctets(string where, Rate rate, long longest) => Check(where, rate, static each => each.Octets, longest);

    private void Check(string where, Rate rate, Func<Passed, long> size, long slack)
    {
        if (rate.IsUnlimited || !Books.TryGetValue(where, out List<Passed>? book))
        {
            return;
        }

        double perTick = rate.Count / (double)rate.Period.Ticks;
        double tolerance = RateGate.ToleranceOf(rate).Ticks;

        // The largest excess over a straight line through any two points, in one pass: the lowest start so far against the present end.
        double lowest = double.MaxValue;
        double total = 0;
        foreach (Passed each in book)
        {
            lowest = Math.Min(lowest, total - each.Time.Ticks * perTick);
            total += size(each);
            double excess = total - each.Time.Ticks * perTick - lowest;
            Assert.True(excess <= slack + tolerance * perTick + 1e-3, $"{where}: {excess:0.##} more than {rate} allows in one window");
        }
    }

    /// <summary>Something that the receiver has seen.</summary>
    public readonly record struct Passed(Instant Time, int Units, long Octets);
}
