// The queue's own retry clock (the recipients have theirs). A failure to connect starts a wait: the next step of retry-after, the last one repeating.
// Twenty connections that are refused together are one failure: a ticket remembers the epoch it was granted in, and only a ticket of the current epoch
// moves the schedule. When the wait is over ONE connection probes the destination; more follow when it stands.
// A connection that stood before the failure goes on delivering: a provider that takes five connections and refuses the sixth must not lose the five.
// Its deliveries reset the steps, but do not end the wait, or the sixth would be tried again at once, in a loop.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>The retry state of a queue. A mutable struct: keep it in a field.</summary>
internal struct RetrySchedule
{
    /// <summary>A configured wait of zero would try a destination that cannot be reached in a loop.</summary>
    private static readonly TimeSpan _least = TimeSpan.FromSeconds(1);

    private ushort _step;
    private ushort _failures;
    private Instant _time;

    /// <summary>Grows by one with every failure that counts.</summary>
    public int Epoch { get; private set; }

    /// <summary>Failures in a row that made the queue wait, since the start or the last connection that stood.</summary>
    public readonly int Failures => _failures;

    /// <summary>From a failure until a later connection stands.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Whether the one probing connection is out.</summary>
    public bool IsProbing { get; set; }

    /// <summary>What made it wait will be met again, until somebody has changed something.</summary>
    public bool Lasts { get; set; }

    /// <summary>When the queue may try again; <see cref="Instant.Never"/> when it is not in retry mode.</summary>
    public readonly Instant Time => IsActive ? _time : Instant.Never;

    /// <summary>A connection failed: the queue waits for the next step of retry-after. Returns until when.</summary>
    public Instant Fail(int ticketEpoch, IReadOnlyList<TimeSpan> steps, Instant now)
    {
        TimeSpan wait = steps[Math.Min(_step, steps.Count - 1)];
        _step += ticketEpoch == Epoch && _step < Math.Min(steps.Count, ushort.MaxValue) ? (ushort)1 : (ushort)0;
        return Postpone(ticketEpoch, wait, now);
    }

    /// <summary>The same for a failure that says nothing about the destination (DNS, a fault of ours): it has its own wait and takes no step.</summary>
    public Instant Postpone(int ticketEpoch, TimeSpan wait, Instant now)
    {
        if (ticketEpoch == Epoch)
        {
            _time = now + (wait > _least ? wait : _least);
            Epoch++;
            _failures += _failures < ushort.MaxValue ? (ushort)1 : (ushort)0;
            IsActive = true;
            IsProbing = Lasts = false;
        }

        return Instant.Max(_time, now);
    }

    /// <summary>Waits as before a restart. The steps begin anew.</summary>
    public void Resume(Instant until) => (_time, IsActive) = (until, true);

    /// <summary>A connection stands. It ends the wait if it was granted after the last failure.</summary>
    public void Connected(int ticketEpoch)
    {
        if (ticketEpoch == Epoch)
        {
            IsActive = IsProbing = Lasts = false;
            _failures = 0;
        }
    }

    /// <summary>A recipient was delivered: the schedule starts from its first step again.</summary>
    public void Delivered() => _step = 0;

    /// <summary>The operator wants a try now. The steps stay: the next failure is still one more in a row.</summary>
    public void TryNow(Instant now) => _time = Instant.Min(_time, now);
}
