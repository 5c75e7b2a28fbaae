using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Dns;

public sealed class NameCacheTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ServerClock _clock;

    public NameCacheTests() => _clock = new ServerClock(_time);

    [Fact]
    public void A_value_is_found_until_it_expires()
    {
        NameCache<string> cache = Cache(10);
        Store(cache, "a.example", seconds: 60);

        Assert.Equal("a.example", Find(cache, "a.example"));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Null(Find(cache, "a.example"));
    }

    [Fact]
    public void The_number_of_names_is_bounded_and_what_is_used_stays()
    {
        NameCache<string> cache = Cache(100);
        Store(cache, "used.example");
        for (int i = 0; i < 1000; i++)
        {
            Store(cache, $"d{i}.example");
            Assert.NotNull(Find(cache, "used.example"));
        }

        Assert.Equal(100, cache.Count);
        Assert.NotNull(Find(cache, "d999.example"));
        Assert.Null(Find(cache, "d0.example"));
    }

    [Fact]
    public void The_bound_holds_when_everything_is_in_use()
    {
        NameCache<string> cache = Cache(50);
        for (int i = 0; i < 200; i++)
        {
            Store(cache, $"d{i}.example");
            for (int j = 0; j <= i; j++)
            {
                Find(cache, $"d{j}.example");
            }
        }

        Assert.Equal(50, cache.Count);
    }

    [Fact]
    public void Expired_names_leave_while_others_come()
    {
        NameCache<string> cache = Cache(1000);
        for (int i = 0; i < 100; i++)
        {
            Store(cache, $"old{i}.example", seconds: 10);
        }

        _time.Advance(TimeSpan.FromSeconds(11));
        for (int i = 0; i < 50; i++)
        {
            Store(cache, $"new{i}.example");
        }

        Assert.Equal(50, cache.Count);
    }

    [Fact]
    public void Clearing_a_name_takes_everything_below_it_and_nothing_beside_it()
    {
        NameCache<string> cache = Cache(10);
        foreach (string name in (string[])["example.org", "mx.example.org", "badexample.org", "org"])
        {
            Store(cache, name);
        }

        cache.Clear(DomainName.Parse("example.org"));

        Assert.Equal(2, cache.Count);
        Assert.NotNull(Find(cache, "badexample.org"));
        Assert.NotNull(Find(cache, "org"));
        cache.Clear(null);
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void What_was_asked_before_a_clear_is_not_remembered_after_it()
    {
        NameCache<string> cache = Cache(10);
        int before = cache.Generation;
        cache.Clear(null);

        cache.Store(DomainName.Parse("a.example"), "stale", Instant.Never, before);

        Assert.Null(Find(cache, "a.example"));
    }

    private static string? Find(NameCache<string> cache, string name) => cache.Find(DomainName.Parse(name));

    private NameCache<string> Cache(int capacity) => new(capacity, _clock);

    private void Store(NameCache<string> cache, string name, int seconds = 3600) =>
        cache.Store(DomainName.Parse(name), name, _clock.Now + TimeSpan.FromSeconds(seconds), cache.Generation);
}
