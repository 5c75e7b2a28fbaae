// All queues in numbers, not older than some seconds. Counting looks at every queue, so it is not done for everybody who asks: what it cost last time says how
// long it is good for, and counting never takes more than a hundredth of one core however many ask and however many queues there are.

using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Metrics;

/// <summary>Remembers the last census. Thread safe.</summary>
internal sealed class RecentCensus(Scheduler scheduler, ServerClock clock, CurrentSettings settings)
{
    /// <summary>Below the intervals at which people scrape.</summary>
    private static readonly TimeSpan _freshFor = TimeSpan.FromSeconds(5);

    /// <summary>A census that took so long may be followed by another after so many times that.</summary>
    private const int RestFactor = 100;

    private readonly Lock _gate = new();
    private QueueCensus? _last;
    private Instant _goodUntil;

    public QueueCensus Read()
    {
        lock (_gate)
        {
            if (_last is null || clock.Now >= _goodUntil)
            {
                long began = clock.Time.GetTimestamp();
                _last = scheduler.Census(settings.Value.MetricsTopDestinations, clock.Now);
                TimeSpan rest = clock.Time.GetElapsedTime(began) * RestFactor;
                _goodUntil = clock.Now + (rest > _freshFor ? rest : _freshFor);
            }

            return _last;
        }
    }
}
