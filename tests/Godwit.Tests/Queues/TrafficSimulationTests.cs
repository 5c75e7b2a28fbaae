using System.Net;
using CsCheck;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

/// <summary>Limits as a receiver counts them, over random configurations and histories. A failure prints the seed that repeats it.</summary>
public sealed class TrafficSimulationTests
{
    private const long Longest = 200_000;

    [Fact]
    public void No_limit_is_exceeded_in_any_window_and_all_mail_leaves() => Gen.Int.Sample(static seed => Run(seed), iter: 60);

    [Theory]
    [InlineData(5, 1)]
    [InlineData(50, 1)]
    [InlineData(1000, 1)]
    [InlineData(6, 60)]
    public void A_rate_is_used_to_98_per_cent_while_mail_waits_wherever_it_stands(int count, int seconds)
    {
        var rate = new Rate(count, TimeSpan.FromSeconds(seconds));
        var octets = new Rate(count * 1000L, TimeSpan.FromSeconds(seconds));
        (string Where, DeliverySettings Queue, VirtualMtaSettings Lane, Rate Pool)[] places =
        [
            ("queue", Many with { MaxMsgRate = rate }, Lane, default),
            ("volume", Many with { MaxDataVolumeRate = octets }, Lane, default),
            ("source", Many with { SourceMaxMsgRates = [new AddressLimit<Rate>(IPNetwork.Parse("127.0.0.0/8"), rate)] }, Lane, default),
            ("virtual MTA", Many, Lane with { MaxSmtpMsgRate = rate }, default),
            ("volume of the virtual MTA", Many, Lane with { MaxSmtpDataVolumeRate = octets }, default),
            ("pool", Many, Lane, rate),
        ];
        foreach ((string where, DeliverySettings queue, VirtualMtaSettings lane, Rate pool) in places)
        {
            var world = new QueueWorld(queue, virtualMtas: ("v", 0)) { Shape = each => lane with { Name = each.Name, SourceHosts = each.SourceHosts } };
            world.Pools.Add("p", new PoolSettings("p", ["v"]) { MaxSmtpMsgRate = pool });
            world.Reload();
            var traffic = new TrafficSimulation(1, world);
            int periods = count < 1000 ? 40 : 3; // Of virtual time; a fast rate shows as much in fewer of them.
            for (int i = 0; i < count * periods; i++)
            {
                traffic.Submit(QueueWorld.Key($"d{i % 3}.example", "v"));
            }

            Instant start = world.Now;
            double span = periods * (double)seconds;
            traffic.Run(TimeSpan.FromDays(1));
            Assert.True(traffic.IsEmpty, where);
            double perPlace = where is "queue" or "volume" or "source" ? 3 : 1;
            double took = (traffic.Books["all"][^1].Time - start).TotalSeconds;
            Assert.True(took * perPlace <= span * 1.02 + (count < 1000 ? seconds : 0.2), $"{where}: {took:0.0} s where {span / perPlace:0.0} s were enough");
        }
    }

    private static readonly DeliverySettings Many = new() { MaxSmtpOut = 70, BounceAfter = TimeSpan.FromDays(30), NotifyOfDelayEvery = Timeout.InfiniteTimeSpan };

    private static readonly VirtualMtaSettings Lane = new() { Name = "", SourceHosts = [] };

    private static void Run(int seed)
    {
        var random = new Random(seed);
        var world = new QueueWorld(total: random.Next(3, 30), virtualMtas: [("v", random.Next(0, 6)), ("w", random.Next(0, 6)), ("x", 0)])
        {
            Sources = [.. Enumerable.Range(1, random.Next(1, 4)).Select(i => new SourceHost(new IPAddress([127, 0, 0, (byte)i]), "out.example"))],
            MxLimits = random.Next(2) == 0 ? [] : [new MxConnectionLimit(new DomainPattern(DomainPatternKind.Below, "example", default), random.Next(1, 4))],
            IpLimits = random.Next(2) == 0 ? [] : [new AddressLimit<int>(IPNetwork.Parse("10.0.0.0/8"), random.Next(1, 6))],
        };
        Rate lane = RandomRate(random, 1);
        Rate laneOctets = RandomRate(random, 5000);
        world.Shape = each => each.Name == "w" ? each with { MaxSmtpMsgRate = lane, MaxSmtpDataVolumeRate = laneOctets } : each;
        var pool = new PoolSettings("p", ["v", "w"]) { MaxSmtpOut = random.Next(0, 8), MaxSmtpMsgRate = RandomRate(random, 1) };
        world.Pools.Add("p", pool);
        for (int i = 0; i < 6; i++)
        {
            world.Own[$"d{i}.example"] = RandomSettings(random);
        }

        world.Reload();
        var traffic = new TrafficSimulation(seed, world) { Host = key => 1 + (key.Destination.Text[1] - '0') % 3 };
        Fill(traffic, random);
        traffic.Run(TimeSpan.FromDays(2));

        Assert.True(traffic.IsEmpty, "mail is left behind");
        CheckConnections(traffic, world, pool);
        traffic.CheckUnits("vmta w", lane);
        traffic.CheckOctets("vmta w", laneOctets, Longest);
        traffic.CheckUnits("pool p", pool.MaxSmtpMsgRate);
        foreach ((string domain, DeliverySettings settings) in world.Own)
        {
            foreach (string virtualMta in (string[])["v", "w", "x"])
            {
                CheckQueue(traffic, world, $"queue {domain}/{virtualMta}", settings);
            }
        }
    }

