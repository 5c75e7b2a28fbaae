using Godwit.Intake;
using Godwit.Mail;
using Godwit.Spool;

namespace Godwit.Tests.Intake;

public sealed class ColdCountersTests
{
    private const int Monday = 700_000;

    private static readonly DomainName _domain = DomainName.Parse("big.test");

    private readonly Dictionary<string, byte[]> _disk = [];

    [Fact]
    public void The_first_messages_of_a_day_go_to_the_cold_ones_in_turn_and_the_rest_stays()
    {
        ColdCounters counters = Counters();

        Assert.Equal([0, 1, 2, 0, 1, 0, -1, -1], Take(counters, Monday, 8, One("a", 3), One("b", 2), One("c", 1)));
        Assert.Equal([0, 1], Take(counters, Monday + 1, 2, One("a", 3), One("b", 2)));
    }

    [Fact]
    public void Every_destination_has_its_own_share()
    {
        ColdCounters counters = Counters();

        Assert.Equal([0, -1], Take(counters, Monday, 2, One("a", 1)));
        Assert.Equal(0, counters.Take([One("a", 1)], DomainName.Parse("other.test"), Monday, out _));
    }

    [Fact]
    public void The_share_grows_from_the_first_day_of_a_destination_step_by_step_and_the_last_stays()
    {
        ColdCounters counters = Counters();
        var candidate = new ColdCandidate("a", [1, 2, 4]);

        // The third day has no mail: the steps go by the calendar.
        Assert.Equal([1, 2, 4, 4], new[] { 0, 1, 3, 9 }.Select(day => Take(counters, Monday + day, 6, candidate).Count(taken => taken == 0)));
    }

    [Fact]
    public void A_warm_up_that_rests_for_more_than_a_month_begins_again()
    {
        ColdCounters counters = Counters();
        var candidate = new ColdCandidate("a", [1, 5]);
        Take(counters, Monday, 1, candidate);

        Assert.Equal(5, Take(counters, Monday + 30, 6, candidate).Count(taken => taken == 0));
        Assert.Equal(1, Take(counters, Monday + 61, 6, candidate).Count(taken => taken == 0));
    }

    [Fact]
    public void A_clock_that_goes_back_gives_nobody_a_second_share()
    {
        ColdCounters counters = Counters();
        Take(counters, Monday, 2, One("a", 2));

        Assert.Equal([-1], Take(counters, Monday - 1, 1, One("a", 2)));
    }

    [Fact]
    public void A_restart_forgets_no_count_and_no_step()
    {
        Take(Counters(), Monday, 2, new ColdCandidate("a", [3, 5]));
        ColdCounters again = Counters();

        Assert.Equal([0, -1], Take(again, Monday, 2, new ColdCandidate("a", [3, 5])));
        Assert.Equal(5, Take(Counters(), Monday + 1, 9, new ColdCandidate("a", [3, 5])).Count(taken => taken == 0));
    }

    [Fact]
    public void Counters_of_past_days_go_from_memory_and_disk()
    {
        ColdCounters counters = Counters();
        for (int i = 0; i < 100; i++)
        {
            counters.Take([One("a", 1)], DomainName.Parse($"d{i}.test"), Monday, out _);
        }

        Take(counters, Monday + 1, 20, One("a", 20));

        Assert.Equal((1, 1), (counters.Count, _disk.Count));
    }

    [Fact]
    public void Beyond_the_bound_mail_stays_where_it_is()
    {
        ColdCounters counters = Counters();
        for (int i = 0; i < ColdCounters.MaxCounters; i++)
        {
            counters.Take([One("a", 1)], DomainName.Parse($"d{i}.test"), Monday, out _);
        }

        Assert.Equal([-1], Take(counters, Monday, 1, One("a", 1)));
        Assert.Equal(0, counters.Take([One("a", 2)], DomainName.Parse("d7.test"), Monday, out _));
    }

    [Fact]
    public async Task A_count_that_cannot_be_kept_says_so_to_whoever_waits_for_it()
    {
        var counters = new ColdCounters(_disk, (_, _) => throw new SpoolException("no disk"));
        counters.Take([One("a", 1)], _domain, Monday, out Task kept);

        await Assert.ThrowsAsync<SpoolException>(() => kept);
    }

    private static ColdCandidate One(string name, int limit) => new(name, [limit]);

    private static List<int> Take(ColdCounters counters, int day, int count, params ColdCandidate[] candidates) =>
        [.. Enumerable.Range(0, count).Select(_ => counters.Take(candidates, _domain, day, out Task _))];

    private ColdCounters Counters() => new(new Dictionary<string, byte[]>(_disk), (key, value) =>
    {
        if (value.Length == 0)
        {
            _disk.Remove(key);
        }
        else
        {
            _disk[key] = value;
        }

        return ValueTask.CompletedTask;
    });
}
