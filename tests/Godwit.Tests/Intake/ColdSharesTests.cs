using Godwit.Intake;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Intake;

public sealed class ColdSharesTests
{
    private const int Monday = 700_000;

    private static readonly DomainName _big = DomainName.Parse("big.test");

    private readonly ColdCounters _counters = new(new Dictionary<string, byte[]>(), (_, _) => ValueTask.CompletedTask);
    private Dictionary<string, IReadOnlyList<int>> _limits = new() { ["warm"] = [5], ["other"] = [8] };

    [Fact]
    public void What_a_cold_virtual_mta_has_had_today_is_told_with_its_limit_of_the_day()
    {
        _limits["cold"] = [2, 6];
        Take("big.test", Monday, 1);
        Take("big.test", Monday + 1, 3);
        Take("small.test", Monday + 1, 1);

        Assert.Equal([new ColdUse("cold", "big.test", 3, 6), new ColdUse("cold", "small.test", 1, 2)], Read(Monday + 1));
        Assert.Empty(Read(Monday + 2));
    }

    [Fact]
    public void Where_it_says_nothing_itself_the_largest_number_counts_of_those_who_share_their_mail()
    {
        Take("big.test", Monday, 1);

        Assert.Equal(8, Assert.Single(Read(Monday)).Limit);
        Assert.Equal(["cold"], new ColdShares(Settings()).VirtualMtas);
    }

    [Fact]
    public void A_member_that_names_cold_ones_of_its_own_shares_nothing_with_those_of_its_pool()
    {
        _limits = new() { ["warm"] = [5], ["other"] = [8], ["cold2"] = [0] };

        Assert.Equal([[8]], new ColdShares(Settings(poolsCold: "cold2")).StepsOf("cold2", _big, []));
    }

    [Fact]
    public void Each_member_of_a_pool_is_asked_once_about_a_destination_however_many_cold_ones_it_has()
    {
        string[] members = [.. Enumerable.Range(0, 50).Select(i => $"member{i}")];
        string[] cold = [.. Enumerable.Range(0, 10).Select(i => $"cold{i}")];
        var asked = new List<string>();
        ServerSettings settings = TestSettings.Server(
            (destination, virtualMta) =>
            {
                asked.Add($"{destination.Text}/{virtualMta}");
                return new DeliverySettings { MaxColdVirtualMtaMsg = virtualMta == "member7" ? [destination == _big ? 9 : 4] : [0] };
            },
            [.. members.Concat(cold).Select(name => TestSettings.VirtualMta(name))],
            [new PoolSettings("pool", members) { ColdVirtualMtas = cold }]);
        foreach (string name in cold)
        {
            _counters.Take([new ColdCandidate(name, [9])], _big, Monday, out _);
            _counters.Take([new ColdCandidate(name, [9])], DomainName.Parse("small.test"), Monday, out _);
        }

        IReadOnlyList<ColdUse> uses = _counters.Read(Monday, new ColdShares(settings));

        Assert.Equal(20, uses.Count);
        Assert.All(uses, use => Assert.Equal(use.Destination == "big.test" ? 9 : 4, use.Limit));
        Assert.Equal(120, asked.Count);
        Assert.Equal(120, asked.Distinct().Count());
    }

    private IReadOnlyList<ColdUse> Read(int day) =>
        [.. _counters.Read(day, new ColdShares(Settings())).OrderBy(use => use.Destination, StringComparer.Ordinal)];

    private void Take(string destination, int day, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _counters.Take([new ColdCandidate("cold", _limits.GetValueOrDefault("cold") ?? [5])], DomainName.Parse(destination), day, out _);
        }
    }

    /// <summary>Warm shares its mail itself, other as a member of a pool; warm is a member too.</summary>
    private ServerSettings Settings(string poolsCold = "cold") => TestSettings.Server(
        (_, virtualMta) => new DeliverySettings { MaxColdVirtualMtaMsg = _limits.GetValueOrDefault(virtualMta) ?? [0] },
        [
            TestSettings.VirtualMta("warm") with { ColdVirtualMtas = ["COLD"] }, TestSettings.VirtualMta("other"), TestSettings.VirtualMta("cold"),
            TestSettings.VirtualMta("cold2"),
        ],
        [new PoolSettings("pool", ["warm", "other"]) { ColdVirtualMtas = [poolsCold] }]);
}
