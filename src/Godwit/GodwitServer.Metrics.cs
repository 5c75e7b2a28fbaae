// What of the server is counted and sampled, and how it is told to others.

using Godwit.Diagnostics;
using Godwit.Metrics;

namespace Godwit;

public sealed partial class GodwitServer
{
    private readonly StatisticsSending _statistics;

    /// <summary>Samples of the last hour and the last day.</summary>
    public TrafficHistory History { get; }

    /// <summary>What is wrong right now.</summary>
    public Alarms Alarms { get; }

    private MetricView Meters() => new(_clock, _settings, Traffic, _scheduler, Alarms)
    {
        Spool = _spool,
        Accounting = _accounting,
        Resolver = _resolver,
        Log = _logFile,
        NotReady = WhyNotReady,
    };

    private string? WhyNotReady() => _settlement.Problem ?? (_spool.MayAccept(out string reason) ? null : reason);
}
