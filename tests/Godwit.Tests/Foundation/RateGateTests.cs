using CsCheck;
using Godwit.Foundation;

namespace Godwit.Tests.Foundation;

public sealed class RateGateTests
{
    private static readonly Instant _start = Instant.FromUnixMilliseconds(1_700_000_000_000);

    private static readonly int[] _periods = [1, 5, 60, 1200, 3600, 86400];

    private static readonly Gen<Rate> _rates = Gen.Select(
        Gen.OneOf(Gen.Long[1, 50], Gen.Long[1, 100_000]),
        Gen.Int[0, 5],
        static (count, period) => new Rate(count, TimeSpan.FromSeconds(_periods[period])));

    [Fact]
    public void In_no_window_does_more_pass_than_the_rate_and_one_unit() =>
        Gen.Select(_rates, Gen.Select(Gen.OneOf(Gen.Long[0, 50_000], Gen.Long[0, 100_000_000]), Gen.Int[1, 200]).Array[1, 100]).Sample(
            static (rate, steps) =>
            {
                var gate = new RateGate();
                Instant now = _start;
                var passed = new List<(Instant Time, long Units)>();
                foreach ((long pause, int wanted) in steps)
                {
                    now = new Instant(now.Ticks + pause);
                    int units = gate.Allowed(rate, now, wanted);
                    gate.Take(rate, now, units);
                    passed.Add((now, units));
                }

                for (int from = 0; from < passed.Count; from++)
                {
                    long units = 0;
                    for (int to = from; to < passed.Count; to++)
                    {
                        units += passed[to].Units;
                        double window = (passed[to].Time - passed[from].Time + RateGate.ToleranceOf(rate)) / rate.Period;
                        Assert.True(units <= window * rate.Count + 1 + 1e-6, $"{units} units at {rate} in {window} periods");
                    }
                }
            },
            iter: 200);

    [Fact]
    public void A_slow_rate_has_no_tolerance_and_a_fast_one_five_milliseconds()
    {
        Assert.Equal(TimeSpan.Zero, RateGate.ToleranceOf(new Rate(1, TimeSpan.FromSeconds(1))));
        Assert.Equal(TimeSpan.Zero, RateGate.ToleranceOf(new Rate(100, TimeSpan.FromMinutes(15))));
        Assert.Equal(TimeSpan.FromMilliseconds(5), RateGate.ToleranceOf(new Rate(100, TimeSpan.FromMinutes(1))));
        Assert.Equal(TimeSpan.FromMilliseconds(5), RateGate.ToleranceOf(new Rate(10_000, TimeSpan.FromSeconds(1))));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(500, 1)]
    [InlineData(3000, 1)]
    [InlineData(100_000, 1)]
    [InlineData(100, 900)]
    public void A_rate_is_reached_although_every_waking_is_three_milliseconds_late(int count, int seconds)
    {
        var rate = new Rate(count, TimeSpan.FromSeconds(seconds));
        var gate = new RateGate();
        Instant now = _start;
        Instant end = now + TimeSpan.FromSeconds(seconds);
        long passed = 0;
        while (now < end)
        {
            int units = gate.Allowed(rate, now, int.MaxValue);
            gate.Take(rate, now, units);
            passed += units;
            now = Instant.Max(gate.NextAllowed(rate, now), now) + TimeSpan.FromMilliseconds(3);
        }

        Assert.InRange(passed, count * 0.98, count * 1.01 + 1);
    }

    [Fact]
    public void Silence_buys_no_burst()
    {
        var rate = new Rate(60, TimeSpan.FromMinutes(1));
        var gate = new RateGate();
        gate.Take(rate, _start, 1);

        Instant later = _start + TimeSpan.FromHours(1);
        Assert.Equal(1, gate.Allowed(rate, later, 100));
        gate.Take(rate, later, 1);
        Assert.Equal(0, gate.Allowed(rate, later, 100));
        Assert.Equal(later + TimeSpan.FromSeconds(1), gate.NextAllowed(rate, later));
    }

    [Fact]
    public void Without_a_limit_everything_passes_and_nothing_is_remembered()
    {
        var gate = new RateGate();
        gate.Take(Rate.Unlimited, _start, 1_000_000);

        Assert.Equal(1_000_000, gate.Allowed(Rate.Unlimited, _start, 1_000_000));
        Assert.Equal(_start, gate.NextAllowed(new Rate(1, TimeSpan.FromDays(1)), _start));
    }

    [Fact]
    public void Volume_rates_do_not_overflow()
    {
        var rate = new Rate(10L << 40, TimeSpan.FromDays(1));
        var gate = new RateGate();
        gate.Take(rate, _start, 5L << 40);

        Assert.Equal(12, (gate.NextAllowed(rate, _start) - _start).TotalHours, 0.001);
    }

    [Fact]
    public void A_changed_rate_waits_for_one_of_its_own_units_at_most()
    {
        var gate = new RateGate();
        gate.Take(new Rate(1, TimeSpan.FromDays(1)), _start, 1);
        var faster = new Rate(1, TimeSpan.FromSeconds(10));

        gate.Adapt(faster, _start);

        Assert.Equal(_start + TimeSpan.FromSeconds(10), gate.NextAllowed(faster, _start));
    }
}
