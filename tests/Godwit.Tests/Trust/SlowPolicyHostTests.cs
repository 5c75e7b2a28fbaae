using Godwit.Tests.Support;
using Godwit.Trust;

namespace Godwit.Tests.Trust;

/// <summary>Policy hosts that take their time, by accident or on purpose: they keep back the mail of their own domains and nothing else.</summary>
public sealed class SlowPolicyHostTests : IAsyncLifetime
{
    private const int Limit = 60_000;
    private const string Domain = "example.org";

    private readonly TrustLab _lab = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact(Timeout = Limit)]
    public async Task A_delivery_waits_some_seconds_for_a_slow_policy_host_and_the_fetch_goes_on_without_it()
    {
        var gate = new TaskCompletionSource();
        _lab.Web.Gate = gate.Task;
        _lab.Publish(Domain, "1", Policy("enforce"));
        DateTimeOffset start = _lab.Time.GetUtcNow();

        DestinationTrust first = await PassTimeForAsync(_lab.AskAsync(Domain));
        TimeSpan waited = _lab.Time.GetUtcNow() - start;
        DestinationTrust second = await _lab.AskAsync(Domain);
        gate.SetResult();

        Assert.All([first, second], trust => Assert.Equal("the MTA-STS policy of example.org is being fetched", trust.Problem));
        Assert.InRange(waited, StsPolicies.Patience, StsPolicies.Patience * 4);
        Assert.Equal(StsMode.Enforce, (await AskUntilAsync(Domain, trust => trust.Policy is not null)).Policy?.Mode);
        Assert.Single(_lab.Web.Requests);
    }

    [Fact(Timeout = Limit)]
    public async Task One_slow_host_has_four_requests_and_the_wait_for_a_turn_is_part_of_a_fetchs_time()
    {
        _lab.Web.Gate = new TaskCompletionSource().Task;
        string[] domains = [.. Enumerable.Range(0, 6).Select(i => $"x{i}.example")];
        foreach (string domain in domains)
        {
            _lab.Publish(domain, "1", Policy("enforce"));
        }

        await PassTimeForAsync(Task.WhenAll(domains.Select(_lab.AskAsync)));
        await Eventually.TrueAsync(() => _lab.Web.Requests.Count == 4, TimeSpan.FromSeconds(20));
        _lab.Time.Advance(HttpsDoor.Patience);
        DestinationTrust[] trusts = await Task.WhenAll(domains.Select(domain => AskUntilAsync(domain, trust => trust.Fault is not null)));

        Assert.Equal(4, trusts.Count(trust => trust.FaultDetail.EndsWith("no answer within 60 s", StringComparison.Ordinal)));
        Assert.Equal(2, trusts.Count(trust => trust.FaultDetail.EndsWith("60 s have passed behind other requests", StringComparison.Ordinal)));
        Assert.Equal(4, _lab.Web.Requests.Count);
    }

    [Fact(Timeout = Limit)]
    public async Task Fetches_that_wait_have_a_bound_and_mail_beyond_it_waits_too()
    {
        _lab.Web.Gate = new TaskCompletionSource().Task;
        string[] domains = [.. Enumerable.Range(0, StsPolicies.MaxFlights).Select(i => $"x{i}.example")];
        foreach (string domain in domains.Append(Domain))
        {
            _lab.Dns.Zone(domain).Txt("_mta-sts", "v=STSv1; id=1;");
        }

        Task<DestinationTrust[]> asked = Task.WhenAll(domains.Select(_lab.AskAsync));
        await Eventually.TrueAsync(() => _lab.Dns.Queries.Count >= StsPolicies.MaxFlights, TimeSpan.FromSeconds(20));
        await PassTimeForAsync(asked);
        DestinationTrust late = await _lab.AskAsync(Domain);

        Assert.Equal("the MTA-STS policy of example.org is not fetched yet: 1000 others are being fetched", late.Problem);
        Assert.All(await asked, trust => Assert.True(trust.MustDefer));
    }

    /// <summary>Moves the clock until it has ended.</summary>
    private async Task<T> PassTimeForAsync<T>(Task<T> task)
    {
        await Eventually.TrueAsync(
            () =>
            {
                _lab.Time.Advance(task.IsCompleted ? TimeSpan.Zero : TimeSpan.FromMilliseconds(500));
                return task.IsCompleted;
            },
            TimeSpan.FromSeconds(20));
        return await task;
    }

    private async Task<DestinationTrust> AskUntilAsync(string domain, Func<DestinationTrust, bool> isSo)
    {
        DestinationTrust trust = await _lab.AskAsync(domain);
        for (int i = 0; i < 1000 && !isSo(trust); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
            trust = await _lab.AskAsync(domain);
        }

        return trust;
    }

    private static string Policy(string mode) => $"version: STSv1\nmode: {mode}\nmx: mx.example.org\nmax_age: 604800\n";
}
