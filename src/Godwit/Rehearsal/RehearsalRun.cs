// A campaign in virtual time: the server's own scheduler grants connections, modelled receivers answer, and the clock jumps from event to event.
// One thread, nothing outside, and the same seed gives the same run. Owned by whoever made it; used once.
//
// All mail is there at the start, but each queue is given only what its connections take soon (CampaignQueue). This file: the loop, the feed, the looks
// at what holds mail up. RehearsalRun.Connections.cs: what a connection does.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Rehearsal;

/// <summary>One rehearsal.</summary>
internal sealed partial class RehearsalRun
{
    /// <summary>Events this close are handled before connections are granted again: a grant is late by this much at most.</summary>
    private static readonly TimeSpan _slice = TimeSpan.FromMilliseconds(5);

    /// <summary>Changes of mode are taken this often: well before the scheduler's list of them is full.</summary>
    private const int TurnsBetweenTidying = 256;

    private static readonly TimeSpan _leastStep = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _firstLook = TimeSpan.FromSeconds(1);

    /// <summary>Recipients of a queue that the scheduler has at most beside those it has tried, whatever connections are allowed.</summary>
    private const int MostFed = 4000;

    /// <summary>When the virtual clock starts: any time will do.</summary>
    internal static readonly Instant Start = Instant.FromUnixMilliseconds(1_767_225_600_000);

    /// <summary>All mail is of one job, which is what holds of a campaign act on.</summary>
    private static readonly StreamKey _stream = new("rehearsal", "");

    private readonly ServerSettings _settings;
    private readonly RehearsalPlan _plan;
    private readonly List<Receiver> _receivers;
    private readonly Scheduler _scheduler;
    private readonly Dictionary<QueueKey, CampaignQueue> _queues = [];
    private readonly WatchedQueues[] _watched;
    private readonly Dictionary<IPAddress, SourceTally> _sources = [];
    private readonly List<SourceTally> _sourceList = [];
    private readonly DueHeap<ModelledConnection> _connections = new();
    private readonly Stack<ModelledConnection> _spare = new();
    private readonly List<ProgressSample> _samples = [];
    private Draws _draws;
    private SourceTally? _anySource;
    private long _nextId = Start.UnixMilliseconds << 22;
    private long _open;
    private int _peak;
    private Instant _lastLook = Start;
    private Instant _nextLook = Start + _firstLook;

    public RehearsalRun(ServerSettings settings, IReadOnlyList<Receiver> receivers, IReadOnlyList<CampaignPart> parts, RehearsalPlan plan)
    {
        (_settings, _receivers, _plan) = (settings, [.. receivers], plan);
        _scheduler = new Scheduler(new CurrentSettings(settings));
        _draws = new Draws(plan.Seed);
        Spread(parts);
        ILookup<Receiver, CampaignQueue> byReceiver = _queues.Values.ToLookup(static queue => queue.Receiver);
        _watched = [.. _receivers.Select(receiver => new WatchedQueues(byReceiver[receiver]))];
    }

    public IReadOnlyList<Receiver> Receivers => _receivers;

    /// <summary>Our addresses that were used.</summary>
    public IReadOnlyList<SourceTally> Sources => _sourceList;

    public IReadOnlyList<ProgressSample> Samples => _samples;

    /// <summary>The most connections at once.</summary>
    public int PeakConnections => _peak;

    /// <summary>When the last event was.</summary>
    public Instant End { get; private set; } = Start;

    /// <summary>Runs until all mail has its fate, nothing more can happen, or the plan's longest time has passed.</summary>
    public void Run()
    {
        Instant now = Start;
        Instant end = Start + _plan.Longest;
        foreach (CampaignQueue queue in _queues.Values)
        {
            int connections = _settings.DeliveryFor(queue.Key.Destination, queue.Key.VirtualMta).MaxSmtpOut;
            Feed(queue, (int)Math.Clamp(2L * connections, 8, MostFed), now);
        }

        Look(now);
        int turns = 0;
        while (true)
        {
            GrantAll(now);
            Instant due = _scheduler.NextDue(now);
            if (due <= now || ++turns % TurnsBetweenTidying == 0)
            {
                Tidy(now);
            }

            Instant next = Instant.Min(_connections.Earliest, due);
            if (_open == 0 || next == Instant.Never || next > end)
            {
                break;
            }

            now = Instant.Max(Instant.Min(next, _nextLook), _connections.Earliest <= now ? now : now + _leastStep);
            if (now >= _nextLook)
            {
                Look(now);
            }

            Instant until = now + _slice;
            for (Instant at = _connections.Earliest; _connections.TakeDue(until) is { } connection; at = _connections.Earliest)
            {
                now = Instant.Max(now, at);
                Proceed(connection, now);
            }
        }

        Tidy(now);
        End = now;
        Look(now);
    }

