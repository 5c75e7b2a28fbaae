// statistics-interval and <statistics>: Graphite, as guides on the web write it. PowerMTA has no such thing, so these are directives of Godwit's own.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private static Directive[] StatisticsRows() =>
    [
        Later(G, "statistics-interval", Integer(1, 86400), "-", "Seconds between two sendings of <statistics>."),
        Later(BlockKind.Statistics, "host", RawText, "-", "The host that receives the numbers."),
        Later(BlockKind.Statistics, "port", Integer(1, 65535), "2003", "Its port."),
        Later(BlockKind.Statistics, "prefix", RawText, "-", "Put before the name of each number."),
    ];
}
