using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Tests.Reception;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Diagnostics;

public sealed class TrafficHistoryTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TrafficCounters _traffic;
    private readonly TrafficHistory _history;
    private readonly RecordingLog _log = new();
    private long _queued;
    private bool _isBroken;

    public TrafficHistoryTests()
    {
        var clock = new ServerClock(_time);
        _traffic = new TrafficCounters(clock);
        _history = new TrafficHistory(_traffic, () => _isBroken ? throw new InvalidOperationException("nobody has counted") : _queued, clock, _log);
    }

    public void Dispose() => _history.Dispose();

    [Fact]
    public void Each_second_says_what_it_brought()
    {
        _traffic.In.Recipients.Add(5);
        _traffic.ConnectionsIn.Open();
        _queued = 5;
        Pass(1);
        _traffic.Out.Recipients.Add(3);
        _traffic.Deferred.Add();
        _traffic.Bounced.Add();
        _traffic.ConnectionsIn.Close();
        _queued = 1;
        Pass(1);

        HistorySample[] seconds = _history.Read(HistoryRange.Hour);
        Assert.Equal(2, seconds.Length);
        Assert.Equal((1.0, 5L, 0L, 5L, 1), (seconds[0].Seconds, seconds[0].Accepted, seconds[0].Delivered, seconds[0].Queued, seconds[0].ConnectionsIn));
        Assert.Equal((0L, 3L, 1L, 1L, 1L), (seconds[1].Accepted, seconds[1].Delivered, seconds[1].Deferred, seconds[1].Bounced, seconds[1].Queued));
        Assert.Equal(seconds[1], _history.Latest);
        Assert.Empty(_history.Read(HistoryRange.Day));
    }

    [Fact]
    public void A_minute_is_the_sum_of_its_seconds_and_old_samples_go()
    {
        for (int second = 0; second < 2 * 3600; second++)
        {
            _traffic.In.Recipients.Add(2);
            Pass(1);
        }

        HistorySample[] minutes = _history.Read(HistoryRange.Day);
        Assert.Equal(120, minutes.Length);
        Assert.All(minutes, minute => Assert.Equal((60.0, 120L), (minute.Seconds, minute.Accepted)));
        HistorySample[] seconds = _history.Read(HistoryRange.Hour);
        Assert.Equal(3600, seconds.Length);
        Assert.Equal(TimeSpan.FromSeconds(3599), seconds[^1].Time - seconds[0].Time);
    }

    [Fact]
    public void The_times_to_deliver_are_those_of_the_interval()
    {
        for (int i = 0; i < 98; i++)
        {
            _traffic.TimeToDeliver.Add(TimeSpan.FromSeconds(2));
        }

        _traffic.TimeToDeliver.Add(TimeSpan.FromHours(1));
        _traffic.TimeToDeliver.Add(TimeSpan.FromHours(1));
        Pass(1);
        HistorySample slow = _history.Latest;
        Assert.InRange(slow.MedianSeconds!.Value, 2, 2.5);
        Assert.InRange(slow.P99Seconds!.Value, 3600, 4500);

        _traffic.TimeToDeliver.Add(TimeSpan.FromMilliseconds(40));
        Pass(1);
        Assert.InRange(_history.Latest.P99Seconds!.Value, 0.04, 0.05);

        Pass(1);
        Assert.Null(_history.Latest.MedianSeconds);
    }

    [Fact]
    public void Counters_that_an_operator_resets_leave_no_negative_second()
    {
        _traffic.In.Recipients.Add(100);
        Pass(1);
        _traffic.Reset();
        _traffic.In.Recipients.Add(3);
        Pass(1);

        Assert.Equal(3, _history.Latest.Accepted);
    }

    [Fact]
    public void A_second_that_cannot_be_sampled_is_logged_once_and_what_it_brought_counts_with_the_next()
    {
        _isBroken = true;
        _traffic.In.Recipients.Add(3);
        Pass(1);
        Pass(1);
        string line = Assert.Single(_log.Errors);
        Assert.StartsWith("the look at the last second, for the charts, broke off", line, StringComparison.Ordinal);
        Assert.Contains("nobody has counted", line, StringComparison.Ordinal);

        _isBroken = false;
        Pass(1);
        Assert.Equal((3L, 3.0), (Assert.Single(_history.Read(HistoryRange.Hour)).Accepted, _history.Latest.Seconds));
    }

    private void Pass(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
