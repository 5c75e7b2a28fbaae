using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;

namespace Godwit.Tests.Intake;

public sealed class ScheduleFieldTests
{
    private static readonly TimeZoneInfo _east = TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(2), "east", "east");

    private static readonly Instant _now = Instant.FromDateTime(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("2026-03-01 15:00:00/2026-03-01 16:00:00", "2026-03-01 13:00:00+0000/2026-03-01 14:00:00+0000")]
    [InlineData(" 2026-03-02 09:00:00 / 2026-03-02 10:00:00 ,2026-03-01 15:00:00/2026-03-01 16:00:00",
        "2026-03-01 13:00:00+0000/2026-03-01 14:00:00+0000, 2026-03-02 07:00:00+0000/2026-03-02 08:00:00+0000")]
    [InlineData("2026-03-01 15:00:00+0100/2026-03-01 16:00:00-03:00", "2026-03-01 14:00:00+0000/2026-03-01 19:00:00+0000")]
    [InlineData("2026-02-01 09:00:00/2026-02-01 10:00:00, 2026-03-01 00:00:00/2026-03-03 00:00:00", "2026-02-28 22:00:00+0000/2026-03-02 22:00:00+0000")]
    public void Times_are_the_servers_own_unless_they_say_otherwise_and_windows_that_are_over_are_left_out(string text, string expected)
    {
        Assert.Null(ScheduleField.Read(text, _east, _now, out DeliveryWindows? windows));
        Assert.Equal(expected, windows?.ToString());
    }

    [Theory]
    [InlineData("soon", "x-schedule: window 1 cannot be read; write START/END, START/END with times such as 2026-03-01 09:00:00")]
    [InlineData("2026-03-01 15:00:00", "x-schedule: window 1 cannot be read; write START/END, START/END with times such as 2026-03-01 09:00:00")]
    [InlineData("2026-03-01 15:00:00/2026-03-01 16:00:00,", "x-schedule: window 2 cannot be read; write START/END, START/END with times such as 2026-03-01 09:00:00")]
    [InlineData("2026-03-01 15:00/2026-03-01 16:00", "x-schedule: window 1 cannot be read; write START/END, START/END with times such as 2026-03-01 09:00:00")]
    [InlineData("2026-02-30 15:00:00/2026-03-01 16:00:00", "x-schedule: window 1 cannot be read; write START/END, START/END with times such as 2026-03-01 09:00:00")]
    [InlineData("2026-03-01 16:00:00/2026-03-01 15:00:00", "x-schedule: window 1 ends before it begins")]
    [InlineData("2026-03-01 16:00:00/2026-03-01 16:00:00", "x-schedule: window 1 ends before it begins")]
    [InlineData("2026-03-01 13:00:00/2026-03-01 14:00:00", "x-schedule: every window is over")]
    public void What_gives_no_time_for_delivery_has_a_reason(string text, string reason)
    {
        Assert.Equal(reason, ScheduleField.Read(text, _east, _now, out DeliveryWindows? windows));
        Assert.Null(windows);
    }

    [Fact]
    public void There_are_at_most_a_hundred_windows()
    {
        string Many(int count) => string.Join(',', Enumerable.Repeat("2026-03-05 13:00:00/2026-03-05 14:00:00", count));

        Assert.Null(ScheduleField.Read(Many(100), _east, _now, out _));
        Assert.Equal("x-schedule has more than 100 windows", ScheduleField.Read(Many(101), _east, _now, out _));
    }
}
