using Godwit.Foundation;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Foundation;

public sealed class RollingCounterTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly RollingCounter _counter;

    public RollingCounterTests() => _counter = new RollingCounter(new ServerClock(_time));

    [Fact]
    public void A_minute_and_an_hour_forget_what_is_older()
    {
        _counter.Add(5);
        Pass(seconds: 59);
        Assert.Equal((5, 5), (_counter.LastMinute, _counter.LastHour));

        Pass(seconds: 1);
        Assert.Equal((0, 5), (_counter.LastMinute, _counter.LastHour));

        Pass(seconds: 59 * 60 - 1);
        Assert.Equal(5, _counter.LastHour);
        Pass(seconds: 1);
        Assert.Equal((0, 5), (_counter.LastHour, _counter.Total));
    }

    [Fact]
    public void The_best_minute_and_hour_are_remembered()
    {
        for (int second = 0; second < 60; second++)
        {
            _counter.Add(2);
            Pass(seconds: 1);
        }

        Pass(seconds: 7200);
        _counter.Add(3);

        Assert.Equal((120, 120), (_counter.TopMinute, _counter.TopHour));
        Assert.Equal((3, 3, 123), (_counter.LastMinute, _counter.LastHour, _counter.Total));
    }

    [Fact]
    public void A_gap_of_days_leaves_nothing_behind()
    {
        _counter.Add(5);
        Pass(seconds: 3 * 86400 + 61);

        Assert.Equal((0, 0), (_counter.LastMinute, _counter.LastHour));
    }

    [Fact]
    public void A_reset_forgets_everything()
    {
        _counter.Add(5);
        _counter.Reset();

        Assert.Equal((0, 0, 0, 0, 0), (_counter.Total, _counter.LastMinute, _counter.LastHour, _counter.TopMinute, _counter.TopHour));
    }

    [Fact]
    public void Threads_lose_no_count()
    {
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _counter.Add();
            }
        });

        Assert.Equal((80_000, 80_000), (_counter.Total, _counter.LastMinute));
    }

    private void Pass(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
