// One random history of a scheduler, checked step by step. The model is as simple as it can be: a dictionary of recipients with their place, lists of the times
// at which something was let through, a count of connections. It shares no code with the scheduler, so it can only agree with it by being right.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

internal sealed class SchedulerSimulation
{
    private readonly Random _random;
    private readonly QueueWorld _world;
    private readonly Dictionary<QueuedRecipient, Mail> _mail = [];
    private readonly Dictionary<QueueKey, QueueModel> _queues = [];
    private readonly List<Connection> _connections = [];
    private long _arrivals;

    public SchedulerSimulation(int seed)
    {
        _random = new Random(seed);
        int virtualMtaLimit = _random.Next(1, 6);
        _world = new QueueWorld(total: _random.Next(1, 12), virtualMtas: [("v", virtualMtaLimit), ("w", 0)]);
        int count = _random.Next(1, 8);
        for (int i = 0; i < count; i++)
        {
            QueueKey key = QueueWorld.Key($"d{i}.example", i % 3 == 0 ? "w" : "v");
            DeliverySettings settings = RandomSettings();
            _world.Own[key.Destination.Text] = settings;
            _queues[key] = new QueueModel(key, settings);
        }

        _world.Reload();
        VirtualMtaLimit = virtualMtaLimit;
    }

    private int VirtualMtaLimit { get; }

    private Scheduler Scheduler => _world.Scheduler;

