// The status tree with PowerMTA's names: XML, JSON and DOM readers address it by path. What Godwit adds stands behind what PowerMTA has.

namespace Godwit.Control;

public sealed partial class StatusReport
{
    public override ReportGroup ToTree() => new()
    {
        { "mta", MtaTree() },
        { "status", StatusTree() },
    };

    private ReportGroup MtaTree() => new()
    {
        { "product", VersionReport.Product },
        { "os", new ReportGroup { { "name", OperatingSystem } } },
        { "cpu", new ReportGroup { { "count", (long)Environment.ProcessorCount } } },
        { "fullHostName", HostName },
    };

    private ReportGroup StatusTree() => new()
    {
        { "timeNow", ReportNumbers.Time(Now) },
        { "startupTime", ReportNumbers.Time(Started) },
        { "shuttingDown", ShuttingDown },
        { "traffic", TrafficTree() },
        { "conn", new ReportGroup { { "smtpIn", Connections(ConnectionsIn) }, { "smtpOut", Connections(ConnectionsOut) } } },
        { "resolver", new ReportGroup { { "namesCached", (long)Resolver.NamesCached }, { "queriesPending", (long)Resolver.QueriesPending } } },
        { "queue", new ReportGroup { { "smtp", QueueTree() } } },
        { "spool", SpoolTree() },
        { "status", ShuttingDown ? "stopping" : "running" },
        { "notReady", NotReady ?? "" },
        { "accounting", new ReportGroup { { "files", new ReportList([.. AccountingFiles.Select(path => new ReportText(path))]) } } },
        { "config", ConfigTree() },
    };

    private ReportGroup ConfigTree() => new()
    {
        { "version", (long)ConfigVersion },
        { "loadTime", ReportNumbers.Time(ConfigLoaded) },
        { "file", ConfigFile },
    };

    private ReportGroup TrafficTree() => new()
    {
        { "total", Period(counts => counts.Total) },
        { "lastHr", Period(counts => counts.LastHour) },
        { "lastMin", Period(counts => counts.LastMinute) },
        { "topPerHr", Period(counts => counts.TopHour) },
        { "topPerMin", Period(counts => counts.TopMinute) },
    };

    private ReportGroup Period(Func<PeriodCounts, long> of) => new()
    {
        { "out", Direction(Outbound, of) },
        { "in", Direction(Inbound, of) },
        { "deferred", new ReportGroup { { "rcp", of(Deferred) } } },
        { "bounced", new ReportGroup { { "rcp", of(Bounced) } } },
        { "unsigned", new ReportGroup { { "msg", of(Unsigned) } } },
    };

    private static ReportGroup Direction(DirectionTraffic traffic, Func<PeriodCounts, long> of) => new()
    {
        { "rcp", of(traffic.Recipients) },
        { "msg", of(traffic.Messages) },
        { "kb", ReportNumbers.Kbytes(of(traffic.Bytes)) },
    };

    private static ReportGroup Connections(ConnectionCounts counts) => new()
    {
        { "cur", (long)counts.Active },
        { "max", (long)counts.Maximum },
        { "top", (long)counts.Top },
    };

    // A queue is one destination of one virtual MTA; "dom" counts queues, which is the number of domains where one virtual MTA is used.
    private ReportGroup QueueTree() => new()
    {
        { "rcp", Queues.Recipients },
        { "dom", (long)Queues.Queues },
        { "kb", ReportNumbers.Kbytes(Queues.Bytes) },
    };

    private ReportGroup SpoolFiles() => new()
    {
        { "inUse", Spool.FilesInUse },
        { "recycled", Spool.FilesRecycled },
        { "total", Spool.FilesInUse + Spool.FilesRecycled },
    };

    private ReportGroup SpoolTree() => new()
    {
        { "files", SpoolFiles() },
        { "initPct", (long)Spool.InitPercent },
        { "dirs", 1L },
        { "totalRcp", Queues.Recipients },
    };
}
