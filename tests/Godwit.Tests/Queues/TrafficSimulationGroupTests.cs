using System.Net;
using CsCheck;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

/// <summary>
/// Domains that share a provider's limits and what it has said, as the provider counts them, while DNS moves domains between providers. A failure prints the
/// seed that repeats it.
/// </summary>
public sealed class TrafficSimulationGroupTests
{
    private const long Longest = 100_000;

    private static readonly DeliverySettings _many = new() { MaxSmtpOut = 20, BounceAfter = TimeSpan.FromDays(30), NotifyOfDelayEvery = Timeout.InfiniteTimeSpan };

    [Fact]
    public void No_limit_of_a_provider_is_exceeded_in_any_window_and_all_mail_leaves() => Gen.Int.Sample(static seed => Run(seed), iter: 60);

    [Theory]
    [InlineData(5, 1)]
    [InlineData(50, 1)]
    [InlineData(6, 60)]
    public void A_providers_rate_is_used_to_98_per_cent_while_mail_of_any_domain_waits(int count, int seconds)
    {
        var rate = new Rate(count, TimeSpan.FromSeconds(seconds));
        (string Where, DeliverySettings Main)[] places =
        [
            ("messages", _many with { MaxMsgRate = rate }),
            ("octets", _many with { MaxDataVolumeRate = new Rate(count * 1000L, TimeSpan.FromSeconds(seconds)) }),
            ("source address", _many with { SourceMaxMsgRates = [new AddressLimit<Rate>(IPNetwork.Parse("127.0.0.0/8"), rate)] }),
            ("few connections", _many with { MaxMsgRate = rate, MaxSmtpOut = 3 }),
        ];
        foreach ((string where, DeliverySettings main) in places)
        {
            var world = new QueueWorld(_many);
            world.Own["p.example"] = main;
            world.Reload();
            var traffic = new TrafficSimulation(1, world) { Provider = static key => new QueueKey(DomainName.Parse("p.rollup"), key.VirtualMta) };
            for (int i = 0; i < count * 40; i++)
            {
                traffic.Submit(QueueWorld.Key($"h{i % 7}.example"));
            }

            Instant start = world.Now;
            traffic.Run(TimeSpan.FromDays(1));

            Assert.True(traffic.IsEmpty, where);
            double took = (traffic.Books["all"][^1].Time - start).TotalSeconds;
            Assert.True(took <= 40.0 * seconds * 1.02 + seconds, $"{where}: {took:0.0} s where {40 * seconds} s were enough");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Queues_that_share_few_connections_are_served_alike(bool isProvider)
    {
        const int Each = 1000;
        var world = new QueueWorld(_many) { Shape = each => each with { MaxSmtpOut = isProvider ? 0 : 3 } };
        world.Own["p.example"] = _many with { MaxSmtpOut = 3 };
        world.Reload();
        var traffic = new TrafficSimulation(1, world)
        {
            Provider = isProvider ? static key => new QueueKey(DomainName.Parse("p.rollup"), key.VirtualMta) : null,
        };
        QueueKey[] keys = [.. Enumerable.Range(0, 8).Select(i => QueueWorld.Key($"h{i}.example"))];
        for (int i = 0; i < Each * keys.Length; i++)
        {
            traffic.Submit(keys[i % keys.Length]);
        }

        while (!keys.Any(key => traffic.Served.GetValueOrDefault(key) == Each))
        {
            traffic.Run(TimeSpan.FromSeconds(1));
        }

        // A turn is a hundred orders; nobody is more than two turns behind.
        Assert.All(keys, key => Assert.InRange(traffic.Served.GetValueOrDefault(key), Each - 2 * Scheduler.ShareOfOrders, Each));
    }

    private static void Run(int seed)
    {
        var random = new Random(seed);
        var world = new QueueWorld(total: random.Next(4, 40), virtualMtas: [("v", random.Next(0, 6)), ("w", 0)])
        {
            Sources = [.. Enumerable.Range(1, random.Next(1, 4)).Select(i => new SourceHost(new IPAddress([127, 0, 0, (byte)i]), "out.example"))],
        };
        foreach (string provider in (string[])["p", "q"])
        {
            world.Own[$"{provider}.example"] = RandomSettings(random);
        }

        for (int i = 0; i < 8; i++)
        {
            world.Own[$"h{i}.example"] = _many with { MaxSmtpOut = random.Next(1, 10), QueuePriority = random.Next(3) * 40 };
        }

        world.Reload();
        string[] dns = [.. Enumerable.Range(0, 8).Select(i => i < 5 ? "p" : i < 7 ? "q" : "")];
        var traffic = new TrafficSimulation(seed, world)
        {
            Provider = key => dns[key.Destination.Text[1] - '0'] is { Length: > 0 } name ? new QueueKey(DomainName.Parse(name + ".rollup"), key.VirtualMta) : null,
        };
        Fill(traffic, random, dns);
        traffic.Run(TimeSpan.FromDays(2));

        Assert.True(traffic.IsEmpty, "mail is left behind");
        foreach (string provider in (string[])["p", "q"])
        {
            foreach (string virtualMta in (string[])["v", "w"])
            {
                Check(traffic, $"group {provider}.rollup/{virtualMta}", world.Own[$"{provider}.example"]);
            }
        }
    }

    private static void Check(TrafficSimulation traffic, string group, DeliverySettings settings)
    {
        AtMost(group, settings.MaxSmtpOut);
        traffic.CheckUnits(group, settings.MaxMsgRate);
        traffic.CheckOctets(group, settings.MaxDataVolumeRate, Longest);
        foreach (SourceHost source in traffic.World.Sources)
        {
            string from = $"source {source.Address} {group}";
            AtMost(from, settings.MaxSmtpOutPerSource);
            traffic.CheckUnits(from, settings.SourceMaxMsgRates is [var rate] ? rate.Limit : default);
        }

        void AtMost(string where, int most) =>
            Assert.True(most == 0 || traffic.Most.GetValueOrDefault(where) <= most, $"{where}: {traffic.Most.GetValueOrDefault(where)} connections where {most} are allowed");
    }

    private static void Fill(TrafficSimulation traffic, Random random, string[] dns)
    {
        QueueKey Any() => QueueWorld.Key($"h{random.Next(8)}.example", "vw"[random.Next(2)].ToString());
        int messages = random.Next(50, 500);
        for (int i = 0; i < messages; i++)
        {
            traffic.At(TimeSpan.FromMilliseconds(random.Next(5000)), () => traffic.Submit(
                Any(), $"j{random.Next(3)}", 50, random.Next(1, 4), random.Next(100, (int)Longest)));
        }

        QueueWorld world = traffic.World;
        for (int i = 0; i < 14; i++)
        {
            QueueKey key = Any();
            QueueKey group = new(DomainName.Parse(random.Next(2) == 0 ? "p.rollup" : "q.rollup"), key.VirtualMta);
            IPAddress source = world.Sources[random.Next(world.Sources.Count)].Address!;
            int domain = random.Next(8);
            string provider = ((string[])["p", "q", ""])[random.Next(3)];
            Instant until = world.Now + TimeSpan.FromSeconds(random.Next(10, 40));
            Action what = random.Next(7) switch
            {
                0 or 1 => () => dns[domain] = provider,
                2 => () => world.Scheduler.SetMode(group, QueueMode.Backoff, until, "test", world.Now),
                3 => () => world.Scheduler.DisableSource(group, source, until, "test", world.Now),
                4 => () => world.Scheduler.EnableSource(group, source, world.Now),
                5 => () => world.Scheduler.Pause(key, world.Now),
                _ => () => world.Scheduler.PauseJob("j1", world.Now),
            };
            traffic.At(TimeSpan.FromMilliseconds(random.Next(10_000)), what);
            traffic.At(TimeSpan.FromSeconds(25), () => world.Scheduler.Resume(key, world.Now));
        }

        traffic.At(TimeSpan.FromSeconds(25), () => world.Scheduler.ResumeJob("j1", world.Now));
    }

    private static DeliverySettings RandomSettings(Random random) => _many with
    {
        MaxSmtpOut = random.Next(1, 7),
        BackoffMaxSmtpOut = 1,
        MaxMsgRate = RandomRate(random, 1),
        MaxDataVolumeRate = RandomRate(random, 20_000),
        MaxSmtpOutPerSource = random.Next(0, 3),
        SourceMaxMsgRates = random.Next(3) == 0 ? [new AddressLimit<Rate>(IPNetwork.Parse("127.0.0.0/8"), RandomRate(random, 1))] : [],
    };

    private static Rate RandomRate(Random random, int unit) => random.Next(4) switch
    {
        0 => new Rate(random.Next(10, 50) * unit, TimeSpan.FromSeconds(10)),
        1 => new Rate(random.Next(2, 200) * unit, TimeSpan.FromSeconds(1)),
        _ => Rate.Unlimited,
    };
}
