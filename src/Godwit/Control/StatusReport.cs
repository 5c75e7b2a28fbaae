// The numbers of "show status", read once: what came in, what went out, connections, queues, spool.
// Reading costs a few hundred additions and one visit to the scheduler's totals, so it may be asked every second.

using Godwit.Diagnostics;
using Godwit.Export;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary><c>show status</c>: a snapshot of the whole server.</summary>
public sealed partial class StatusReport : OperatorReport
{
    private StatusReport(ServerView server)
    {
        LoadedSettings load = server.Settings.Load;
        ServerSettings settings = load.Settings;
        (ConfigVersion, ConfigLoaded, ConfigFile) = (load.Version, load.Loaded, settings.ConfigFile);
        TrafficCounters traffic = server.Traffic;
        HostName = settings.HostName;
        Machine = server.Machine;
        WebProtocol = server.WebProtocol();
        Now = server.Clock.Now;
        Started = traffic.Started;
        ShuttingDown = server.ShuttingDown();
        NotReady = server.NotReady();
        Inbound = DirectionTraffic.Read(traffic.In);
        Outbound = DirectionTraffic.Read(traffic.Out);
        Deferred = PeriodCounts.Read(traffic.Deferred);
        Bounced = PeriodCounts.Read(traffic.Bounced);
        Unsigned = PeriodCounts.Read(traffic.Unsigned);
        ConnectionsIn = new(traffic.ConnectionsIn.Current, traffic.ConnectionsIn.Top, settings.TotalMaxSmtpIn);
        ConnectionsOut = new(traffic.ConnectionsOut.Current, traffic.ConnectionsOut.Top, settings.TotalMaxSmtpOut);
        Queues = server.QueueTotals();
        Resolver = server.Resolver();
        Spool = server.Spool();
        AccountingFiles = server.AccountingFiles();
        ExportTroubles = server.ExportTroubles();
    }

    public string HostName { get; }

    public Instant Now { get; }

    public Instant Started { get; }

    public bool ShuttingDown { get; }

    /// <summary>Why new mail is not taken; null when it is.</summary>
    public string? NotReady { get; }

    public DirectionTraffic Inbound { get; }

    /// <summary>What was delivered.</summary>
    public DirectionTraffic Outbound { get; }

    /// <summary>Recipient attempts that ended in "later".</summary>
    public PeriodCounts Deferred { get; }

    /// <summary>Recipients refused for good.</summary>
    public PeriodCounts Bounced { get; }

    /// <summary>Transactions whose message went unsigned although dkim-sign is yes.</summary>
    public PeriodCounts Unsigned { get; }

    public ConnectionCounts ConnectionsIn { get; }

    public ConnectionCounts ConnectionsOut { get; }

    public QueueTotals Queues { get; }

    public ResolverCounts Resolver { get; }

    public SpoolCounts Spool { get; }

    public IReadOnlyList<string> AccountingFiles { get; }

    /// <summary>Accounting records that wait for a program or a receiver.</summary>
    public IReadOnlyList<ExportTrouble> ExportTroubles { get; }

    /// <summary>1 at the start, one more with each successful reload.</summary>
    public int ConfigVersion { get; }

    public Instant ConfigLoaded { get; }

    public string ConfigFile { get; }

    public MachineFacts Machine { get; }

    /// <summary>What the management port speaks: http or https.</summary>
    public string WebProtocol { get; }

    public static StatusReport Take(ServerView server) => new(server);
}

/// <summary>One counter over the five periods that PowerMTA reports.</summary>
public readonly record struct PeriodCounts(long Total, long LastHour, long TopHour, long LastMinute, long TopMinute)
{
    public static PeriodCounts Read(RollingCounter counter) =>
        new(counter.Total, counter.LastHour, counter.TopHour, counter.LastMinute, counter.TopMinute);
}

/// <summary>Traffic of one direction over the five periods.</summary>
public readonly record struct DirectionTraffic(PeriodCounts Recipients, PeriodCounts Messages, PeriodCounts Bytes)
{
    public static DirectionTraffic Read(DirectionCounters counters) =>
        new(PeriodCounts.Read(counters.Recipients), PeriodCounts.Read(counters.Messages), PeriodCounts.Read(counters.Bytes));
}

/// <summary>Connections now, the most there were, the most there may be.</summary>
public readonly record struct ConnectionCounts(int Active, int Top, int Maximum);
