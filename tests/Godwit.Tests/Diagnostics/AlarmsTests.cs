using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Diagnostics;

public sealed class AlarmsTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Alarms _alarms;

    public AlarmsTests() => _alarms = new Alarms(new ServerClock(_time));

    [Fact]
    public void An_alarm_stands_from_its_beginning_until_it_is_cleared()
    {
        Assert.True(_alarms.Set("b", "cannot connect"));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_alarms.Set("a", "full"));
        Assert.False(_alarms.Set("b", "connection reset"));

        Assert.Equal(["b 2026-01-01 00:00:00+0000 connection reset", "a 2026-01-01 00:00:05+0000 full"], _alarms.Read().Select(a => $"{a.Name} {a.Since} {a.Text}"));
        Assert.True(_alarms.Clear("b"));
        Assert.False(_alarms.Clear("b"));
        Assert.Equal("a", Assert.Single(_alarms.Read()).Name);
    }

    [Fact]
    public void There_are_never_more_than_a_thousand()
    {
        for (int i = 0; i < 1500; i++)
        {
            _alarms.Set($"alarm {i}", new string('x', 5000));
        }

        Assert.Equal((1000, 500), (_alarms.Count, _alarms.NotKept));
        Assert.Equal(1000, _alarms.Read()[0].Text.Length);
    }
}
