// A random history of one server, cut at a random point, and the server that starts after it: recipients as the spool gives them back, states of queues
// through the keeper that writes and reads them. What operators and providers have said must be equal in both, and both must act on it.

using System.Collections.Concurrent;
using System.Net;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Queues;

internal sealed class RestartSimulation
{
    private static readonly string[] _domains = ["d0.example", "d1.example", "d2.example", "g0.example", "g1.example", "g2.example"];
    private static readonly QueueKey[] _keys = [.. _domains.SelectMany(domain => (QueueKey[])[QueueWorld.Key(domain, "v"), QueueWorld.Key(domain, "w")])];
    private static readonly DomainName _rollup = DomainName.Parse("big.rollup");
    private static readonly DomainName _main = DomainName.Parse("big.example");

    /// <summary>An end that moves by less is not written anew.</summary>
    private static readonly TimeSpan _slack = TimeSpan.FromMinutes(1);

    private readonly Random _random;
    private readonly QueueWorld _world;
    private readonly ConcurrentDictionary<string, byte[]> _spool = new();
    private readonly Dictionary<QueuedRecipient, OnDisk> _open = [];
    private readonly List<Connection> _tickets = [];

    /// <summary>An operator has said that they are tried now, and they were not yet.</summary>
    private readonly HashSet<QueuedRecipient> _released = [];

    /// <summary>Domains that DNS says are the provider's, for now.</summary>
    private readonly HashSet<string> _hosted = ["g0.example", "g1.example", "g2.example"];

    public RestartSimulation(int seed)
    {
        _random = new Random(seed);
        var settings = new DeliverySettings
        {
            MaxSmtpOut = 6,
            BackoffMaxSmtpOut = 2,
            BackoffToNormalAfter = TimeSpan.FromHours(2),
            BounceAfter = TimeSpan.FromDays(30),
            NotifyOfDelayEvery = Timeout.InfiniteTimeSpan,
        };
        _world = new QueueWorld(settings, total: 40, virtualMtas: [("v", 0), ("w", 9)])
        {
            Sources = [.. ((string[])["192.0.2.1", "192.0.2.2", "198.51.100.1"]).Select(text => new SourceHost(IPAddress.Parse(text), "out.example"))],
        };
        _world.Own["d1.example"] = settings with { BackoffRecovery = RecoveryKind.Gradual, BackoffToNormalAfter = Timeout.InfiniteTimeSpan };
        _world.Own["d2.example"] = settings with { BackoffUponAllSourcesDisabled = true, RetryUponNewMail = false };
        _world.Own["big.example"] = settings with { BackoffRecovery = RecoveryKind.Gradual, MaxSmtpOut = 8 };
        _world.Reload();
    }

    private Scheduler Scheduler => _world.Scheduler;

    private Instant Now => _world.Now;

    /// <summary>One history of so many steps, the restart, and the way both go on.</summary>
    public async Task RunAsync(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            Step();
            if (_random.Next(60) == 0)
            {
                await KeepAsync();
            }
        }

        Stop();
        await KeepAsync();

        // The start, as GodwitServer does it: states, then mail.
        QueueWorld next = _world.Restarted();
        Keeper(next).Restore();
        Dictionary<(long Message, int Index), QueuedRecipient> restored = RestoreMail(next);
        next.Scheduler.TakeExpired(Now, 1);
        CompareStates(next);
        CompareMail(restored);