    /// <summary>Makes the queues; where several virtual MTAs are used they get equal parts.</summary>
    private void Spread(IReadOnlyList<CampaignPart> parts)
    {
        var counts = new Dictionary<QueueKey, (Receiver Receiver, long Recipients)>(parts.Count);
        int members = _plan.VirtualMtas.Count;
        int turn = 0;
        foreach (CampaignPart part in parts)
        {
            Receiver? last = null;
            _open += part.Recipients;
            for (int i = 0; i < members; i++)
            {
                long share = (long)part.Recipients * (i + 1) / members - (long)part.Recipients * i / members;
                if (share == 0)
                {
                    continue;
                }

                string virtualMta = _plan.VirtualMtas[(turn + i) % members];
                DomainName target = _settings.DeliveryFor(part.Domain, virtualMta).QueueTo;
                var key = new QueueKey(target.IsEmpty ? part.Domain : target, virtualMta);
                DeliveryKind kind = _settings.DeliveryFor(key.Destination, virtualMta).Kind;
                Receiver receiver = kind == DeliveryKind.Smtp ? part.Receiver : LocalReceiver(kind);
                counts[key] = (receiver, share + counts.GetValueOrDefault(key).Recipients);
                receiver.Tally.Add(share);
                if (receiver != last)
                {
                    receiver.Tally.Domains++;
                }

                last = receiver;
            }

            turn++;
        }

        _queues.EnsureCapacity(counts.Count);
        foreach ((QueueKey key, (Receiver receiver, long recipients)) in counts)
        {
            _queues.Add(key, new CampaignQueue(key, receiver, (int)recipients));
        }
    }

    /// <summary>What takes mail that stays on this machine, whoever has the domain: made for the first of its kind.</summary>
    private Receiver LocalReceiver(DeliveryKind kind)
    {
        Receiver? local = _receivers.Find(receiver => receiver.Kind == kind);
        if (local is null)
        {
            _receivers.Add(local = Receiver.Local(kind, _settings.Providers));
        }

        return local;
    }

    private void Feed(CampaignQueue queue, int most, Instant now)
    {
        for (int count = Math.Min(most, queue.Unfed); count > 0; count--)
        {
            queue.Unfed--;
            var message = new StoredMessage(new MessageId(_nextId++), 0, 0, _plan.MessageSize, 1);
            _scheduler.Enqueue(queue.Key, new QueuedRecipient(message, 0), now, _stream);
        }
    }

    /// <summary>What the server's other rooms would take: the expired, delay notices, changes of mode.</summary>
    private void Tidy(Instant now)
    {
        foreach (ExpiredRecipient expired in _scheduler.TakeExpired(now, int.MaxValue))
        {
            // Those that the scheduler has not been given came at the same time as the others.
            CampaignQueue queue = Find(expired.Key);
            _scheduler.Finish(expired.Key, expired.Recipient, now);
            Expire(queue, 1, now);
            Expire(queue, queue.Unfed, now);
            queue.Unfed = 0;
        }

        while (_scheduler.TakeDelayed(now, int.MaxValue).Count > 0)
        {
            // Nobody is told in a rehearsal.
        }

        foreach (QueueChange change in _scheduler.TakeChanges(int.MaxValue))
        {
            if (change.Kind is QueueChangeKind.Backoff or QueueChangeKind.SourceDisabled)
            {
                Find(change.Key).Receiver.Tally.Backoffs++;
            }
        }
    }

    private void Expire(CampaignQueue queue, int count, Instant now)
    {
        if (count > 0)
        {
            queue.Open -= count;
            _open -= count;
            queue.Receiver.Tally.Expire(count, now);
        }
    }

    /// <summary>
    /// Notes what is left, and what holds the largest queues of each receiver up: it counts for the time since the last look. Looks come more seldom as
    /// time goes on, so that a day costs not many more than an hour.
    /// </summary>
    private void Look(Instant now)
    {
        double seconds = (now - _lastLook).TotalSeconds;
        long[] left = new long[_receivers.Count];
        for (int i = 0; i < left.Length; i++)
        {
            ReceiverTally tally = _receivers[i].Tally;
            left[i] = tally.Open;
            foreach (CampaignQueue queue in seconds > 0 ? _watched[i].Now() : [])
            {
                tally.Waited(Reason(_scheduler.Queue(queue.Key)), seconds * queue.Open);
            }
        }

        _samples.Add(new ProgressSample(now - Start, _scheduler.Totals().Connections, left));
        _lastLook = now;
        TimeSpan pause = (now - Start) / 100;
        _nextLook = now + (pause > _firstLook ? pause : _firstLook);
    }

    /// <summary>What holds a queue up, without the times in it, so that it can be summed.</summary>
    private static string Reason(QueueReport? report) => report switch
    {
        null => "nothing",
        { InRetry: true } => "waiting to try again after a failed connection",
        { WaitReason.Length: > 0 } => report.WaitReason,
        _ => "the receiver's own speed",
    };

    /// <summary>The campaign's queue of that name; backoff may have moved mail to one that the campaign did not begin with.</summary>
    private CampaignQueue Find(QueueKey key)
    {
        if (_queues.TryGetValue(key, out CampaignQueue? queue))
        {
            return queue;
        }

        // The key of a group is named by its provider.
        Receiver? receiver = _receivers.FirstOrDefault(r => r.IsShared && r.Group == key.Destination)
            ?? _queues.Values.FirstOrDefault(q => q.Key.Destination == key.Destination)?.Receiver
            ?? throw new InvalidOperationException($"queue {key} has mail that nobody has sent");
        queue = new CampaignQueue(key, receiver, 0);
        _queues.Add(key, queue);
        return queue;
    }

    private SourceTally SourceOf(IPAddress? address)
    {
        if (address is null)
        {
            return _anySource ??= NewSource(null);
        }

        if (!_sources.TryGetValue(address, out SourceTally? source))
        {
            _sources.Add(address, source = NewSource(address));
        }

        return source;
    }

    private SourceTally NewSource(IPAddress? address)
    {
        var source = new SourceTally(address, _sourceList.Count);
        _sourceList.Add(source);
        return source;
    }
}
