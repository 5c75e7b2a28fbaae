// All queues by name, all virtual MTA lanes, and the sums over them. Owned by the scheduler and touched under its lock only.
// A queue is made when somebody names it and goes when it is empty and remembers nothing.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>Finds and makes queues.</summary>
internal sealed class QueueTable(QueueSurroundings around, PoolLimits pools, SharedLimit server)
{
    /// <summary>Empty queues kept for what they remember. Beyond it a queue is forgotten at once: 40 MB is what memory of this kind is worth.</summary>
    public const int MaxKept = 100_000;

    /// <summary>How long a recorded error keeps an empty queue alive for <c>show topqueues --errors</c>.</summary>
    private static readonly TimeSpan _errorsKeptFor = TimeSpan.FromMinutes(10);

    private readonly Dictionary<QueueKey, MailQueue> _queues = [];
    private readonly Dictionary<string, VirtualMtaLane> _lanes = new(StringComparer.OrdinalIgnoreCase);
    private int _kept;

    /// <summary>Queues that hold mail or a connection.</summary>
    public int ActiveCount => _queues.Count - _kept;

    /// <summary>What was said of queues that are still to be made.</summary>
    public StandingPauses Pauses { get; } = new();

    public long Recipients { get; private set; }

    public long Bytes { get; private set; }

    public Dictionary<QueueKey, MailQueue>.ValueCollection Queues => _queues.Values;

    public Dictionary<string, VirtualMtaLane>.ValueCollection Lanes => _lanes.Values;

    public MailQueue? Find(QueueKey key) => _queues.GetValueOrDefault(key);

    public MailQueue FindOrAdd(QueueKey key, ServerSettings settings, int version, Instant now)
    {
        if (_queues.TryGetValue(key, out MailQueue? known))
        {
            return known;
        }

        MailQueue queue = Unlisted(key, settings, version, now);
        queue.IsPaused = queue.IsPausedByPattern = Pauses.By(key, group: null) is not null;
        _queues.Add(key, queue);
        return queue;
    }

    /// <summary>A queue that nobody finds.</summary>
    public MailQueue Unlisted(QueueKey key, ServerSettings settings, int version, Instant now) =>
        new(key, LaneFor(key.VirtualMta, settings, now), settings.DeliveryFor(key.Destination, key.VirtualMta), version, around);

    /// <summary>A recipient of <paramref name="queue"/> more.</summary>
    public void Enter(MailQueue queue, QueuedRecipient recipient, Instant now)
    {
        queue.Enter(recipient, now);
        around.Streams.Enter(recipient.Message.Stream, recipient.Message.ContentLength);
        Recipients++;
        Bytes += recipient.Message.ContentLength;
        Moved(queue);
    }

    /// <summary>A recipient came in from another queue: the sums stay.</summary>
    public void Moved(MailQueue queue)
    {
        if (queue.IsKept)
        {
            queue.IsKept = false;
            _kept--;
        }
    }

    /// <summary>A recipient of <paramref name="queue"/> less.</summary>
    public void Leave(MailQueue queue, QueuedRecipient recipient)
    {
        queue.Leave(recipient);
        around.Streams.Leave(recipient.Message.Stream, recipient.Message.ContentLength);
        Recipients--;
        Bytes -= recipient.Message.ContentLength;
    }

    /// <summary>
    /// An empty queue: forgotten, or kept until the returned time. Paused queues stay: an operator's word is not forgotten because mail ran out.
    /// </summary>
    public Instant Retire(MailQueue queue, Instant now)
    {
        bool isPaused = queue.IsPaused && !queue.IsPausedByPattern;
        Instant until = isPaused ? Instant.Never : queue.WorthKeepingUntil(now, _errorsKeptFor);
        if (until > now && (queue.IsKept || isPaused || _kept < MaxKept))
        {
            _kept += queue.IsKept ? 0 : 1;
            queue.IsKept = true;
            return until;
        }

        _kept -= queue.IsKept ? 1 : 0;
        queue.IsKept = false;
        queue.Group?.Members.Remove(queue);
        _queues.Remove(queue.Key);
        return Instant.Never;
    }

    public VirtualMtaLane LaneFor(string virtualMta, ServerSettings settings, Instant now)
    {
        if (!_lanes.TryGetValue(virtualMta, out VirtualMtaLane? lane))
        {
            lane = new VirtualMtaLane(virtualMta);
            lane.Configure(settings, pools, server, now);
            _lanes.Add(virtualMta, lane);
        }

        return lane;
    }
}