        // What both do with it. DNS says from now on what the first believes: who cannot connect does not ask again, a new start does.
        Instant end = Now + TimeSpan.FromDays(2);
        Dictionary<QueueKey, QueueMemory> said = Said();
        Dictionary<QueueKey, QueueKey?> known = Scheduler.All().ToDictionary(queue => queue.Key, queue => queue.Group?.Key ?? GroupOf(queue.Key));
        HashSet<(long, int)> left = new DrainAfterRestart(_world, said, key => known[key]).Run(end, _open.Keys);
        HashSet<(long, int)> leftThere = new DrainAfterRestart(next, said, key => known[key]).Run(end, restored.Values);
        Assert.Equal(Waits(_world, left, leftThere), Waits(next, leftThere, left));
    }

    /// <summary>The group that DNS gives a queue now; null when none.</summary>
    private QueueKey? GroupOf(QueueKey key) => _hosted.Contains(key.Destination.Text) ? new QueueKey(_rollup, key.VirtualMta) : null;

    private QueueStateKeeper Keeper(QueueWorld world) => new(
        world.Scheduler, _spool, Put, _ => ValueTask.FromResult(new SmtpReply(250, "ok")), world.Current,
        new ServerClock(new FakeTimeProvider(new DateTimeOffset(world.Now.ToUtc()))), NullLogger.Instance);

    private ValueTask Put(string key, ReadOnlyMemory<byte> value)
    {
        if (value.Length == 0)
        {
            _spool.TryRemove(key, out _);
        }
        else
        {
            _spool[key] = value.ToArray();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Whatever has changed until now is in the spool.</summary>
    private async Task KeepAsync()
    {
        QueueStateKeeper keeper = Keeper(_world);
        keeper.Start();
        await keeper.DisposeAsync();
    }

    private void Step()
    {
        switch (_random.Next(20))
        {
            case < 4:
                Submit();
                break;
            case < 8 when Scheduler.TryGrant(Now) is { } ticket:
                _tickets.Add(new Connection(ticket));
                break;
            case < 15 when _tickets.Count > 0:
                Use(_tickets[_random.Next(_tickets.Count)]);
                break;
            case 15:
                _world.Pass(TimeSpan.FromSeconds(((int[])[1, 20, 60, 700, 3900])[_random.Next(5)]));
                Scheduler.TakeExpired(Now, 1);
                break;
            case 16 when !_hosted.Remove("g2.example"):
                _hosted.Add("g2.example"); // DNS names other hosts for it, or those of before.
                break;
            case > 16:
                Order(_keys[_random.Next(_keys.Length)]);
                break;
        }
    }

    private void Submit()
    {
        QueueKey key = _keys[_random.Next(_keys.Length)];
        var stream = new StreamKey($"j{_random.Next(4)}", _random.Next(2) == 0 ? "shop.example" : "news.example");
        StoredMessage message = _world.Message(_random.Next(1, 4));
        for (int i = 0; i < message.OpenRecipients; i++)
        {
            var recipient = new QueuedRecipient(message, i, (byte)(_random.Next(3) * 40));
            _open.Add(recipient, new OnDisk(key, stream, 0, default));
            Scheduler.Enqueue(key, recipient, Now, stream);
        }
    }

    private void Use(Connection connection)
    {
        DeliveryTicket ticket = connection.Ticket;
        if (!connection.HasAsked)
        {
            connection.HasAsked = true;
            bool isElsewhere = GroupOf(ticket.Key) is { } group ? ticket.JoinGroup(group.Destination, _main, Now) : ticket.LeaveGroup(Now);
            bool fails = !isElsewhere && _random.Next(10) == 0;
            if (fails)
            {
                ticket.ConnectFailed("refused", dnsError: false, Now);
            }

            if (isElsewhere || fails)
            {
                Close(connection);
                return;
            }

            ticket.Connected(Now);
        }

        if (connection.Order is null)
        {
            if (ticket.Next(Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
            {
                connection.Order = order;
            }
            else
            {
                Close(connection);
            }

            return;
        }

        Answer(connection, connection.Order);
        connection.Order = null;
    }

    private void Answer(Connection connection, DeliveryOrder order)
    {
        DeliveryTicket ticket = connection.Ticket;
        if (_random.Next(3) == 0)
        {
            _world.Finish(ticket, order);
            Enumerable.Range(0, order.Count).ToList().ForEach(i => _open.Remove(order[i]));
            return;
        }

        if (_random.Next(3) > 0)
        {
            ticket.React(RandomReaction(), Now, _open[order[0]].Stream);
        }

        for (int i = 0; i < order.Count; i++)
        {
            Instant notBefore = Now + TimeSpan.FromMinutes(_random.Next(1, 300));
            Scheduler.Defer(ticket.Key, order[i], notBefore, counted: true, Now);
            _open[order[i]] = _open[order[i]] with { Attempts = order[i].Attempts, NotBefore = notBefore };
            _released.Remove(order[i]);
        }
    }

    private void Close(Connection connection)
    {
        connection.Ticket.Close(Now);
        _tickets.Remove(connection);
    }

    private QueueReaction RandomReaction()
    {
        TimeSpan time = TimeSpan.FromMinutes(_random.Next(1, 200));
        TimeSpan? orElse = _random.Next(3) switch { 0 => null, 1 => Timeout.InfiniteTimeSpan, _ => time };
        var reaction = new QueueReaction
        {
            Reason = $"421 {_random.Next(3)}",
            RecoverGradually = _random.Next(2) == 0,
            Reach = (SourceReach)_random.Next(3),
            Alerts = _random.Next(5) == 0,
        };
        return _random.Next(8) switch
        {
            0 => reaction with { Mode = QueueMode.Backoff, BackoffFor = orElse },
            1 => reaction with { Mode = QueueMode.Normal },
            2 => reaction with { DisableSource = true, ReenableAfter = orElse },
            3 => reaction with { CeilingFor = time, SourceConnections = _random.Next(3), SourceMessages = _random.Next(3), HalvesConnections = _random.Next(3) == 0 },
            4 => reaction with { CeilingFor = time, SourceRate = new Rate(_random.Next(5, 20), TimeSpan.FromMinutes(1)) },
            5 => reaction with { HoldFor = time, MeansTenant = _random.Next(2) == 0 },
            6 => reaction with
            {
                LimitsStream = true,
                CeilingFor = time,
                HoldFor = _random.Next(2) == 0 ? time / 2 : default,
                MeansTenant = _random.Next(2) == 0,
                SourceConnections = _random.Next(3),
                SourceRate = _random.Next(2) == 0 ? default : new Rate(_random.Next(5, 20), TimeSpan.FromMinutes(1)),
                HalvesConnections = _random.Next(4) == 0,
            },
            _ => reaction with { DeferQueue = true },
        };
    }

    /// <summary>Something that an operator says.</summary>
    private void Order(QueueKey key)
    {
        QueueKey named = _random.Next(3) == 0 ? new QueueKey(_rollup, key.VirtualMta) : key;
        IPAddress address = _world.Sources[_random.Next(_world.Sources.Count)].Address!;
        Instant until = _random.Next(2) == 0 ? Instant.Never : Now + TimeSpan.FromMinutes(_random.Next(1, 200));
        string job = $"j{_random.Next(4)}";
        bool exists = named == key || Scheduler.MemoryOf(named).MainDomain is not null; // A group is known once DNS has named it.
        switch (_random.Next(10))
        {
            case 0:
                Scheduler.Pause(key, Now);
                break;
            case < 3:
                Scheduler.Resume(key, Now);
                break;
            case 3 when _random.Next(2) == 0:
                Scheduler.PauseJob(job, Now);
                break;
            case 3 or 4:
                Scheduler.ResumeJob(job, Now);
                break;
            case 5 when exists:
                Scheduler.SetMode(named, _random.Next(2) == 0 ? QueueMode.Backoff : QueueMode.Normal, until, "by hand", Now);
                break;
            case 6 when exists:
                Scheduler.DisableSource(named, address, until, "by hand", Now);
                break;
            case 7 when exists:
                Scheduler.EnableSource(named, address, Now);
                break;
            case 8:
                bool releases = _random.Next(2) == 0;
                _released.UnionWith(releases ? Scheduler.Recipients(key).Select(waiting => waiting.Recipient) : []);
                Scheduler.ScheduleNow(key, releases, Now);
                break;
            case 9:
                HashSet<QueuedRecipient> some = [.. Scheduler.Recipients(key).Where(_ => _random.Next(3) == 0).Select(waiting => waiting.Recipient)];
                foreach (ExpiredRecipient deleted in Scheduler.Withdraw(key, some, Now))
                {
                    Scheduler.Finish(deleted.Key, deleted.Recipient, Now);
                    _open.Remove(deleted.Recipient);
                }

                break;
        }
    }

    /// <summary>What was under way is as if it had not been tried.</summary>
    private void Stop()
    {
        foreach (Connection connection in _tickets)
        {
            if (connection.Order is { } order)
            {
                connection.Ticket.Return(order, Now);
            }

            connection.Ticket.Close(Now);
        }

        Scheduler.TakeExpired(Now, 1);
    }

    private Dictionary<(long Message, int Index), QueuedRecipient> RestoreMail(QueueWorld next)
    {
        var restored = new Dictionary<(long, int), QueuedRecipient>();
        var messages = new Dictionary<MessageId, StoredMessage>();
        foreach ((QueuedRecipient before, OnDisk known) in _open)
        {
            if (!messages.TryGetValue(before.Message.Id, out StoredMessage? message))
            {
                messages.Add(before.Message.Id, message = new StoredMessage(before.Message.Id, 0, 0, before.Message.ContentLength, 3));
            }

            var recipient = new QueuedRecipient(message, before.Index, before.Priority);
            recipient.Restore(known.Attempts, known.NotBefore);
            next.Scheduler.Enqueue(known.Key, recipient, next.Now, known.Stream);
            restored.Add((message.Id.Value, before.Index), recipient);
        }

        return restored;
    }

    private void CompareStates(QueueWorld next)
    {
        Dictionary<QueueKey, QueueMemory> there = next.Scheduler.All().ToDictionary(queue => queue.Key, queue => queue.RememberOwn(Now).At(Now));
        foreach (MailQueue queue in Scheduler.All())
        {
            there.Remove(queue.Key, out QueueMemory? memory);
            AssertSame(queue.RememberOwn(Now).At(Now), memory ?? new QueueMemory(), $"{queue.Key}");
        }

        Assert.All(there, left => Assert.True(left.Value.IsPlain, $"{left.Key} is in a state that it was not in"));
        foreach (string virtualMta in (string[])["v", "w"])
        {
            var group = new QueueKey(_rollup, virtualMta);
            QueueMemory before = Scheduler.MemoryOf(group).At(Now) with { MainDomain = null };
            AssertSame(before, next.Scheduler.MemoryOf(group).At(Now) with { MainDomain = null }, $"{group}");
        }

        Assert.Equal(PausedJobs(Scheduler), PausedJobs(next.Scheduler));

        static string[] PausedJobs(Scheduler scheduler) => [.. scheduler.Jobs().Where(job => job.IsPaused).Select(job => job.Job).Order()];
    }

    /// <summary>Who is left in one server only, and why.</summary>
    private string[] Waits(QueueWorld world, HashSet<(long Message, int Index)> left, HashSet<(long Message, int Index)> otherwise) =>
    [
        .. _open.Where(each => left.Contains((each.Key.Message.Id.Value, each.Key.Index)) && !otherwise.Contains((each.Key.Message.Id.Value, each.Key.Index)))
            .Select(each => $"{each.Value.Stream.Job} in {each.Value.Key}: {world.Scheduler.Queue(each.Value.Key)?.WaitReason}"),
    ];

    private static void AssertSame(QueueMemory before, QueueMemory after, string where)
    {
        Assert.Equal($"{where}: {Words(before)}", $"{where}: {Words(after)}");
        foreach ((Instant was, Instant isNow) in Ends(before).Zip(Ends(after)))
        {
            Assert.True(isNow <= was && (was == isNow || was <= isNow + _slack), $"{where}: ends {isNow} after the restart, {was} before");
        }
    }

    /// <summary>All that it says but for times. A way back that is to begin and one that has begun allow the same.</summary>
    private static string Words(QueueMemory memory) => string.Join(
        "; ",
        [
            $"{memory.Mode}{(memory.IsPaused ? ", paused" : "")}{(memory.DeferredUntil == default ? "" : ", deferred")}",
            $"returns with {(memory.Return is { } step ? Math.Max(1, step.Ceiling) : 0)}",
            .. memory.Disabled.Select(source => $"{source.Address} disabled"),
            .. memory.Slowed.Select(source => $"{source.Address} slowed to {source.Connections}, {source.Rate}, {source.Messages}"),
            .. memory.Returning.Select(source => $"{source.Address} returns with {Math.Max(1, source.Step.Ceiling)}"),
            .. memory.Streams.Select(Words).Order(),
        ]);

    private static string Words(StreamTerms terms) =>
        $"{terms}: {terms.Connections} at once, {terms.Rate}, returns with {(terms.RecoversGradually ? Math.Max(1, terms.Return?.Ceiling ?? 0) : 0)}";

    private static IEnumerable<Instant> Ends(QueueMemory memory) =>
    [
        memory.ModeUntil, memory.DeferredUntil, .. memory.Disabled.Select(source => source.Until), .. memory.Slowed.Select(source => source.Until),
        .. memory.Streams.OrderBy(Words).Select(terms => terms.HeldUntil),
        .. memory.Streams.OrderBy(Words).Select(terms => terms.CeilingUntil),
    ];

    private void CompareMail(Dictionary<(long Message, int Index), QueuedRecipient> restored)
    {
        foreach (QueuedRecipient before in _open.Keys)
        {
            QueuedRecipient after = restored[(before.Message.Id.Value, before.Index)];
            Assert.Equal((before.Attempts, before.Priority), (after.Attempts, after.Priority));

            // Who is tried now because an operator said so is tried at his own time if the restart comes first.
            Assert.True(before.NotBefore == after.NotBefore || (_released.Contains(before) && before.NotBefore < after.NotBefore), "another next time");
        }
    }

    private Dictionary<QueueKey, QueueMemory> Said()
    {
        Dictionary<QueueKey, QueueMemory> said = Scheduler.All().ToDictionary(queue => queue.Key, queue => queue.RememberOwn(Now).At(Now));
        foreach (string virtualMta in (string[])["v", "w"])
        {
            var group = new QueueKey(_rollup, virtualMta);
            said[group] = Scheduler.MemoryOf(group).At(Now);
        }

        return said;
    }

    /// <summary>A recipient as the spool knows it.</summary>
    private readonly record struct OnDisk(QueueKey Key, StreamKey Stream, int Attempts, Instant NotBefore);

    private sealed class Connection(DeliveryTicket ticket)
    {
        public DeliveryTicket Ticket => ticket;

        public bool HasAsked { get; set; }

        public DeliveryOrder? Order { get; set; }
    }
}
