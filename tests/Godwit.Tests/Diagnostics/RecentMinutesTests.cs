using Godwit.Diagnostics;
using Godwit.Foundation;

namespace Godwit.Tests.Diagnostics;

public sealed class RecentMinutesTests
{
    private static readonly Instant _start = new(1_000_000 * TimeSpan.TicksPerMinute);

    private readonly RecentMinutes _gone = new();

    [Fact]
    public void A_change_of_speed_is_seen_within_ten_minutes()
    {
        for (int minute = 0; minute < 120; minute++)
        {
            _gone.Add(minute < 60 ? 600 : 60, At(minute));
        }

        Assert.Equal(60, _gone.PerMinute(_start, At(120)), tolerance: 0.01);
    }

    [Fact]
    public void What_is_younger_is_measured_since_its_beginning()
    {
        _gone.Add(100, At(0));

        Assert.Equal(50, _gone.PerMinute(_start, At(2)), tolerance: 0.01);
        Assert.Equal(600, _gone.PerMinute(_start, _start + TimeSpan.FromSeconds(1)), tolerance: 0.01);
    }

    [Fact]
    public void What_stands_still_has_no_speed_after_ten_minutes()
    {
        _gone.Add(100, At(0));

        Assert.True(_gone.PerMinute(_start, At(9)) > 0);
        Assert.Equal(0, _gone.PerMinute(_start, At(11)));
        Assert.Equal(0, _gone.PerMinute(_start, At(1000)));
    }

    private static Instant At(int minute) => _start + TimeSpan.FromMinutes(minute);
}
