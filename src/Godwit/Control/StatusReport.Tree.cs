// The status tree with PowerMTA's names in PowerMTA's order: XML, JSON and DOM readers address it by path. What Godwit has no number for is 0 or empty,
// so that a script finds what it asks for; docs/compatibility.md lists those. What Godwit adds stands behind what PowerMTA has.

using Godwit.Export;

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
        { "product", VersionReport.Product(Machine) },
        { "lak", new ReportGroup { { "serial", "" }, { "instances", 0L } } },
        { "os", new ReportGroup { { "name", Machine.SystemName }, { "version", Machine.SystemVersion }, { "build", "" } } },
        { "cpu", new ReportGroup { { "type", Machine.ProcessorType }, { "count", (long)Machine.ProcessorCount } } },
        { "ram", new ReportGroup { { "real", Machine.Megabytes } } },
        { "fullHostName", HostName },
        { "userString", "" },
        { "hostId", 0L },
        { "webUI", new ReportGroup { { "protocol", WebProtocol } } },
    };

    private ReportGroup StatusTree() => new()
    {
        { "timeNow", ReportNumbers.Time(Now) },
        { "startupTime", ReportNumbers.Time(Started) },
        { "shuttingDown", ShuttingDown },
        { "traffic", TrafficTree() },
        { "conn", new ReportGroup { { "smtpIn", Connections(ConnectionsIn) }, { "smtpOut", Connections(ConnectionsOut) } } },
        { "resolver", ResolverTree() },
        { "queue", QueueTree() },
        { "spool", SpoolTree() },
        { "status", ShuttingDown ? "stopping" : "running" },
        { "notReady", NotReady ?? "" },
        { "accounting", AccountingTree() },
        { "config", ConfigTree() },
    };

    private ReportGroup AccountingTree() => new()
    {
        { "files", new ReportList([.. AccountingFiles.Select(path => (ReportValue)path)]) },
        { "held", new ReportList([.. ExportTroubles.Select(DescribeHeld)]) },
    };

    private static ReportGroup DescribeHeld(ExportTrouble trouble) => new()
    {
        { "name", trouble.Name },
        { "since", ReportNumbers.Time(trouble.Since) },
        { "text", trouble.Text },
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
        { "perf", new ReportGroup { { "lastMin", new ReportGroup { { "in", Performance() } } } } },
    };

    private static ReportGroup Performance() => new() { { "count", 0L }, { "mailFromTime", 0L }, { "dataTime", 0L }, { "totalTime", 0L } };

    private ReportGroup ResolverTree() => new()
    {
        { "namesCached", (long)Resolver.NamesCached },
        { "queriesPending", (long)Resolver.QueriesPending },
        { "queriesActive", (long)Resolver.QueriesActive },
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
        { "bounceProcessed", 0L },
        { "feedbackLoopProcessed", 0L },
    };

    private static ReportGroup Connections(ConnectionCounts counts) => new()
    {
        { "cur", (long)counts.Active },
        { "max", (long)counts.Maximum },
        { "top", (long)counts.Top },
    };

    // A queue is one destination of one virtual MTA; "dom" counts queues, which is the number of domains where one virtual MTA is used.
    // All are counted as smtp: what a queue does with its mail may differ from one delivery to the next.
    private ReportGroup QueueTree() => new()
    {
        { "smtp", Queued(Queues.Recipients, Queues.Queues, Queues.Bytes) },
        { "pipe", Queued(0, 0, 0) },
        { "discard", Queued(0, 0, 0) },
        { "file", Queued(0, 0, 0) },
        { "alias", Queued(0, 0, 0) },
        { "bounceProcessor", Queued(0, 0, 0) },
        { "feedbackLoopProcessor", Queued(0, 0, 0) },
    };

    private static ReportGroup Queued(long recipients, long domains, long octets) => new()
    {
        { "rcp", recipients },
        { "dom", domains },
        { "kb", ReportNumbers.Kbytes(octets) },
    };

    private ReportGroup SpoolFiles() => new()
    {
        { "inUse", Spool.FilesInUse },
        { "recycled", Spool.FilesRecycled },
        { "total", Spool.FilesInUse + Spool.FilesRecycled },
    };

    private ReportGroup SpoolTree() => new()
    {
        { "initPct", (long)Spool.InitPercent },
        { "dirs", 1L },
        { "totalRcp", Queues.Recipients },
        { "maxRcp", 0L },
        { "files", SpoolFiles() },
    };
}
