using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Metrics;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Metrics;

public sealed class NamedDestinationsTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ActivityBook _book = new();
    private readonly NamedDestinations _named;

    public NamedDestinationsTests() => _named = new NamedDestinations(_book, new ServerClock(_time), () => 2);

    [Fact]
    public void Destinations_are_named_up_to_the_bound_and_the_others_come_together()
    {
        Deliver("a.example", 5);
        Deliver("b.example", 3);
        Deliver("c.example", 2);
        Deliver("d.example", 1);

        Assert.Equal("a.example 5, b.example 3, other 3", Read());
    }

    [Fact]
    public void A_destination_that_becomes_large_is_named_and_no_number_ever_falls()
    {
        Deliver("a.example", 5);
        Deliver("b.example", 3);
        Deliver("c.example", 2);
        Assert.Equal("a.example 5, b.example 3, other 2", Read());

        Deliver("c.example", 100);
        Assert.Equal("a.example 5, b.example 3, other 102", Read());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("a.example 5, c.example 0, other 102", Read());

        Deliver("c.example", 7);
        Deliver("b.example", 1);
        Assert.Equal("a.example 5, c.example 7, other 103", Read());
    }

    [Fact]
    public void A_destination_that_is_only_a_little_larger_takes_no_name_away()
    {
        Deliver("a.example", 5);
        Deliver("b.example", 3);
        Read();
        Deliver("c.example", 5);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("a.example 5, b.example 3, other 5", Read());
    }

    [Fact]
    public void An_operators_reset_holds_nothing_up()
    {
        var traffic = new TrafficCounters(new ServerClock(_time));
        var named = new NamedDestinations(traffic.Activity, new ServerClock(_time), () => 1);
        Deliver(traffic.Activity, "a.example", 2000);
        Deliver(traffic.Activity, "b.example", 1000);
        Assert.Equal("a.example 2000, other 1000", Read(named));

        traffic.Reset();
        Deliver(traffic.Activity, "b.example", 500);
        Deliver(traffic.Activity, "a.example", 1);
        Assert.Equal("a.example 2001, other 1500", Read(named));
    }

    private static void Deliver(ActivityBook book, string destination, int recipients) =>
        book.Settled(new SettledRecipients(destination, "v1", null, "", recipients, 0, 0, 250, "", new Instant(1)));

    private static string Read(NamedDestinations named) => string.Join(
        ", ", named.Read().OrderBy(each => each.Destination == "other").ThenBy(each => each.Destination, StringComparer.Ordinal)
            .Select(each => $"{each.Destination} {each.Delivered}"));

    private void Deliver(string destination, int recipients) => Deliver(_book, destination, recipients);

    private string Read() => Read(_named);
}
