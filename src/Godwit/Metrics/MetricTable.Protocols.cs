using Godwit.Foundation;

namespace Godwit.Metrics;

internal static partial class MetricTable
{
    private static Metric[] Protocols() =>
    [
        Gauge("godwit_smtp_in_connections", "connections", "Connections of clients now", static view => view.Traffic.ConnectionsIn.Current),
        Gauge("godwit_smtp_in_connections_limit", "connections", "What they may be: total-max-smtp-in", static view => view.Settings.Value.TotalMaxSmtpIn),
        Counter("godwit_smtp_in_sessions_total", "connections",
            "Connections of clients that were let in", static view => view.Traffic.Protocol.SessionsIn.Count),
        Counter("godwit_smtp_in_connections_refused_total", "connections", "Connections of clients turned away, too many being open",
            static view => view.Traffic.Protocol.ConnectionsRefused.Count),
        Counters("godwit_smtp_in_replies_refusing_total", "replies", "Replies to clients that refuse something, by class of code: 4xx, 5xx", "class",
            static view => view.Traffic.Protocol.RepliesRefusing),
        Counters("godwit_smtp_in_auth_total", "attempts", "Authentications of clients that were tried to their end: ok or failed", "mechanism", "result",
            static view => view.Traffic.Protocol.Auth),
        Counters("godwit_smtp_in_tls_handshakes_total", "handshakes",
            "TLS handshakes with clients: ok or failed", "version", "result", static view => view.Traffic.Protocol.TlsIn),
        Gauge("godwit_smtp_out_connections", "connections", "Connections to hosts now", static view => view.Traffic.ConnectionsOut.Current),
        Gauge("godwit_smtp_out_connections_limit", "connections", "What they may be: total-max-smtp-out", static view => view.Settings.Value.TotalMaxSmtpOut),
        Counters("godwit_smtp_out_connection_attempts_total", "connections", "Connections to hosts that were tried: opened or failed", "result",
            static view => view.Traffic.Protocol.ConnectionsOut),
        Counters("godwit_smtp_out_tls_handshakes_total", "handshakes",
            "STARTTLS with hosts: ok or failed", "version", "result", static view => view.Traffic.Protocol.TlsOut),
    ];

    private static Metric[] Storage() =>
    [
        Gauges("godwit_spool_files", "files", "Files of the spool: used ones, and free ones that wait to be used again", ["state"], static (view, into) =>
        {
            (int used, int free) = view.Spool.Files;
            into.Add(used, "used");
            into.Add(free, "free");
        }),
        Gauge("godwit_spool_bytes", "bytes", "Disk that the spool's files take, free ones included",
            static view => (view.Spool.Files.InUse + view.Spool.Files.Free) * (double)view.Spool.FileOctets),
        Known("godwit_spool_disk_free_bytes", "bytes", "Free space on the spool's disk", static view => view.Spool.FreeBytes),
        Gauge("godwit_spool_min_free_bytes", "bytes",
            "Free space below which new mail is refused: min-free-space", static view => view.Settings.Value.Spool.MinFreeSpace),
        Histogram("godwit_spool_sync_duration_seconds", "How long the spool's disk takes to make a group of messages or fates durable",
            -14, 4, static view => view.Spool.Syncs),
        Gauge("godwit_accepting", "1 or 0", "1 while new mail is taken, 0 while it is refused (see /ready)", static view => view.NotReady() is null ? 1 : 0),
        Counter("godwit_accounting_records_total", "records", "Accounting records on disk that some file wants", static view => view.Accounting.Written.Count),
        Counter("godwit_accounting_failures_total", "attempts",
            "Times that a device refused accounting records", static view => view.Accounting.Refusals.Count),
        Counter("godwit_log_lines_dropped_total", "lines", "Lines of the log that a slow disk cost", static view => view.Log?.Dropped ?? 0),
        Gauge("godwit_alarms", "alarms", "Alarms of receivers that do not take what the server sends: metrics, statistics", static view => view.Alarms.Count),
    ];

    private static Metric[] Names() =>
    [
        Counter("godwit_dns_queries_total", "questions", "Questions to name servers", static view => view.Resolver.Queries.Count),
        Counter("godwit_dns_cache_hits_total", "questions", "Questions that were answered from memory", static view => view.Resolver.CacheHits.Count),
        Counter("godwit_dns_failures_total", "questions", "Questions that no name server answered usefully", static view => view.Resolver.Failures.Count),
        Gauge("godwit_dns_cached_names", "names", "Names whose answers are in memory", static view => view.Resolver.NamesCached),
        Gauge("godwit_dns_pending_queries", "questions", "Questions without an answer yet", static view => view.Resolver.QueriesPending),
        Counters("godwit_dkim_messages_total", "messages", "Messages to be signed on their way out: ok, no_key where none is for the sender, failed", "result",
            static view => view.Traffic.Protocol.Signatures),
    ];

    private static Metric[] Process() =>
    [
        Gauges("godwit_build_info", "1", "The program; always 1", ["version"], static (_, into) => into.Add(1, ProductVersion.Full)),
        Gauge("godwit_start_time_seconds", "seconds", "When the server started, since 1970", static view => Seconds(view.Traffic.Started)),
        Gauge("godwit_config_version", "loads", "1 at the start, one more with each reload", static view => view.Settings.Load.Version),
        Gauge("godwit_config_loaded_time_seconds", "seconds",
            "When the configuration was loaded, since 1970", static view => Seconds(view.Settings.Load.Loaded)),
        Counters("godwit_process_cpu_seconds_total", "seconds", "Processor time: user, system", ["mode"], static (_, into) =>
        {
            Environment.ProcessCpuUsage usage = Environment.CpuUsage;
            into.Add(usage.UserTime.TotalSeconds, "user");
            into.Add(usage.PrivilegedTime.TotalSeconds, "system");
        }),
        Gauge("godwit_process_resident_memory_bytes", "bytes", "Memory of the process", static _ => Environment.WorkingSet),
        Known("godwit_process_threads", "threads", "Threads of the process", static _ => ProcessReading.Threads()),
        Known("godwit_process_open_fds", "files", "Files and sockets that are open", static _ => ProcessReading.OpenFiles()),
        Gauge("godwit_process_max_fds", "files", "Files and sockets that may be open", static _ => OpenFileLimit.Current),
        Gauge("godwit_dotnet_heap_bytes", "bytes", "Memory of managed objects, dead ones included", static _ => GC.GetTotalMemory(forceFullCollection: false)),
        Counter("godwit_dotnet_allocated_bytes_total", "bytes", "Memory that objects were given", static _ => GC.GetTotalAllocatedBytes()),
        Counters("godwit_dotnet_collections_total", "collections", "Collections of garbage, by generation", ["generation"], static (_, into) =>
        {
            for (int generation = 0; generation <= GC.MaxGeneration; generation++)
            {
                into.Add(GC.CollectionCount(generation), $"{generation}");
            }
        }),
        Counter("godwit_dotnet_collection_pause_seconds_total", "seconds",
            "Time that collections held everything up", static _ => GC.GetTotalPauseDuration().TotalSeconds),
    ];

    private static double Seconds(Instant time) => time.Ticks / (double)TimeSpan.TicksPerSecond;
}
