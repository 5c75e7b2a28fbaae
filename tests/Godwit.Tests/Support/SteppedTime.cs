// Time that stands still until a test moves it, from one timer's end to the next: hours of throttling pass in milliseconds, and a server and the hosts
// that it sends to read the same clock. Owned by one test. Thread safe. Timers run on the thread that moves the time, in the order of their ends.

namespace Godwit.Tests.Support;

/// <summary>A clock for a whole server, moved by hand.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private static readonly DateTimeOffset _origin = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly HashSet<SteppedTimer> _timers = [];
    private long _now;

    /// <summary>Since the test began.</summary>
    public TimeSpan Now => new(Volatile.Read(ref _now));

    /// <summary>Whether somebody waits for an end of time.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (_gate)
            {
                return _timers.Any(timer => !timer.IsPeriodic);
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => _origin + Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the next end of a timer that ends once, at most so far; what beats all the time does not count as an end; it beats once.</summary>
    public void Step(TimeSpan most)
    {
        long end = _now + most.Ticks;
        lock (_gate)
        {
            foreach (SteppedTimer timer in _timers)
            {
                end = timer.IsPeriodic ? end : Math.Min(end, Math.Max(timer.Due, _now + 1));
            }
        }

        Volatile.Write(ref _now, Math.Max(end, _now));
        while (TakeDue() is { } due)
        {
            due.Run();
        }
    }

    private SteppedTimer? TakeDue()
    {
        lock (_gate)
        {
            SteppedTimer? first = null;
            foreach (SteppedTimer timer in _timers)
            {
                first = timer.Due <= _now && (first is null || timer.Due < first.Due) ? timer : first;
            }

            if (first is not null)
            {
                if (!first.Advance(_now))
                {
                    _timers.Remove(first);
                }
            }

            return first;
        }
    }

    private sealed class SteppedTimer(SteppedTime time, TimerCallback callback, object? state) : ITimer
    {
        private long _period;

        public long Due { get; private set; }

        public bool IsPeriodic => _period > 0;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                _period = period > TimeSpan.Zero ? period.Ticks : 0;
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = time._now + dueTime.Ticks;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        /// <summary>False when it will not end again.</summary>
        public bool Advance(long now)
        {
            Due = now + _period;
            return IsPeriodic;
        }

        public void Run() => callback(state);

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