    private Instant Now => _world.Now;

    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            RandomStep();
            CheckSums();
        }

        RunDry();
        foreach (QueueModel queue in _queues.Values)
        {
            CheckRate(queue.Settings.MaxMsgRate, queue.Units);
            CheckRate(queue.Settings.MaxConnectRate, queue.Connects);
        }
    }

    private void RandomStep()
    {
        switch (_random.Next(20))
        {
            case < 4:
                Submit();
                break;
            case < 7:
                GrantOne();
                break;
            case < 15 when _connections.Count > 0:
                Use(_connections[_random.Next(_connections.Count)]);
                break;
            case 15:
                Expire();
                break;
            case 16:
                PauseOrResume();
                break;
            default:
                PassSomeTime();
                break;
        }
    }

    private DeliverySettings RandomSettings() => new()
    {
        MaxSmtpOut = _random.Next(1, 5),
        MaxMsgRate = RandomRate(),
        MaxConnectRate = RandomRate(),
        MaxMsgPerConnection = _random.Next(3) == 0 ? _random.Next(1, 4) : 0,
        MaxRcptPerTransaction = _random.Next(1, 4),
        RetryAfter = [.. Enumerable.Range(1, _random.Next(1, 4)).Select(i => TimeSpan.FromSeconds(i * 20))],
        RetryAfterDnsError = TimeSpan.FromSeconds(7),
        BounceAfter = TimeSpan.FromSeconds(_random.Next(30, 2000)),
        NotifyOfDelayEvery = _random.Next(2) == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(_random.Next(10, 100)),
    };

    private Rate RandomRate() => _random.Next(4) switch
    {
        0 => new Rate(_random.Next(1, 20), TimeSpan.FromMinutes(1)),
        1 => new Rate(_random.Next(1, 200), TimeSpan.FromSeconds(1)),
        _ => Rate.Unlimited,
    };

    private QueueModel RandomQueue() => _queues.Values.ElementAt(_random.Next(_queues.Count));

    private void Submit()
    {
        QueueModel queue = RandomQueue();
        int count = _random.Next(1, 6);
        StoredMessage message = _world.Message(count, TimeSpan.FromSeconds(_random.Next(4) == 0 ? _random.Next(1000) : 0));
        for (int i = 0; i < count; i++)
        {
            var recipient = new QueuedRecipient(message, i);
            var mail = new Mail(queue, _arrivals++);
            if (_random.Next(5) == 0)
            {
                mail.HasOwnPlace = true;
                recipient.Restore(1, Now + TimeSpan.FromSeconds(_random.Next(-10, 300)));
                mail.NotBefore = recipient.NotBefore;
            }

            _mail.Add(recipient, mail);
            queue.Mail.Add(recipient);
            Scheduler.Enqueue(queue.Key, recipient, Now);
        }
    }

    private Connection? GrantOne()
    {
        DeliveryTicket? ticket = Scheduler.TryGrant(Now);
        if (ticket is null)
        {
            return null;
        }

        QueueModel queue = _queues[ticket.Key];
        Assert.False(queue.IsPaused, "a paused queue got a connection");
        Assert.True(queue.RetryTime <= Now, "a queue in retry got a connection");
        Assert.True(Waiting(queue).Any(recipient => recipient.NotBefore <= Now), "a queue without ready mail got a connection");
        if (queue.MustProbe)
        {
            Assert.False(queue.IsProbing, "a second connection was opened before the probe stood");
            queue.IsProbing = true;
        }

        ticket.TryUseHost("mx.example", IPAddress.Loopback, Now);
        var connection = new Connection(ticket, queue, queue.Failures);
        _connections.Add(connection);
        queue.Connects.Add((Now, 1));
        Assert.True(_connections.Count(each => each.Queue == queue) <= queue.Settings.MaxSmtpOut, "max-smtp-out was exceeded");
        Assert.True(_connections.Count(each => each.Ticket.Key.VirtualMta == "v") <= VirtualMtaLimit, "max-smtp-out of the virtual MTA was exceeded");
        Assert.True(_connections.Count <= _world.Total, "total-max-smtp-out was exceeded");
        return connection;
    }

    private void Use(Connection connection)
    {
        if (connection.Order is not null)
        {
            Settle(connection);
        }
        else if (!connection.Stands)
        {
            Connect(connection);
        }
        else
        {
            AskForMore(connection);
        }
    }

    private void Connect(Connection connection)
    {
        QueueModel queue = connection.Queue;
        bool isCurrent = connection.FailuresAtGrant == queue.Failures;
        if (_random.Next(4) > 0)
        {
            connection.Stands = true;
            connection.Ticket.Connected(Now);
            if (isCurrent)
            {
                (queue.MustProbe, queue.IsProbing) = (false, false);
            }

            return;
        }

        bool dnsError = _random.Next(3) == 0;
        Instant retry = connection.Ticket.ConnectFailed("no luck", dnsError, Now);
        if (isCurrent)
        {
            IReadOnlyList<TimeSpan> steps = queue.Settings.RetryAfter;
            TimeSpan wait = dnsError ? queue.Settings.RetryAfterDnsError : steps[Math.Min(queue.Step, steps.Count - 1)];
            queue.Step += dnsError ? 0 : 1;
            queue.Failures++;
            (queue.RetryTime, queue.MustProbe, queue.IsProbing) = (Now + wait, true, false);
        }

        Assert.Equal(Instant.Max(queue.RetryTime, Now), retry);
        Close(connection);
    }

    private void AskForMore(Connection connection)
    {
        QueueModel queue = connection.Queue;
        TicketState state = connection.Ticket.Next(Now, out DeliveryOrder? order, out Instant notBefore);
        if (queue.IsPaused)
        {
            Assert.Equal(TicketState.Close, state);
        }

        switch (state)
        {
            case TicketState.HasOrder:
                Accept(connection, order!);
                break;
            case TicketState.Wait:
                Assert.True(notBefore > Now, "a wait without a time");
                connection.AskAgain = notBefore;
                break;
            case TicketState.Empty:
                Assert.DoesNotContain(Waiting(queue), recipient => recipient.NotBefore <= Now && ExpiryOf(recipient, queue) > Now);
                Close(connection);
                break;
            default:
                Close(connection);
                break;
        }
    }

    private void Accept(Connection connection, DeliveryOrder order)
    {
        QueueModel queue = connection.Queue;
        connection.Order = order;
        connection.Orders++;
        Assert.InRange(order.Count, 1, queue.Settings.MaxRcptPerTransaction);
        Assert.True(queue.Settings.MaxMsgPerConnection == 0 || connection.Orders <= queue.Settings.MaxMsgPerConnection, "too many messages on a connection");
        queue.Units.Add((Now, order.Count));
        long first = _mail[order[0]].Arrival;
        if (!_mail[order[0]].HasOwnPlace)
        {
            Assert.DoesNotContain(Waiting(queue), recipient => !_mail[recipient].HasOwnPlace && _mail[recipient].Arrival < first && ExpiryOf(recipient, queue) > Now);
        }

        for (int i = 0; i < order.Count; i++)
        {
            Mail mail = _mail[order[i]];
            Assert.Same(queue, mail.Queue);
            Assert.False(mail.IsOut, "a recipient was handed out twice");
            Assert.True(mail.NotBefore <= Now, "a recipient was attempted before its time");
            Assert.True(ExpiryOf(order[i], queue) > Now, "a recipient was attempted although it is too old");
            Assert.Same(order.Message, order[i].Message);
            mail.IsOut = true;
        }
    }

    private void Settle(Connection connection)
    {
        DeliveryOrder order = connection.Order!;
        connection.Order = null;
        if (_random.Next(8) == 0)
        {
            for (int i = 0; i < order.Count; i++)
            {
                Mail mail = _mail[order[i]];
                (mail.IsOut, mail.HasOwnPlace) = (false, true);
            }

            connection.Ticket.Return(order, Now);
            return;
        }

        for (int i = 0; i < order.Count; i++)
        {
            if (_random.Next(3) == 0)
            {
                Mail mail = _mail[order[i]];
                (mail.IsOut, mail.HasOwnPlace, mail.NotBefore) = (false, true, Now + TimeSpan.FromSeconds(_random.Next(-5, 200)));
                int attempts = order[i].Attempts;
                bool counted = _random.Next(2) == 0;
                Scheduler.Defer(connection.Queue.Key, order[i], mail.NotBefore, counted, Now);
                Assert.Equal(attempts + (counted ? 1 : 0), order[i].Attempts);
            }
            else
            {
                connection.Ticket.Delivered(Now);
                connection.Queue.Step = 0;
                Forget(order[i]);
                Scheduler.Finish(connection.Queue.Key, order[i], Now);
            }
        }
    }

    private void Close(Connection connection)
    {
        _connections.Remove(connection);
        if (connection.FailuresAtGrant == connection.Queue.Failures)
        {
            connection.Queue.IsProbing = false;
        }

        connection.Ticket.Close(Now);
    }

    private void Expire()
    {
        foreach (ExpiredRecipient expired in Scheduler.TakeExpired(Now, int.MaxValue))
        {
            Mail mail = _mail[expired.Recipient];
            Assert.False(mail.IsOut, "a recipient expired while it was on its way");
            Assert.True(ExpiryOf(expired.Recipient, mail.Queue) <= Now, "a recipient expired before its time");
            Forget(expired.Recipient);
            Scheduler.Finish(expired.Key, expired.Recipient, Now);
        }

        TimeSpan slack = TimeSpan.FromMicroseconds(10 * _mail.Count);
        foreach ((QueuedRecipient recipient, Mail mail) in _mail)
        {
            Assert.True(mail.IsOut || ExpiryOf(recipient, mail.Queue) > Now - slack, "a recipient is too old and still waits");
        }

        foreach (DelayedRecipient delayed in Scheduler.TakeDelayed(Now, int.MaxValue))
        {
            Mail mail = _mail[delayed.Recipient];
            TimeSpan every = mail.Queue.Settings.NotifyOfDelayEvery;
            long multiple = (Now - delayed.Recipient.Message.Id.Time).Ticks / every.Ticks;
            Assert.True(every > TimeSpan.Zero && multiple > mail.LastNotice, "a notice came twice");
            Assert.False(mail.IsOut, "a notice came for a recipient on its way");
            mail.LastNotice = multiple;
        }

        foreach ((QueuedRecipient recipient, Mail mail) in _mail.Where(each => each.Value.Queue.Settings.NotifyOfDelayEvery > TimeSpan.Zero))
        {
            long due = (Now - slack - recipient.Message.Id.Time).Ticks / mail.Queue.Settings.NotifyOfDelayEvery.Ticks;
            Assert.True(mail.IsOut || mail.LastNotice >= due, "a recipient waits and its notice did not come");
        }
    }

    private void Forget(QueuedRecipient recipient)
    {
        _mail.Remove(recipient, out Mail? mail);
        mail!.Queue.Mail.Remove(recipient);
    }

    private void PauseOrResume()
    {
        QueueModel queue = RandomQueue();
        if (queue.IsPaused || _random.Next(3) > 0)
        {
            Assert.Equal(queue.IsPaused, Scheduler.Resume(queue.Key, Now));
            queue.IsPaused = false;
        }
        else
        {
            Scheduler.Pause(queue.Key, Now);
            queue.IsPaused = true;
        }
    }

    private void PassSomeTime()
    {
        TimeSpan[] spans = [TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(137), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(40)];
        _world.Pass(spans[_random.Next(spans.Length)]);
    }

    private void CheckSums()
    {
        QueueTotals totals = Scheduler.Totals();
        Assert.Equal(_mail.Count, totals.Recipients);
        Assert.Equal(_mail.Count * 1000L, totals.Bytes);
        Assert.Equal(_connections.Count, totals.Connections);
        foreach (QueueModel queue in _queues.Values)
        {
            QueueReport? report = Scheduler.Queue(queue.Key);
            Assert.Equal(queue.Mail.Count, report?.Recipients ?? 0);
            if (report is null)
            {
                Assert.True(queue.RetryTime <= Now, "a queue in retry was forgotten");
                (queue.Step, queue.MustProbe) = (0, false); // What has gone remembers nothing.
            }
        }
    }

    /// <summary>No more mail comes and nothing is paused: following only what the scheduler announces, everything must leave.</summary>
    private void RunDry()
    {
        foreach (QueueModel queue in _queues.Values.Where(queue => queue.IsPaused))
        {
            queue.IsPaused = false;
            Scheduler.Resume(queue.Key, Now);
        }

        for (int turn = 0; _mail.Count > 0 || _connections.Count > 0; turn++)
        {
            Assert.True(turn < 100_000, "mail is left behind");
            Expire();
            while (GrantOne() is not null)
            {
            }

            if (turn % 50 == 0)
            {
                CheckSums();
            }

            Connection[] able = [.. _connections.Where(connection => connection.AskAgain <= Now)];
            foreach (Connection connection in able)
            {
                Use(connection);
            }

            if (able.Length == 0)
            {
                Instant next = Scheduler.NextDue(Now);
                foreach (Connection connection in _connections)
                {
                    next = Instant.Min(next, connection.AskAgain);
                }

                Assert.True(_mail.Count == 0 || next != Instant.Never, "mail waits and nothing is announced");
                _world.PassTo(Instant.Max(Now, next == Instant.Never ? Now : next));
            }
        }
    }

    /// <summary>In every window that starts and ends with a unit, no more than rate × window + 1, and the batch tolerance of fast rates.</summary>
    private static void CheckRate(Rate rate, List<(Instant Time, int Units)> passed)
    {
        if (rate.IsUnlimited)
        {
            return;
        }

        double perTick = rate.Count / (double)rate.Period.Ticks;
        double tolerance = rate.Interval < TimeSpan.FromSeconds(1) ? TimeSpan.FromMilliseconds(5).Ticks : 0;
        for (int from = 0; from < passed.Count; from++)
        {
            long units = 0;
            for (int to = from; to < passed.Count; to++)
            {
                units += passed[to].Units;
                double window = (passed[to].Time - passed[from].Time).Ticks + tolerance;
                Assert.True(units <= (window * perTick) + 1 + 1e-6, $"{units} units passed in {window / TimeSpan.TicksPerSecond} s at {rate}");
            }
        }
    }

    private static Instant ExpiryOf(QueuedRecipient recipient, QueueModel queue) => recipient.Message.Id.Time + queue.Settings.BounceAfter;

    private IEnumerable<QueuedRecipient> Waiting(QueueModel queue) => queue.Mail.Where(recipient => !_mail[recipient].IsOut);

    private sealed class Mail(QueueModel queue, long arrival)
    {
        public QueueModel Queue { get; } = queue;

        public long Arrival { get; } = arrival;

        public bool IsOut { get; set; }

        /// <summary>Was deferred or returned: its place in the order is no longer that of its arrival.</summary>
        public bool HasOwnPlace { get; set; }

        public Instant NotBefore { get; set; }

        public long LastNotice { get; set; }
    }

    private sealed class QueueModel(QueueKey key, DeliverySettings settings)
    {
        public QueueKey Key { get; } = key;

        public DeliverySettings Settings { get; } = settings;

        public HashSet<QueuedRecipient> Mail { get; } = [];

        public List<(Instant Time, int Units)> Units { get; } = [];

        public List<(Instant Time, int Units)> Connects { get; } = [];

        public bool IsPaused { get; set; }

        public Instant RetryTime { get; set; }

        public int Step { get; set; }

        public int Failures { get; set; }

        public bool MustProbe { get; set; }

        public bool IsProbing { get; set; }
    }

    private sealed class Connection(DeliveryTicket ticket, QueueModel queue, int failuresAtGrant)
    {
        public DeliveryTicket Ticket { get; } = ticket;

        public QueueModel Queue { get; } = queue;

        public int FailuresAtGrant { get; } = failuresAtGrant;

        public bool Stands { get; set; }

        public DeliveryOrder? Order { get; set; }

        public int Orders { get; set; }

        public Instant AskAgain { get; set; }
    }
}
