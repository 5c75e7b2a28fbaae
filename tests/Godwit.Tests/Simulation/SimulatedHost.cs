// A mailbox provider as the other side sees it: it takes, refuses, delays, hangs up, and counts for itself who comes how often and what it was given.

using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Simulation;

internal enum HostMood
{
    Well,
    Deferring,
    Rejecting,
    Refusing,
    Unavailable,
    Banning,
    HangingUp,
    Slow,
}

/// <summary>The one host of a destination.</summary>
internal sealed class SimulatedHost(string domain, Random random)
{
    private readonly Dictionary<QueueKey, List<(Instant Time, int Units)>> _recipients = [];
    private readonly Dictionary<QueueKey, List<(Instant Time, int Units)>> _connects = [];

    public string Domain { get; } = domain;

    public HostMood Mood { get; set; }

    /// <summary>More connections than this are turned away with 421.</summary>
    public int MaxConnections { get; set; } = int.MaxValue;

    public int Connections { get; set; }

    public void ChangeMood()
    {
        bool steady = Domain == SimulatedPlan.SteadyDomain;
        Mood = steady ? HostMood.Well : (HostMood)random.Next(8);
        MaxConnections = !steady && random.Next(4) == 0 ? random.Next(1, 3) : int.MaxValue;
    }

    public void Heal() => (Mood, MaxConnections) = (HostMood.Well, int.MaxValue);

    public TimeSpan Latency() => TimeSpan.FromMilliseconds(Mood == HostMood.Slow ? random.Next(500, 30_000) : random.Next(1, 400));

    public void CountConnect(QueueKey key, DeliverySettings settings, Instant now) => Count(_connects, key, settings.MaxConnectRate, now, 1, "connections");

    public void CountRecipients(QueueKey key, DeliverySettings settings, Instant now, int units) =>
        Count(_recipients, key, settings.MaxMsgRate, now, units, "recipients");

    /// <summary>The server lost its memory: rates begin anew.</summary>
    public void ServerRestarted()
    {
        _recipients.Clear();
        _connects.Clear();
        Connections = 0;
    }

    /// <summary>In every window that ends now, no more than rate × window + 1, and the tolerance of fast rates.</summary>
    private static void Count(Dictionary<QueueKey, List<(Instant Time, int Units)>> counts, QueueKey key, Rate rate, Instant now, int units, string what)
    {
        if (rate.IsUnlimited)
        {
            return;
        }

        if (!counts.TryGetValue(key, out List<(Instant Time, int Units)>? passed))
        {
            counts[key] = passed = [];
        }

        passed.Add((now, units));
        double perTick = rate.Count / (double)rate.Period.Ticks;
        long sum = 0;
        for (int i = passed.Count - 1; i >= 0; i--)
        {
            sum += passed[i].Units;
            double window = (now - passed[i].Time).Ticks + (double)RateGate.ToleranceOf(rate).Ticks;
            Promise.Holds(sum <= (window * perTick) + 1 + 1e-6, $"{sum} {what} of {key} came in {window / TimeSpan.TicksPerSecond} s at {rate}");
        }
    }
}
