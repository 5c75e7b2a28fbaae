// One configuration drawn from a seed: small limits, short waits, so that everything that can be reached is reached within an hour of virtual time.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Simulation;

/// <summary>The settings of one history.</summary>
internal sealed class SimulatedPlan
{
    public const string SenderDomain = "senders.test";

    /// <summary>Its host is always well and its queue has no rate: whatever else happens, its mail must get there.</summary>
    public const string SteadyDomain = "steady.test";

    private readonly Dictionary<string, DeliverySettings> _delivery = [];

    public SimulatedPlan(Random random)
    {
        Domains = [SteadyDomain, SenderDomain, .. Enumerable.Range(0, random.Next(2, 6)).Select(i => $"d{i}.test")];
        foreach (string domain in Domains)
        {
            DeliverySettings settings = Draw(random);
            _delivery[domain] = domain == SteadyDomain
                ? settings with { MaxMsgRate = Rate.Unlimited, MaxConnectRate = Rate.Unlimited, Kind = DeliveryKind.Smtp }
                : settings;
        }

        Server = TestSettings.Server(
            (domain, _) => _delivery[domain.Text],
            [TestSettings.VirtualMta("mta1", random.Next(3)), TestSettings.VirtualMta("mta2", random.Next(4))],
            [new PoolSettings("pool", ["mta1", "mta2"])],
            totalMaxSmtpOut: random.Next(1, 9));
    }

    public IReadOnlyList<string> Domains { get; }

    public ServerSettings Server { get; }

    public DeliverySettings Of(QueueKey key) => _delivery[key.Destination.Text];

    public int LimitOf(string virtualMta) => Server.VirtualMtas[virtualMta].MaxSmtpOut is > 0 and int limit ? limit : int.MaxValue;

    private static DeliverySettings Draw(Random random) => new()
    {
        Kind = random.Next(12) == 0 ? DeliveryKind.Discard : DeliveryKind.Smtp,
        MaxSmtpOut = random.Next(1, 5),
        MaxMsgRate = random.Next(4) switch
        {
            0 => new Rate(random.Next(2, 20), TimeSpan.FromMinutes(1)),
            1 => new Rate(random.Next(1, 200), TimeSpan.FromSeconds(1)),
            _ => Rate.Unlimited,
        },
        MaxConnectRate = random.Next(4) == 0 ? new Rate(random.Next(2, 30), TimeSpan.FromMinutes(1)) : Rate.Unlimited,
        MaxMsgPerConnection = random.Next(3) == 0 ? random.Next(1, 5) : 0,
        MaxRcptPerTransaction = random.Next(2) == 0 ? random.Next(1, 4) : 1000,
        ConnectionIdleTimeout = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(random.Next(1, 90)),
        RetryAfter = [.. Enumerable.Range(1, random.Next(1, 4)).Select(i => TimeSpan.FromSeconds(i * random.Next(10, 100)))],
        RetryRecipientsAfter = TimeSpan.FromSeconds(random.Next(0, 300)),
        BounceAfter = random.Next(3) == 0 ? TimeSpan.FromMinutes(random.Next(4, 30)) : TimeSpan.FromHours(12),
        NotifyOfDelayEvery = random.Next(2) == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMinutes(random.Next(3, 20)),
        BounceUponTransferFailure = random.Next(5) == 0,
        BounceUpon5xxGreeting = random.Next(3) > 0,
    };
}
