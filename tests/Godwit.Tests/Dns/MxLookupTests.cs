using System.Net;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Dns;

public sealed class MxLookupTests : IAsyncLifetime
{
    private const int Limit = 20_000;

    private static readonly LookupTerms _patient = new(AddressFamilies.Both, FailuresFor: TimeSpan.FromMinutes(1));

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ScriptedDnsServer _server = new();
    private readonly DnsResolver _resolver;
    private readonly MxLookup _lookup;

    public MxLookupTests()
    {
        _resolver = new DnsResolver(() => [_server.EndPoint], new ServerClock(_time));
        _lookup = new MxLookup(_resolver, new Random(42));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _resolver.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Hosts_come_by_preference_with_their_addresses()
    {
        _server.Zone("example.org").Mx(20, "mx2").Mx(10, "mx1").A("mx1", "192.0.2.1", "2001:db8::1").A("mx2", "192.0.2.2");

        MxAnswer answer = await FindAsync("example.org");

        Assert.Equal(MxStatus.Found, answer.Status);
        Assert.Equal(
            ["10 mx1.example.org 2001:db8::1 192.0.2.1", "20 mx2.example.org 192.0.2.2"],
            Lines(answer));
        Assert.Equal($"MX example.org: 2 records from {_server.EndPoint}", answer.Detail);
    }

    [Fact(Timeout = Limit)]
    public async Task A_null_mx_takes_no_mail()
    {
        _server.Zone("example.org").NullMx().A("@", "192.0.2.1");

        MxAnswer answer = await FindAsync("example.org");

        Assert.Equal(MxStatus.NullMx, answer.Status);
        Assert.Empty(answer.Hosts);
        Assert.Contains("null MX", answer.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task A_root_target_beside_real_hosts_is_skipped()
    {
        _server.Zone("example.org").NullMx().Mx(10, "mx1").A("mx1", "192.0.2.1");

        Assert.Equal(["10 mx1.example.org 192.0.2.1"], Lines(await FindAsync("example.org")));
    }

    [Fact(Timeout = Limit)]
    public async Task Without_mx_the_domain_is_its_own_host()
    {
        _server.Zone("example.org").A("@", "192.0.2.1", "2001:db8::1");

        Assert.Equal(["0 example.org 2001:db8::1 192.0.2.1"], Lines(await FindAsync("example.org")));
    }

    [Fact(Timeout = Limit)]
    public async Task An_unknown_domain_is_said_so()
    {
        MxAnswer answer = await FindAsync("no.example");

        Assert.Equal(MxStatus.NoSuchDomain, answer.Status);
        Assert.Equal($"MX no.example: NXDOMAIN from {_server.EndPoint}", answer.Detail);
    }

    [Fact(Timeout = Limit)]
    public async Task A_domain_with_neither_mx_nor_address_has_no_hosts()
    {
        _server.Zone("example.org").Exists();

        MxAnswer answer = await FindAsync("example.org");

        Assert.Equal(MxStatus.NoHosts, answer.Status);
        Assert.Equal($"MX example.org: no such records from {_server.EndPoint}; A example.org: no such records from {_server.EndPoint}", answer.Detail);
    }

    [Fact(Timeout = Limit)]
    public async Task A_domain_that_is_an_alias_is_its_target()
    {
        _server.Zone("example.org").Cname("@", "example.net");
        _server.Zone("example.net").Mx(5, "mx").A("mx", "192.0.2.5");
        _server.Zone("example.com").Cname("@", "host.example.com").A("host", "192.0.2.6");

        Assert.Equal(["5 mx.example.net 192.0.2.5"], Lines(await FindAsync("example.org")));
        Assert.Equal(["0 host.example.com 192.0.2.6"], Lines(await FindAsync("example.com")));
    }

    [Fact(Timeout = Limit)]
    public async Task A_host_that_is_an_alias_keeps_its_name_and_gets_the_addresses()
    {
        _server.Zone("example.org").Mx(10, "mx").Cname("mx", "real.example.org").A("real", "192.0.2.7");

        Assert.Equal(["10 mx.example.org 192.0.2.7"], Lines(await FindAsync("example.org")));
    }

    [Fact(Timeout = Limit)]
    public async Task Hosts_without_an_address_are_skipped()
    {
        _server.Zone("example.org").Mx(10, "gone").Mx(20, "mail host.example.org").Mx(30, "10.0.0.1").Mx(40, "mx").A("mx", "192.0.2.4");

        Assert.Equal(["40 mx.example.org 192.0.2.4"], Lines(await FindAsync("example.org")));
        Assert.Equal(0, _server.CountOf("10.0.0.1", DnsType.A));
    }

    [Fact(Timeout = Limit)]
    public async Task Mx_records_without_a_usable_host_do_not_fall_back_to_the_domain()
    {
        _server.Zone("example.org").Mx(10, "10.0.0.1").A("@", "192.0.2.1");
        _server.Zone("example.net").Mx(10, "gone").A("@", "192.0.2.1");

        MxAnswer literal = await FindAsync("example.org");
        MxAnswer gone = await FindAsync("example.net");

        Assert.Equal((MxStatus.NoHosts, MxStatus.NoHosts), (literal.Status, gone.Status));
        Assert.Equal(
            $"MX example.net: 1 record from {_server.EndPoint}, no host with an address; A gone.example.net: NXDOMAIN from {_server.EndPoint}",
            gone.Detail);
    }

    [Fact(Timeout = Limit)]
    public async Task A_temporary_failure_of_one_host_outweighs_the_absence_of_the_others()
    {
        _server.Zone("example.org").Mx(10, "gone").Mx(20, "broken");
        _server.When("broken.example.org", DnsType.A).ServFail();

        MxAnswer answer = await FindAsync("example.org");

        Assert.Equal(MxStatus.TemporaryFailure, answer.Status);
        Assert.EndsWith($"A broken.example.org: SERVFAIL from {_server.EndPoint}", answer.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task A_temporary_failure_of_one_host_does_not_stop_mail_to_another()
    {
        _server.Zone("example.org").Mx(10, "broken").Mx(20, "mx").A("mx", "192.0.2.4");
        _server.When("broken.example.org", DnsType.A).ServFail();

        Assert.Equal(["20 mx.example.org 192.0.2.4"], Lines(await FindAsync("example.org")));
    }

    [Theory(Timeout = Limit)]
    [InlineData(DnsType.MX)]
    [InlineData(DnsType.A)]
    [InlineData(DnsType.AAAA)]
    public async Task A_failing_lookup_is_never_no_hosts(DnsType failing)
    {
        _server.Zone("example.org").Exists();
        _server.When("example.org", failing).ServFail();

        MxAnswer answer = await FindAsync("example.org");

        Assert.Equal(MxStatus.TemporaryFailure, answer.Status);
        Assert.EndsWith($"{failing} example.org: SERVFAIL from {_server.EndPoint}", answer.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task One_family_is_enough_when_the_other_fails_and_is_asked_for_again_soon()
    {
        _server.Zone("example.org").Ttl(3600).Mx(10, "mx").A("mx", "192.0.2.1", "2001:db8::1");
        _server.When("mx.example.org", DnsType.AAAA).ServFail(times: 1);

        Assert.Equal(["10 mx.example.org 192.0.2.1"], Lines(await FindAsync("example.org")));
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(["10 mx.example.org 2001:db8::1 192.0.2.1"], Lines(await FindAsync("example.org")));
    }

    [Theory(Timeout = Limit)]
    [InlineData("example.org", DnsType.MX)]
    [InlineData("mx.example.org", DnsType.A)]
    public async Task Who_comes_again_after_a_failure_does_not_meet_that_failure(string broken, DnsType type)
    {
        _server.Zone("example.org").Ttl(3600).Mx(10, "mx").A("mx", "192.0.2.1");
        _server.When(broken, type).ServFail(times: 1);
        LookupTerms hasty = _patient with { FailuresFor = TimeSpan.FromSeconds(5) };
        Assert.Equal(MxStatus.TemporaryFailure, (await FindAsync("example.org", hasty)).Status);

        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(MxStatus.TemporaryFailure, (await FindAsync("example.org", hasty)).Status);
        Assert.Equal(1, _server.CountOf(broken, type));
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(["10 mx.example.org 192.0.2.1"], Lines(await FindAsync("example.org", hasty)));
        Assert.Equal(2, _server.CountOf(broken, type));
    }

    [Fact(Timeout = Limit)]
    public async Task One_broken_host_beside_a_good_one_is_not_asked_for_at_every_connection()
    {
        _server.Zone("example.org").Ttl(3600).Mx(10, "broken").Mx(20, "mx").A("mx", "192.0.2.4");
        _server.When("broken.example.org", DnsType.A).ServFail();
        LookupTerms hasty = _patient with { FailuresFor = TimeSpan.FromSeconds(1) };
        for (int i = 0; i < 29; i++)
        {
            Assert.Equal(["20 mx.example.org 192.0.2.4"], Lines(await FindAsync("example.org", hasty)));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, _server.CountOf("broken.example.org", DnsType.A));
    }

    [Fact(Timeout = Limit)]
    public async Task The_whole_list_is_told_hosts_without_an_address_included()
    {
        _server.Zone("example.org").Mx(20, "mx").Mx(10, "gone").A("mx", "192.0.2.1").Mx(30, "10.0.0.1");
        _server.Zone("example.net").Mx(10, "gone");
        _server.Zone("example.com").A("@", "192.0.2.1");

        Assert.Equal(
            [new MailExchange(DomainName.Parse("gone.example.org"), 10), new MailExchange(DomainName.Parse("mx.example.org"), 20)],
            (await FindAsync("example.org")).Exchanges);
        Assert.Equal([new MailExchange(DomainName.Parse("gone.example.net"), 10)], (await FindAsync("example.net")).Exchanges);
        Assert.Equal([new MailExchange(DomainName.Parse("example.com"), 0)], (await FindAsync("example.com")).Exchanges);
        Assert.Empty((await FindHostAsync("mx.example.org")).Exchanges);
    }

    [Theory(Timeout = Limit)]
    [InlineData(AddressFamilies.IPv4Only, "192.0.2.1", DnsType.AAAA)]
    [InlineData(AddressFamilies.IPv6Only, "2001:db8::1", DnsType.A)]
    public async Task Only_the_family_that_can_be_used_is_asked_for(AddressFamilies families, string address, DnsType unasked)
    {
        _server.Zone("example.org").Mx(10, "mx").A("mx", "192.0.2.1", "2001:db8::1");
        _server.Zone("example.net").A("@", "192.0.2.1", "2001:db8::1");
        LookupTerms terms = _patient with { Families = families };

        Assert.Equal([$"10 mx.example.org {address}"], Lines(await FindAsync("example.org", terms)));
        Assert.Equal([$"0 example.net {address}"], Lines(await FindAsync("example.net", terms)));
        Assert.Equal([$"0 mx.example.org {address}"], Lines(await FindHostAsync("mx.example.org", terms)));

        Assert.DoesNotContain(_server.Queries, query => query.Type == unasked);
        Assert.Equal(["10 mx.example.org 2001:db8::1 192.0.2.1"], Lines(await FindAsync("example.org")));
    }

    [Theory(Timeout = Limit)]
    [InlineData(AddressFamilies.IPv4Only, "2001:db8::1")]
    [InlineData(AddressFamilies.IPv6Only, "192.0.2.1")]
    public async Task The_other_family_is_the_answer_when_there_is_nothing_else(AddressFamilies families, string address)
    {
        _server.Zone("example.org").Mx(10, "mx").A("mx", address).Mx(20, "empty").Exists("empty");
        _server.Zone("example.net").A("@", address);
        LookupTerms terms = _patient with { Families = families };

        Assert.Equal([$"10 mx.example.org {address}"], Lines(await FindAsync("example.org", terms)));
        Assert.Equal([$"0 example.net {address}"], Lines(await FindAsync("example.net", terms)));
        Assert.Equal([$"0 mx.example.org {address}"], Lines(await FindHostAsync("mx.example.org", terms)));
    }

    [Fact(Timeout = Limit)]
    public async Task A_host_of_the_other_family_is_passed_over_without_asking_for_it()
    {
        _server.Zone("example.org").Mx(10, "sixth").A("sixth", "2001:db8::1").Mx(20, "fourth").A("fourth", "192.0.2.4");

        Assert.Equal(["20 fourth.example.org 192.0.2.4"], Lines(await FindAsync("example.org", _patient with { Families = AddressFamilies.IPv4Only })));
        Assert.DoesNotContain(_server.Queries, query => query.Type == DnsType.AAAA);
    }

    [Fact(Timeout = Limit)]
    public async Task A_failure_of_the_only_family_asked_for_is_a_failure_and_not_another_family()
    {
        _server.Zone("example.org").Mx(10, "mx").A("mx", "2001:db8::1");
        _server.When("mx.example.org", DnsType.A).ServFail();

        Assert.Equal(MxStatus.TemporaryFailure, (await FindAsync("example.org", _patient with { Families = AddressFamilies.IPv4Only })).Status);
    }

    [Fact(Timeout = Limit)]
    public async Task A_host_that_does_not_exist_is_asked_for_once()
    {
        _server.Zone("example.org").Mx(10, "gone");

        Assert.Equal(MxStatus.NoHosts, (await FindAsync("example.org", _patient with { Families = AddressFamilies.IPv4Only })).Status);
        Assert.Equal(1, _server.Queries.Count(query => query.Name == "gone.example.org"));
    }

    [Fact(Timeout = Limit)]
    public async Task Equal_preferences_are_shuffled_for_every_call_from_one_answer()
    {
        ScriptedZone zone = _server.Zone("example.org").Mx(5, "first").A("first", "192.0.2.1");
        foreach (string host in (string[])["a", "b", "c"])
        {
            zone.Mx(10, host).A(host, "192.0.2.9");
        }

        var orders = new HashSet<string>();
        for (int i = 0; i < 200; i++)
        {
            MxAnswer answer = await FindAsync("example.org");
            Assert.Equal("first.example.org", answer.Hosts[0].Name.Text);
            orders.Add(string.Join(' ', answer.Hosts.Skip(1).Select(h => h.Name)));
        }

        Assert.Equal(6, orders.Count);
        Assert.Equal(1, _server.CountOf("example.org", DnsType.MX));
    }

    [Fact(Timeout = Limit)]
    public async Task Addresses_alternate_by_family_and_rotate_within_it()
    {
        _server.Zone("example.org").Mx(10, "mx").A("mx", "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2");

        var orders = new HashSet<string>();
        for (int i = 0; i < 200; i++)
        {
            IReadOnlyList<IPAddress> addresses = (await FindAsync("example.org")).Hosts[0].Addresses;
            Assert.Equal("64644", string.Concat(addresses.Select(a => a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? '4' : '6')));
            orders.Add(string.Join(' ', addresses));
        }

        Assert.Equal(12, orders.Count);
    }

    [Fact(Timeout = Limit)]
    public async Task A_remembered_answer_without_equals_is_given_at_once_and_as_it_is()
    {
        _server.Zone("example.org").Mx(10, "mx1").Mx(20, "mx2").A("mx1", "192.0.2.1", "2001:db8::1").A("mx2", "192.0.2.2");
        MxAnswer first = await FindAsync("example.org");

        ValueTask<MxAnswer> again = _lookup.FindAsync(DomainName.Parse("example.org"), _patient, CancellationToken.None);

        Assert.True(again.IsCompletedSuccessfully);
        Assert.Same(first, await again);
    }

    [Fact(Timeout = Limit)]
    public async Task An_answer_lives_as_long_as_the_shortest_of_its_parts()
    {
        _server.Zone("example.org").Ttl(3600).Mx(10, "mx").Ttl(60).A("mx", "192.0.2.1", "2001:db8::1");
        await FindAsync("example.org");

        _server.Zone("example.org").Clear().Mx(10, "mx").A("mx", "192.0.2.200", "2001:db8::1");
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(["10 mx.example.org 2001:db8::1 192.0.2.1"], Lines(await FindAsync("example.org")));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["10 mx.example.org 2001:db8::1 192.0.2.200"], Lines(await FindAsync("example.org")));
        Assert.Equal(1, _server.CountOf("example.org", DnsType.MX));
    }

    [Theory(Timeout = Limit)]
    [InlineData("example.org")]
    [InlineData("mx.example.org")]
    [InlineData(null)]
    public async Task Clearing_the_cache_reaches_remembered_answers(string? cleared)
    {
        _server.Zone("example.org").Mx(10, "mx").A("mx", "192.0.2.1");
        await FindAsync("example.org");
        await FindHostAsync("mx.example.org");
        _server.Zone("example.org").Clear().Mx(10, "mx").A("mx", "192.0.2.200");

        _resolver.ClearCache(cleared is null ? null : DomainName.Parse(cleared));

        Assert.Equal(["10 mx.example.org 192.0.2.200"], Lines(await FindAsync("example.org")));
        Assert.Equal(["0 mx.example.org 192.0.2.200"], Lines(await FindHostAsync("mx.example.org")));
    }

    [Theory(Timeout = Limit)]
    [InlineData("[192.0.2.1]", "192.0.2.1")]
    [InlineData("[IPv6:2001:db8::1]", "2001:db8::1")]
    public async Task An_address_literal_is_its_own_answer(string literal, string address)
    {
        MxAnswer answer = await FindAsync(literal);
        MxAnswer host = await FindHostAsync(literal);

        Assert.Equal(address, Assert.Single(Assert.Single(answer.Hosts).Addresses).ToString());
        Assert.Equal(address, Assert.Single(Assert.Single(host.Hosts).Addresses).ToString());
        Assert.Empty(_server.Queries);
    }

    [Fact(Timeout = Limit)]
    public async Task A_bare_address_is_a_host_but_not_a_domain()
    {
        Assert.Equal(["0 192.0.2.1 192.0.2.1"], Lines(await FindHostAsync("192.0.2.1")));
        Assert.Empty(_server.Queries);

        Assert.Equal(MxStatus.NoSuchDomain, (await FindAsync("192.0.2.1")).Status);
    }

    [Fact(Timeout = Limit)]
    public async Task A_host_is_looked_up_without_mx()
    {
        _server.Zone("example.org").Mx(10, "mx").A("@", "192.0.2.1").Exists("empty");
        _server.When("broken.example.org", DnsType.AAAA).ServFail();

        Assert.Equal(["0 example.org 192.0.2.1"], Lines(await FindHostAsync("example.org")));
        Assert.Equal(MxStatus.NoSuchDomain, (await FindHostAsync("no.example.org")).Status);
        Assert.Equal(MxStatus.NoHosts, (await FindHostAsync("empty.example.org")).Status);
        Assert.Equal(MxStatus.TemporaryFailure, (await FindHostAsync("broken.example.org")).Status);
        Assert.Equal(0, _server.CountOf("example.org", DnsType.MX));
    }

    [Fact(Timeout = Limit)]
    public async Task Hosts_and_addresses_are_bounded_best_first()
    {
        ScriptedZone zone = _server.Zone("example.org");
        for (int i = 120; i > 0; i--)
        {
            zone.Mx(i, $"mx{i}").A($"mx{i}", "192.0.2.1");
        }

        zone.A("mx1", [.. Enumerable.Range(2, 60).Select(i => $"192.0.2.{i}")]);

        MxAnswer answer = await FindAsync("example.org");

        Assert.Equal(MxLookup.MaxHosts, answer.Hosts.Count);
        Assert.Equal(1, answer.Hosts[0].Preference);
        Assert.Equal(MxLookup.MaxHosts, answer.Hosts[^1].Preference);
        Assert.Equal(AddressOrder.MaxAddresses, answer.Hosts[0].Addresses.Count);
        Assert.Equal(1 + 2 + 2 * MxLookup.MaxHosts, _server.Queries.Count + (_server.Queries.Any(q => q is { Name: "mx1.example.org", IsTcp: true }) ? 0 : 1));
    }

    [Fact(Timeout = Limit)]
    public async Task A_host_listed_twice_counts_once_with_its_better_preference()
    {
        _server.Zone("example.org").Mx(20, "mx").Mx(10, "MX.example.org").A("mx", "192.0.2.1");

        Assert.Equal(["10 mx.example.org 192.0.2.1"], Lines(await FindAsync("example.org")));
    }

    [Fact(Timeout = Limit)]
    public async Task Addresses_that_are_nobodys_are_dropped()
    {
        _server.Zone("example.org").Mx(10, "mx").A("mx", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "127.0.0.1")
            .Raw("mx", DnsType.AAAA, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1]);

        Assert.Equal(["10 mx.example.org 127.0.0.1"], Lines(await FindAsync("example.org")));
    }

    [Fact(Timeout = Limit)]
    public async Task A_slow_host_holds_up_the_others_for_three_seconds_and_is_taken_in_when_it_is_known()
    {
        _server.Zone("example.org").Mx(10, "slow").Mx(20, "fast").A("fast", "192.0.2.2").A("slow", "192.0.2.1");
        _server.When("slow.example.org", DnsType.A).Drop(times: 2);
        Instant started = _resolver.Clock.Now;
        Task<MxAnswer> asked = FindAsync("example.org");
        await Task.WhenAll(_server.ReceivedAsync("slow.example.org", DnsType.A), _server.ReceivedAsync("fast.example.org", DnsType.A));
        await PassTimeUntilAsync(() => asked.IsCompleted);

        Assert.Equal(["20 fast.example.org 192.0.2.2"], Lines(await asked));
        Assert.InRange(_resolver.Clock.Now - started, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));

        Task<MxAnswer> again = asked;
        await PassTimeUntilAsync(() =>
        {
            again = again.IsCompleted && again.Result.Hosts.Count == 1 ? FindAsync("example.org") : again;
            return again.IsCompleted && again.Result.Hosts.Count == 2;
        });
        Assert.Equal(["10 slow.example.org 192.0.2.1", "20 fast.example.org 192.0.2.2"], Lines(await again));
    }

    [Fact(Timeout = Limit)]
    public async Task A_slow_host_is_waited_for_when_no_other_has_an_address()
    {
        _server.Zone("example.org").Mx(10, "slow").Mx(20, "empty").Exists("empty").A("slow", "192.0.2.1");
        _server.When("slow.example.org", DnsType.A).Drop(times: 1);
        _server.When("slow.example.org", DnsType.AAAA).Drop(times: 2);
        Task<MxAnswer> asked = FindAsync("example.org");
        await PassTimeUntilAsync(() => asked.IsCompleted);

        Assert.Equal(["10 slow.example.org 192.0.2.1"], Lines(await asked));
    }

    [Fact(Timeout = Limit)]
    public async Task A_caller_may_give_up()
    {
        using var impatient = new CancellationTokenSource();
        _server.When("example.org", DnsType.MX).Drop();
        Task<MxAnswer> asked = _lookup.FindAsync(DomainName.Parse("example.org"), _patient, impatient.Token).AsTask();

        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    private async Task PassTimeUntilAsync(Func<bool> reached)
    {
        while (!reached())
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private static List<string> Lines(MxAnswer answer) =>
        [.. answer.Hosts.Select(h => $"{h.Preference} {h.Name} {string.Join(' ', h.Addresses)}")];

    private Task<MxAnswer> FindAsync(string domain, LookupTerms? terms = null) =>
        _lookup.FindAsync(DomainName.Parse(domain), terms ?? _patient, CancellationToken.None).AsTask();

    private Task<MxAnswer> FindHostAsync(string host, LookupTerms? terms = null) =>
        _lookup.FindHostAsync(DomainName.Parse(host), terms ?? _patient, CancellationToken.None).AsTask();
}
