using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Tests.Mail;

public sealed class DeliveryWindowsTests
{
    [Theory]
    [InlineData("10-20", 5, 10)]
    [InlineData("10-20", 10, 10)]
    [InlineData("10-20", 19, 19)]
    [InlineData("10-20", 20, long.MaxValue)]
    [InlineData("30-40 10-20", 20, 30)]
    [InlineData("10-20 20-30", 20, 20)]
    [InlineData("10-40 15-20", 30, 30)]
    public void The_next_open_time_lies_in_a_window(string windows, long time, long open)
    {
        DeliveryWindows read = Of(windows);

        Assert.Equal(new Instant(open), read.NextOpen(new Instant(time)));
        Assert.Equal(time == open, read.IsOpen(new Instant(time)));
    }

    [Fact]
    public void Windows_are_in_order_joined_where_they_touch_and_end_with_the_last()
    {
        DeliveryWindows windows = Of("50-60 10-20 15-30 30-35");

        Assert.Equal([new DeliveryWindow(new(10), new(35)), new DeliveryWindow(new(50), new(60))], windows.All);
        Assert.Equal(new Instant(60), windows.End);
        Assert.Equal(Of("10-35 50-60"), windows);
        Assert.NotEqual(Of("10-35 50-61"), windows);
    }

    [Fact]
    public void A_window_that_ends_before_it_begins_is_none() => Assert.Throws<ArgumentException>(() => Of("20-10"));

    private static DeliveryWindows Of(string windows) => DeliveryWindows.Of(
        [.. windows.Split(' ').Select(each => each.Split('-')).Select(ends => new DeliveryWindow(new(long.Parse(ends[0])), new(long.Parse(ends[1]))))]);
}
