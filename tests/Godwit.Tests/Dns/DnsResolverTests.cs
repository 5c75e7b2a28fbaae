using System.Net;
using System.Net.Sockets;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Dns;

public sealed class DnsResolverTests : IAsyncLifetime
{
    private const int Limit = 20_000;

    private static readonly DomainName _example = DomainName.Parse("example.org");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ScriptedDnsServer _server = new();
    private readonly ScriptedDnsServer _second = new();
    private readonly DnsResolver _resolver;
    private IReadOnlyList<IPEndPoint> _configured;

    public DnsResolverTests()
    {
        _configured = [_server.EndPoint];
        _resolver = new DnsResolver(() => _configured, new ServerClock(_time));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _resolver.DisposeAsync();
        await _server.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task Records_are_found_with_their_server_and_life()
    {
        _server.Zone("example.org").Ttl(120).Mx(10, "mx1");

        DnsAnswer answer = await AskAsync(DnsType.MX);

        Assert.Equal(DnsStatus.Found, answer.Status);
        Assert.Equal("mx1.example.org", Assert.IsType<MxRecord>(Assert.Single(answer.Records)).Host.Text);
        Assert.Equal($"MX example.org: 1 record from {_server.EndPoint}", answer.Detail);
        Assert.Equal(TimeSpan.FromSeconds(120), answer.Expires.ToUtc() - _time.GetUtcNow().UtcDateTime);
    }

    [Fact(Timeout = Limit)]
    public async Task An_answer_is_remembered_for_its_time_to_live()
    {
        _server.Zone("example.org").Ttl(120).A("@", "192.0.2.1");

        await AskAsync(DnsType.A);
        _time.Advance(TimeSpan.FromSeconds(119));
        ValueTask<DnsAnswer> again = _resolver.QueryAsync(_example, DnsType.A, CancellationToken.None);
        Assert.True(again.IsCompletedSuccessfully);
        Assert.Equal(DnsStatus.Found, (await again).Status);
        Assert.Single(_server.Queries);

        _time.Advance(TimeSpan.FromSeconds(1));
        await AskAsync(DnsType.A);
        Assert.Equal(2, _server.Queries.Count);
    }

    [Theory(Timeout = Limit)]
    [InlineData(0, 1)]
    [InlineData(10_000_000, 86_400)]
    public async Task The_time_to_live_is_bounded(int ttl, int expected)
    {
        _server.Zone("example.org").Ttl(ttl).A("@", "192.0.2.1");

        Assert.Equal(expected, Life(await AskAsync(DnsType.A)));
    }

    [Theory(Timeout = Limit)]
    [InlineData(60, 60)]
    [InlineData(86_400, 300)]
    [InlineData(0, 1)]
    public async Task A_negative_answer_lives_as_its_zone_says_within_five_minutes(int minimum, int expected)
    {
        _server.Zone("example.org").NegativeTtl(minimum).Exists();

        DnsAnswer noData = await AskAsync(DnsType.MX);
        DnsAnswer noName = await AskAsync("no.example.org", DnsType.MX);

        Assert.Equal((DnsStatus.NoRecords, DnsStatus.NoSuchName), (noData.Status, noName.Status));
        Assert.Equal((expected, expected), (Life(noData), Life(noName)));
        await AskAsync(DnsType.MX);
        Assert.Equal(1, _server.CountOf("example.org", DnsType.MX));
    }

    [Fact(Timeout = Limit)]
    public async Task A_negative_answer_without_authority_is_remembered_for_moments()
    {
        _server.Zone("example.org").WithoutSoa().Exists();

        Assert.Equal(5, Life(await AskAsync(DnsType.MX)));
    }

    [Fact(Timeout = Limit)]
    public async Task A_broken_zone_is_asked_once_in_thirty_seconds()
    {
        _server.When("example.org", DnsType.MX).ServFail();

        DnsAnswer answer = await AskAsync(DnsType.MX);
        await AskAsync(DnsType.MX);

        Assert.Equal(DnsStatus.Failure, answer.Status);
        Assert.Equal($"MX example.org: SERVFAIL from {_server.EndPoint}", answer.Detail);
        Assert.Single(_server.Queries);
        _time.Advance(TimeSpan.FromSeconds(30));
        await AskAsync(DnsType.MX);
        Assert.Equal(2, _server.Queries.Count);
    }

    [Theory(Timeout = Limit)]
    [InlineData(5, 5)]
    [InlineData(0, 1)]
    [InlineData(600, 30)]
    public async Task A_failure_is_believed_as_long_as_the_asker_says_within_one_and_thirty_seconds(double failuresFor, double expected)
    {
        _server.When("example.org", DnsType.MX).ServFail();
        Task<DnsAnswer> AskAgainAsync() => _resolver.QueryAsync(_example, DnsType.MX, TimeSpan.FromSeconds(failuresFor), CancellationToken.None).AsTask();

        await AskAgainAsync();
        _time.Advance(TimeSpan.FromSeconds(expected) - TimeSpan.FromTicks(1));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AskAgainAsync()));
        Assert.Single(_server.Queries);
        _time.Advance(TimeSpan.FromTicks(1));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AskAgainAsync()));

        Assert.Equal(2, _server.Queries.Count);
    }

    [Fact(Timeout = Limit)]
    public async Task An_answer_is_believed_however_little_the_asker_believes_failures()
    {
        _server.Zone("example.org").Ttl(120).Mx(10, "mx1");
        await AskAsync(DnsType.MX);
        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(DnsStatus.Found, (await _resolver.QueryAsync(_example, DnsType.MX, TimeSpan.Zero, CancellationToken.None)).Status);
        Assert.Single(_server.Queries);
    }

    [Fact(Timeout = Limit)]
    public async Task Many_who_ask_the_same_share_one_query()
    {
        var gate = new TaskCompletionSource();
        _server.Zone("example.org").Mx(10, "mx1");
        _server.When("example.org", DnsType.MX).AnswerAfter(gate.Task);

        Task<DnsAnswer>[] askers = [.. Enumerable.Range(0, 20).Select(_ => AskAsync(DnsType.MX))];
        await _server.ReceivedAsync("example.org", DnsType.MX);
        Assert.Equal(1, _resolver.QueriesPending);
        gate.SetResult();
        DnsAnswer[] answers = await Task.WhenAll(askers);

        Assert.All(answers, a => Assert.Same(answers[0], a));
        Assert.Single(_server.Queries);
        Assert.Equal(0, _resolver.QueriesPending);
    }

    [Fact(Timeout = Limit)]
    public async Task A_caller_that_gives_up_takes_nothing_from_the_others()
    {
        var gate = new TaskCompletionSource();
        using var impatient = new CancellationTokenSource();
        _server.Zone("example.org").Mx(10, "mx1");
        _server.When("example.org", DnsType.MX).AnswerAfter(gate.Task);

        Task<DnsAnswer> first = _resolver.QueryAsync(_example, DnsType.MX, impatient.Token).AsTask();
        Task<DnsAnswer> other = AskAsync(DnsType.MX);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        Assert.Equal(DnsStatus.Found, (await other).Status);
    }

    [Fact(Timeout = Limit)]
    public async Task Ids_and_ports_differ_from_query_to_query()
    {
        ScriptedZone zone = _server.Zone("example.org");
        for (int i = 0; i < 400; i++)
        {
            zone.A($"h{i}", "192.0.2.1");
            await AskAsync($"h{i}.example.org", DnsType.A);
        }

        Assert.True(_server.Queries.Select(q => q.Id).Distinct().Count() > 350);
        // 400 queries through channels of at most 64 are at least seven ports, and no channel is replaced before its time.
        Assert.InRange(_server.Queries.Select(q => q.SourcePort).Distinct().Count(), 7, 10);
        Assert.All(_server.Queries, q => Assert.Equal((1232, true), (q.EdnsSize, q.WantsAuthentic)));
    }

    [Fact(Timeout = Limit)]
    public async Task Ports_change_with_time()
    {
        _server.Zone("example.org").Exists();
        for (int i = 0; i < 20; i++)
        {
            await AskAsync($"h{i}.example.org", DnsType.A);
            _time.Advance(TimeSpan.FromSeconds(11));
        }

        Assert.True(_server.Queries.Select(q => q.SourcePort).Distinct().Count() > 15);
    }

    [Theory(Timeout = Limit)]
    [InlineData("id")]
    [InlineData("source")]
    [InlineData("question")]
    public async Task Forged_replies_are_ignored(string what)
    {
        _server.Zone("example.org").A("@", "192.0.2.1");
        DnsScript script = _server.When("example.org", DnsType.A);
        _ = what switch { "id" => script.ForgeIds(5), "source" => script.ForgeSource(), _ => script.ForgeQuestion() };

        Assert.Equal(["192.0.2.1"], Addresses(await AskAsync(DnsType.A)));
        Assert.DoesNotContain(_server.Queries, q => q.IsTcp);
    }

    [Fact(Timeout = Limit)]
    public async Task A_flood_of_guesses_is_answered_by_asking_over_tcp()
    {
        _server.Zone("example.org").A("@", "192.0.2.1");
        _server.When("example.org", DnsType.A).ForgeIds(50, thenTruth: false);

        Assert.Equal(["192.0.2.1"], Addresses(await AskAsync(DnsType.A)));
        Assert.Equal([false, true], _server.Queries.Select(q => q.IsTcp));
    }

    [Fact(Timeout = Limit)]
    public async Task A_truncated_answer_is_fetched_over_tcp()
    {
        _server.Zone("example.org").A("@", [.. Enumerable.Range(1, 200).Select(i => $"192.0.2.{i}")]);

        DnsAnswer answer = await AskAsync(DnsType.A);

        Assert.Equal(200, answer.Records.Count);
        Assert.Equal([false, true], _server.Queries.Select(q => q.IsTcp));
    }

    [Fact(Timeout = Limit)]
    public async Task Tcp_that_never_answers_is_given_up_and_the_next_server_asked()
    {
        _configured = [_server.EndPoint, _second.EndPoint];
        _server.When("example.org", DnsType.A).Truncate(times: 1).Drop();
        _second.Zone("example.org").A("@", "192.0.2.2");

        Task<DnsAnswer> answer = AskAsync(DnsType.A);
        await _server.ReceivedAsync("example.org", DnsType.A, 2);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["192.0.2.2"], Addresses(await answer));
    }

    [Fact(Timeout = Limit)]
    public async Task A_silent_server_is_asked_three_times_in_eight_seconds()
    {
        _server.When("example.org", DnsType.MX).Drop();

        Task<DnsAnswer> asked = AskAsync(DnsType.MX);
        await _server.ReceivedAsync("example.org", DnsType.MX, 1);
        _time.Advance(TimeSpan.FromSeconds(2));
        await _server.ReceivedAsync("example.org", DnsType.MX, 2);
        _time.Advance(TimeSpan.FromSeconds(2));
        await _server.ReceivedAsync("example.org", DnsType.MX, 3);
        _time.Advance(TimeSpan.FromSeconds(3.9));
        Assert.False(asked.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        DnsAnswer answer = await asked;

        Assert.Equal(DnsStatus.Failure, answer.Status);
        Assert.Equal($"MX example.org: no answer from {_server.EndPoint}", answer.Detail);
        Assert.Equal(5, Life(answer));
        Assert.Equal(3, _server.Queries.Select(q => q.Id).Distinct().Count());
    }

    [Fact(Timeout = Limit)]
    public async Task A_lost_datagram_costs_one_retry()
    {
        _server.Zone("example.org").A("@", "192.0.2.1");
        _server.When("example.org", DnsType.A).Drop(times: 1);

        Task<DnsAnswer> asked = AskAsync(DnsType.A);
        await _server.ReceivedAsync("example.org", DnsType.A, 1);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["192.0.2.1"], Addresses(await asked));
    }

    [Theory(Timeout = Limit)]
    [InlineData("SERVFAIL")]
    [InlineData("REFUSED")]
    [InlineData("malformed")]
    public async Task A_server_that_does_not_know_is_passed_over_at_once(string trouble)
    {
        _configured = [_server.EndPoint, _second.EndPoint];
        DnsScript script = _server.When("example.org", DnsType.A);
        _ = trouble switch { "SERVFAIL" => script.ServFail(), "REFUSED" => script.Refuse(), _ => script.Tamper(Cut) };
        _second.Zone("example.org").A("@", "192.0.2.2");

        Assert.Equal(["192.0.2.2"], Addresses(await AskAsync(DnsType.A)));
        Assert.Single(_server.Queries);
    }

    [Fact(Timeout = Limit)]
    public async Task A_dead_server_costs_nothing_when_another_lives()
    {
        _configured = [new IPEndPoint(IPAddress.Loopback, FreePort()), _server.EndPoint];
        _server.Zone("example.org").A("@", "192.0.2.1");

        Assert.Equal(["192.0.2.1"], Addresses(await AskAsync(DnsType.A)));
    }

    [Fact(Timeout = Limit)]
    public async Task A_server_that_stays_silent_is_asked_last_for_half_a_minute()
    {
        _configured = [_server.EndPoint, _second.EndPoint];
        ScriptedZone zone = _second.Zone("example.org");
        for (int i = 0; i < 7; i++)
        {
            zone.A($"h{i}", "192.0.2.1");
            _server.When($"h{i}.example.org", DnsType.A).Drop();
        }

        for (int i = 0; i < 5; i++)
        {
            Task<DnsAnswer> asked = AskAsync($"h{i}.example.org", DnsType.A);
            await _server.ReceivedAsync($"h{i}.example.org", DnsType.A);
            _time.Advance(TimeSpan.FromSeconds(2));
            await asked;
        }

        await AskAsync("h5.example.org", DnsType.A);
        Assert.Equal(0, _server.CountOf("h5.example.org", DnsType.A));

        _time.Advance(TimeSpan.FromSeconds(30));
        Task<DnsAnswer> later = AskAsync("h6.example.org", DnsType.A);
        await _server.ReceivedAsync("h6.example.org", DnsType.A);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["192.0.2.1"], Addresses(await later));
    }

    [Fact(Timeout = Limit)]
    public async Task A_server_that_refuses_is_tried_again_after_a_pause()
    {
        var dead = new IPEndPoint(IPAddress.Loopback, FreePort());
        _configured = [dead];

        Task<DnsAnswer> asked = AskAsync(DnsType.A);
        await PassTimeAsync(asked);

        Assert.Equal($"A example.org: connection refused from {dead}", (await asked).Detail);
    }

    [Fact(Timeout = Limit)]
    public async Task A_server_from_before_edns_is_asked_again_without_it()
    {
        _server.Zone("example.org").A("@", "192.0.2.1");
        _server.When("example.org", DnsType.A).FormErr(times: 1);

        Assert.Equal(["192.0.2.1"], Addresses(await AskAsync(DnsType.A)));
        Assert.Equal([1232, 0], _server.Queries.Select(q => q.EdnsSize));
    }

    [Fact(Timeout = Limit)]
    public async Task A_referral_is_no_answer()
    {
        // NOERROR, nothing in the answer, NS records in the authority section: a server that does not recurse.
        _server.When("example.org", DnsType.MX).Tamper(_ => DnsBytes.Answer(
            _server.Queries[^1], 0, false, [], [new ScriptedRecord("org", DnsType.NS, 300, w => w.Name("ns.example.net"))]));

        DnsAnswer answer = await AskAsync(DnsType.MX);

        Assert.Equal(DnsStatus.Failure, answer.Status);
        Assert.Contains("referral", answer.Detail, StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    public async Task Aliases_are_followed_in_the_answer_and_beyond_it(bool serverFollows, int queries)
    {
        _server.FollowsAliases = serverFollows;
        _server.Zone("example.org").Ttl(50).Cname("@", "a.example.net").Ttl(900);
        _server.Zone("example.net").Cname("a", "b.example.net").A("b", "192.0.2.9");

        DnsAnswer answer = await AskAsync(DnsType.A);

        Assert.Equal(["192.0.2.9"], Addresses(answer));
        Assert.Equal("b.example.net", answer.CanonicalName.Text);
        Assert.Equal(50, Life(answer));
        Assert.Equal(queries, _server.Queries.Count);
    }

    [Fact(Timeout = Limit)]
    public async Task An_alias_to_a_name_without_records_is_no_records_and_to_no_name_is_no_name()
    {
        _server.Zone("example.org").Cname("a", "real.example.org").Cname("b", "no.example.org").Exists("real");

        Assert.Equal(DnsStatus.NoRecords, (await AskAsync("a.example.org", DnsType.MX)).Status);
        Assert.Equal(DnsStatus.NoSuchName, (await AskAsync("b.example.org", DnsType.MX)).Status);
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_alias_loop_ends_as_a_temporary_failure(bool serverFollows)
    {
        _server.FollowsAliases = serverFollows;
        _server.Zone("example.org").Cname("@", "b.example.org").Cname("b", "example.org");

        DnsAnswer answer = await AskAsync(DnsType.A);

        Assert.Equal(DnsStatus.Failure, answer.Status);
        Assert.InRange(_server.Queries.Count, 1, AliasWalk.MaxAliases + 1);
    }

    [Fact(Timeout = Limit)]
    public async Task Validation_by_the_server_is_passed_on()
    {
        _server.Zone("example.org").A("@", "192.0.2.1").Tlsa("_25._tcp", 3, 1, 1, [1, 2, 3]);
        Assert.False((await AskAsync(DnsType.A)).IsAuthentic);

        _server.IsValidating = true;
        DnsAnswer tlsa = await AskAsync("_25._tcp.example.org", DnsType.TLSA);

        Assert.True(tlsa.IsAuthentic);
        Assert.Equal(_server.EndPoint, tlsa.Server);
        Assert.Equal("3 1 1 010203", Assert.IsType<TlsaRecord>(Assert.Single(tlsa.Records)).Text);
    }

    [Fact(Timeout = Limit)]
    public async Task A_reload_counts_for_the_next_question()
    {
        _server.Zone("example.org").A("a", "192.0.2.1").A("b", "192.0.2.1");
        _second.Zone("example.org").A("b", "192.0.2.2");
        await AskAsync("a.example.org", DnsType.A);

        _configured = [_second.EndPoint];

        Assert.Equal(["192.0.2.2"], Addresses(await AskAsync("b.example.org", DnsType.A)));
    }

    [Fact(Timeout = Limit)]
    public async Task A_question_on_the_wire_survives_a_reload_that_drops_its_server()
    {
        var gate = new TaskCompletionSource();
        _server.Zone("example.org").A("@", "192.0.2.1").A("b", "192.0.2.1");
        _server.When("example.org", DnsType.A).AnswerAfter(gate.Task);
        Task<DnsAnswer> asked = AskAsync(DnsType.A);
        await _server.ReceivedAsync("example.org", DnsType.A);

        _configured = [_second.EndPoint];
        await AskAsync("b.example.org", DnsType.A);
        gate.SetResult();

        Assert.Equal(["192.0.2.1"], Addresses(await asked));
    }

    [Fact(Timeout = Limit)]
    public async Task Without_a_name_server_everything_is_a_temporary_failure()
    {
        _configured = [];

        DnsAnswer answer = await AskAsync(DnsType.A);

        Assert.Equal(DnsStatus.Failure, answer.Status);
        Assert.Equal("A example.org: no name server is configured", answer.Detail);
    }

    [Fact(Timeout = Limit)]
    public async Task The_operator_can_clear_a_name_with_all_below_it()
    {
        _server.Zone("example.org").A("@", "192.0.2.1").A("mx", "192.0.2.2").Mx(10, "mx");
        _server.Zone("example.net").A("@", "192.0.2.3");
        await AskAsync(DnsType.A);
        await AskAsync(DnsType.MX);
        await AskAsync("mx.example.org", DnsType.A);
        await AskAsync("example.net", DnsType.A);
        Assert.Equal(3, _resolver.NamesCached);

        _resolver.ClearCache(_example);
        Assert.Equal(1, _resolver.NamesCached);
        await AskAsync("mx.example.org", DnsType.A);
        Assert.Equal(2, _server.CountOf("mx.example.org", DnsType.A));

        _resolver.ClearCache(null);
        Assert.Equal(0, _resolver.NamesCached);
    }

    [Fact(Timeout = Limit)]
    public async Task A_literal_has_no_dns_answer() => await Assert.ThrowsAsync<ArgumentException>(
        () => _resolver.QueryAsync(DomainName.Parse("[192.0.2.1]"), DnsType.A, CancellationToken.None).AsTask());

    [Fact(Timeout = Limit)]
    public async Task Stopping_answers_all_who_wait()
    {
        _server.When("example.org", DnsType.A).Drop();
        Task<DnsAnswer> asked = AskAsync(DnsType.A);
        await _server.ReceivedAsync("example.org", DnsType.A);

        await _resolver.DisposeAsync();

        Assert.Equal(DnsStatus.Failure, (await asked).Status);
        Assert.Equal(DnsStatus.Failure, (await AskAsync("b.example.org", DnsType.A)).Status);
    }

    [Fact(Timeout = Limit)]
    public async Task Two_thousand_names_at_once_are_all_answered()
    {
        ScriptedZone zone = _server.Zone("example.org");
        for (int i = 0; i < 2000; i++)
        {
            zone.A($"h{i}", $"192.0.{2 + i / 250}.{1 + i % 250}");
        }

        Task<DnsAnswer>[] asked = [.. Enumerable.Range(0, 2000).Select(i => AskAsync($"h{i}.example.org", DnsType.A))];
        Task<DnsAnswer[]> all = Task.WhenAll(asked);

        // Lost datagrams are part of it: the receive buffer of the server is finite.
        await PassTimeAsync(all);

        DnsAnswer[] answers = await all;
        Assert.All(answers, a => Assert.Equal(DnsStatus.Found, a.Status));
        Assert.Equal("192.0.2.1", Addresses(answers[0])[0]);
        Assert.Equal(0, _resolver.QueriesPending);
    }

    private static byte[] Cut(byte[] message) => message[..^5];

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static List<string> Addresses(DnsAnswer answer) => [.. answer.Records.Cast<AddressRecord>().Select(a => a.Address.ToString())];

    /// <summary>Lets the fake clock run, four times as fast as a real one, until the task has ended.</summary>
    private async Task PassTimeAsync(Task until)
    {
        while (!until.IsCompleted)
        {
            await Task.WhenAny(until, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System));
            _time.Advance(TimeSpan.FromSeconds(0.2));
        }
    }

    private int Life(DnsAnswer answer) => (int)(answer.Expires.ToUtc() - _time.GetUtcNow().UtcDateTime).TotalSeconds;

    private Task<DnsAnswer> AskAsync(DnsType type) => AskAsync("example.org", type);

    private Task<DnsAnswer> AskAsync(string name, DnsType type) => _resolver.QueryAsync(DomainName.Parse(name), type, CancellationToken.None).AsTask();
}
