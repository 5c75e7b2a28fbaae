// The server as metrics read it, handed in by the composition root. Everything here is cheap to ask, but for the census, which is remembered.

using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;

namespace Godwit.Metrics;

/// <summary>What metrics are read from.</summary>
public sealed class MetricView(ServerClock clock, CurrentSettings settings, TrafficCounters traffic, Scheduler scheduler, Alarms alarms)
{
    public ServerClock Clock => clock;

    public CurrentSettings Settings => settings;

    public TrafficCounters Traffic => traffic;

    public Scheduler Scheduler => scheduler;

    public Alarms Alarms => alarms;

    public required MessageSpool Spool { get; init; }

    public required AccountingLog Accounting { get; init; }

    public required DnsResolver Resolver { get; init; }

    /// <summary>Null when the log goes to standard error.</summary>
    public LogFile? Log { get; init; }

    /// <summary>Why new mail is not taken right now; null when it is.</summary>
    public required Func<string?> NotReady { get; init; }

    internal RecentCensus Census { get; } = new(scheduler, clock, settings);

    internal NamedDestinations Destinations { get; } = new(traffic.Activity, clock, () => settings.Value.MetricsTopDestinations);
}
