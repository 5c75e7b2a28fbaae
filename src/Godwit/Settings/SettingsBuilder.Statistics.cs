// Who is sent numbers.

using System.Text.RegularExpressions;

namespace Godwit.Settings;

internal sealed partial class SettingsBuilder
{
    /// <summary>Each block is a receiver; one that lacks its address is an error.</summary>
    private List<StatisticsSettings> Statistics()
    {
        List<StatisticsSettings> receivers = [];
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Statistics))
        {
            NoteTwice(block);
            StatisticsSettings? receiver = block.Argument.ToLowerInvariant() switch
            {
                "graphite" => Graphite(block),
                "otlp" => Otlp(block),
                _ => null, // Said already.
            };
            if (receiver is not null)
            {
                receivers.Add(receiver);
            }
        }

        return receivers;
    }

    private StatisticsSettings? Graphite(CheckedBlock block)
    {
        WarnOfOther(block, "graphite", "endpoint");
        string prefix = LastValue(block, "prefix", "").Trim('.');
        if (!PrefixForm().IsMatch(prefix))
        {
            problems.Error(
                Last(block, "prefix")!.At,
                $"prefix: {ValueParsers.Show(prefix)} has a character that Graphite does not take; use letters, digits, _, - and dots");
        }

        string host = LastValue(block, "host", "");
        if (host.Length == 0)
        {
            problems.Error(block.At, "<statistics graphite> needs the host that receives the numbers: add \"host NAME\"");
            return null;
        }

        return new StatisticsSettings { Kind = StatisticsKind.Graphite, Host = host, Port = LastValue(block, "port", 2003), Prefix = prefix };
    }

    private StatisticsSettings? Otlp(CheckedBlock block)
    {
        WarnOfOther(block, "otlp", "host", "port", "prefix");
        if (Last(block, "endpoint")?.Value is not Uri endpoint)
        {
            problems.Error(block.At, "<statistics otlp> needs the address that metrics are posted to: add \"endpoint http://HOST:4318\"");
            return null;
        }

        Uri whole = endpoint.AbsolutePath is "" or "/" ? new Uri(endpoint, "/v1/metrics") : endpoint;
        return new StatisticsSettings { Kind = StatisticsKind.Otlp, Endpoint = whole };
    }

    private void WarnOfOther(CheckedBlock block, string kind, params ReadOnlySpan<string> others)
    {
        foreach (string other in others)
        {
            if (Last(block, other) is { } line)
            {
                problems.Warn(line.At, $"{other} has no effect in <statistics {kind}>");
            }
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]*\z", RegexOptions.NonBacktracking)]
    private static partial Regex PrefixForm();
}
