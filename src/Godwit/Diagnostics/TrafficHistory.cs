// What the server did in the last hour, second by second, and in the last day, minute by minute. Owned by the composition root, fed by one timer;
// a restart begins with nothing. Counts are differences of the totals in TrafficCounters, so nothing is counted here a second time.
// An operator's "reset counters" between two looks makes a total smaller: what it has reached since then is what the interval brought.

using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

/// <summary>Samples of the traffic. Thread safe. Dispose ends the sampling.</summary>
public sealed class TrafficHistory : IDisposable
{
    /// <summary>Samples of an hour: 350 KB.</summary>
    private const int SecondsKept = 3600;

    /// <summary>Samples of a day: 140 KB.</summary>
    private const int MinutesKept = 1440;

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TrafficCounters _traffic;
    private readonly Func<long> _queued;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly SampleRing _seconds;
    private readonly SampleRing _minutes;
    private readonly ITimer _timer;
    private int _hasBroken;

    /// <summary>Begins to sample.</summary>
    /// <param name="queued">Recipients without a final fate; asked once a second.</param>
    public TrafficHistory(TrafficCounters traffic, Func<long> queued, ServerClock clock, ILogger log)
    {
        (_traffic, _queued, _clock, _log) = (traffic, queued, clock, log);
        Marks now = Marks.Read(traffic, clock.Now);
        _seconds = new SampleRing(SecondsKept, now);
        _minutes = new SampleRing(MinutesKept, now);
        _timer = clock.Time.CreateTimer(static state => ((TrafficHistory)state!).Look(), this, _second, _second);
    }

    /// <summary>The last second; default before the first has passed.</summary>
    public HistorySample Latest
    {
        get
        {
            lock (_gate)
            {
                return _seconds.Latest;
            }
        }
    }

    /// <summary>A copy of the samples, the oldest first.</summary>
    public HistorySample[] Read(HistoryRange range)
    {
        lock (_gate)
        {
            return (range == HistoryRange.Hour ? _seconds : _minutes).Copy();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        try
        {
            Sample();
        }
        catch (Exception failure)
        {
            // On a timer's thread it would end the server. Once: what breaks here breaks each second.
            if (Interlocked.Exchange(ref _hasBroken, 1) == 0)
            {
                _log.SamplingBroke("second", failure);
            }
        }
    }

    private void Sample()
    {
        long queued = _queued();
        lock (_gate)
        {
            Instant now = _clock.Now;
            Marks marks = Marks.Read(_traffic, now);
            _seconds.Add(Between(_seconds.Before, marks, queued), marks);

            // A minute ends with its last second, however late that one came.
            if (now - _minutes.Before.Time >= TimeSpan.FromMinutes(1) - _second / 2)
            {
                _minutes.Add(Between(_minutes.Before, marks, queued), marks);
            }
        }
    }

    private HistorySample Between(Marks before, Marks now, long queued) => new(
        now.Time, (now.Time - before.Time).TotalSeconds, Grown(before.Accepted, now.Accepted), Grown(before.Delivered, now.Delivered),
        Grown(before.Deferred, now.Deferred), Grown(before.Bounced, now.Bounced), queued, _traffic.ConnectionsIn.Current, _traffic.ConnectionsOut.Current,
        _traffic.TimeToDeliver.Quantile(before.Delays, now.Delays, 0.5), _traffic.TimeToDeliver.Quantile(before.Delays, now.Delays, 0.99));

    private static long Grown(long before, long now) => now >= before ? now - before : now;

    /// <summary>Totals at the end of an interval.</summary>
    private sealed record Marks(Instant Time, long Accepted, long Delivered, long Deferred, long Bounced, long[] Delays)
    {
        public static Marks Read(TrafficCounters traffic, Instant now)
        {
            long[] delays = new long[LogHistogram.Buckets];
            traffic.TimeToDeliver.CopyTo(delays);
            return new Marks(
                now, traffic.In.Recipients.Total, traffic.Out.Recipients.Total, traffic.Deferred.Total, traffic.Bounced.Total, delays);
        }
    }

    /// <summary>The last samples of one length.</summary>
    private sealed class SampleRing(int most, Marks start)
    {
        private readonly HistorySample[] _samples = new HistorySample[most];
        private long _added;

        public Marks Before { get; private set; } = start;

        public HistorySample Latest => _added == 0 ? default : _samples[(_added - 1) % most];

        public void Add(HistorySample sample, Marks end)
        {
            _samples[_added++ % most] = sample;
            Before = end;
        }

        public HistorySample[] Copy()
        {
            int count = (int)Math.Min(_added, most);
            var copy = new HistorySample[count];
            for (int i = 0; i < count; i++)
            {
                copy[i] = _samples[(_added - count + i) % most];
            }

            return copy;
        }
    }
}
