using Godwit.Foundation;
using Godwit.Tests.Support;

namespace Godwit.Tests.Foundation;

public sealed class ServerClockTests
{
    private readonly TwoClocks _time = new();
    private readonly ServerClock _clock;

    public ServerClockTests() => _clock = new ServerClock(_time);

    [Fact]
    public void It_starts_at_the_wall_clock_and_runs_with_the_monotonic_one()
    {
        Instant start = _clock.Now;
        Assert.Equal(Instant.FromDateTime(_time.Wall), start);

        _time.Pass(TimeSpan.FromSeconds(90));

        Assert.Equal(start + TimeSpan.FromSeconds(90), _clock.Now);
    }

    [Fact]
    public void A_wall_clock_that_is_set_back_does_not_turn_it_back()
    {
        Instant start = _clock.Now;
        _time.Pass(TimeSpan.FromSeconds(1));
        _time.Wall -= TimeSpan.FromHours(2);

        Assert.Equal(start + TimeSpan.FromSeconds(1), _clock.Now);
    }

    [Fact]
    public void A_wall_clock_that_jumps_ahead_is_followed()
    {
        _time.Wall += TimeSpan.FromHours(2);
        Assert.Equal(Instant.FromDateTime(_time.Wall), _clock.Now);

        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(Instant.FromDateTime(_time.Wall), _clock.Now);
    }

    [Fact]
    public void A_slewing_wall_clock_is_not_followed()
    {
        Instant start = _clock.Now;
        _time.Wall += TimeSpan.FromMilliseconds(900);

        Assert.Equal(start, _clock.Now);
    }
}
