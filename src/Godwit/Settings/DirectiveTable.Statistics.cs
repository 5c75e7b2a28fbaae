// metrics-top-destinations, statistics-interval and <statistics>: who gets the numbers. PowerMTA has no such thing, so these are directives of Godwit's own;
// <statistics graphite> is as guides on the web write it.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private static Directive[] StatisticsRows()
    {
        const BlockKind Here = BlockKind.Statistics;
        return
        [
            Bound(G, "metrics-top-destinations", Integer(0, 1000), nameof(ServerSettings.MetricsTopDestinations), "100",
                "Destinations that have numbers of their own in metrics; the others are counted as `other`."),
            Bound(G, "statistics-interval", Integer(1, 86400), nameof(ServerSettings.StatisticsInterval), "60",
                "Seconds between two sendings of <statistics>."),
            Built(Here, "host", RawText, nameof(StatisticsSettings.Host), "-", "graphite: the host that receives the numbers."),
            Built(Here, "port", Integer(1, 65535), nameof(StatisticsSettings.Port), "2003", "graphite: its port."),
            Built(Here, "prefix", RawText, nameof(StatisticsSettings.Prefix), "-", "graphite: put before the name of each number, with a dot between."),
            Built(Here, "endpoint", WebAddress, nameof(StatisticsSettings.Endpoint), "-",
                "otlp: where metrics are posted (OTLP over HTTP); /v1/metrics is added where it has no path."),
        ];
    }
}