    private static void CheckConnections(TrafficSimulation traffic, QueueWorld world, PoolSettings pool)
    {
        AtMost(traffic, "all", world.Total);
        AtMost(traffic, "pool p", pool.MaxSmtpOut);
        foreach ((string name, int most) in world.VirtualMtas)
        {
            AtMost(traffic, $"vmta {name}", most);
        }

        for (int host = 1; host <= 3; host++)
        {
            AtMost(traffic, $"address {host}", world.IpLimits is [var limit] ? limit.Limit : 0);
            foreach (SourceHost source in world.Sources)
            {
                AtMost(traffic, $"mx{host} from {source.Address}", world.MxLimits is [var byName] ? byName.Connections : 0);
            }
        }
    }

    private static void CheckQueue(TrafficSimulation traffic, QueueWorld world, string queue, DeliverySettings settings)
    {
        AtMost(traffic, queue, settings.MaxSmtpOut);
        traffic.CheckUnits(queue, settings.MaxMsgRate);
        traffic.CheckOctets(queue, settings.MaxDataVolumeRate, Longest);
        traffic.CheckUnits(queue + " connects", settings.MaxConnectRate);
        if (settings.SmtpOutRampupInterval > TimeSpan.Zero)
        {
            traffic.CheckUnits(queue + " connects", new Rate(1, settings.SmtpOutRampupInterval));
        }

        foreach (SourceHost source in world.Sources)
        {
            string from = $"source {source.Address} {queue}";
            AtMost(traffic, from, settings.SourceMaxSmtpOut is [var connections] ? connections.Limit : 0);
            traffic.CheckUnits(from, settings.SourceMaxMsgRates is [var rate] ? rate.Limit : default);
        }
    }

    private static void AtMost(TrafficSimulation traffic, string where, int most) =>
        Assert.True(most == 0 || traffic.Most.GetValueOrDefault(where) <= most, $"{where}: {traffic.Most.GetValueOrDefault(where)} connections where {most} are allowed");

    private static void Fill(TrafficSimulation traffic, Random random)
    {
        int messages = random.Next(50, 600);
        for (int i = 0; i < messages; i++)
        {
            traffic.At(TimeSpan.FromMilliseconds(random.Next(5000)), () => traffic.Submit(
                QueueWorld.Key($"d{random.Next(6)}.example", "vwx"[random.Next(3)].ToString()), $"j{random.Next(4)}",
                (byte)(random.Next(3) * 40), random.Next(1, 4), random.Next(100, (int)Longest)));
        }

        IPAddress one = traffic.World.Sources[0].Address!;
        for (int i = 0; i < 10; i++)
        {
            QueueKey key = QueueWorld.Key($"d{random.Next(6)}.example", "vwx"[random.Next(3)].ToString());
            TimeSpan time = TimeSpan.FromMilliseconds(random.Next(20_000));
            Scheduler scheduler = traffic.World.Scheduler;
            Action what = random.Next(4) switch
            {
                0 => () => scheduler.SetMode(key, QueueMode.Backoff, traffic.World.Now + TimeSpan.FromSeconds(30), "test", traffic.World.Now),
                1 => () => scheduler.DisableSource(key, one, traffic.World.Now + TimeSpan.FromSeconds(20), "test", traffic.World.Now),
                2 => () => scheduler.PauseJob("j1", traffic.World.Now),
                _ => () => scheduler.SetMode(key, QueueMode.Normal, Instant.Never, "test", traffic.World.Now),
            };
            traffic.At(time, what);
        }

        traffic.At(TimeSpan.FromSeconds(25), () => traffic.World.Scheduler.ResumeJob("j1", traffic.World.Now));
    }

    private static DeliverySettings RandomSettings(Random random) => new()
    {
        MaxSmtpOut = random.Next(1, 8),
        BackoffMaxSmtpOut = 1,
        MaxMsgRate = RandomRate(random, 1),
        MaxConnectRate = RandomRate(random, 1),
        MaxDataVolumeRate = RandomRate(random, 20_000),
        SmtpOutRampupInterval = random.Next(3) == 0 ? TimeSpan.FromMilliseconds(random.Next(1, 2000)) : TimeSpan.Zero,
        MaxRcptPerTransaction = random.Next(1, 4),
        QueuePriority = random.Next(3) * 40,
        SourceMaxSmtpOut = random.Next(3) == 0 ? [new AddressLimit<int>(IPNetwork.Parse("127.0.0.0/8"), random.Next(1, 3))] : [],
        SourceMaxMsgRates = random.Next(3) == 0 ? [new AddressLimit<Rate>(IPNetwork.Parse("127.0.0.0/8"), RandomRate(random, 1))] : [],
        BounceAfter = TimeSpan.FromDays(30),
        NotifyOfDelayEvery = Timeout.InfiniteTimeSpan,
    };

    private static Rate RandomRate(Random random, int unit) => random.Next(5) switch
    {
        0 => new Rate(random.Next(5, 50) * unit, TimeSpan.FromSeconds(10)),
        1 => new Rate(random.Next(2, 200) * unit, TimeSpan.FromSeconds(1)),
        _ => Rate.Unlimited,
    };
}
