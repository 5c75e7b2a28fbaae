// Proxies that cannot be used as written, and source addresses that are said in two ways of which only one can hold.

namespace Godwit.Settings;

/// <summary>Checks <c>&lt;proxy></c>, <c>use-proxy</c> and <c>smtp-proxy-source-host</c>.</summary>
internal static class ProxyLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        foreach (IGrouping<string, CheckedBlock> blocks in root.BlocksOf(BlockKind.Proxy).GroupBy(b => b.Argument, StringComparer.OrdinalIgnoreCase))
        {
            Require(blocks, "server", "server HOST:PORT", problems);
            Require(blocks, "client", "client ADDRESS HOST", problems);
        }

        CheckSources([root], problems);
        foreach (IGrouping<string, CheckedBlock> blocks in root.BlocksOf(BlockKind.VirtualMta).GroupBy(b => b.Argument, StringComparer.OrdinalIgnoreCase))
        {
            CheckSources([.. blocks], problems);
        }

        ProxyTable proxies = ProxyTable.Of(root);
        foreach (CheckedDirective line in root.BlocksOf(BlockKind.VirtualMta).Prepend(root).SelectMany(b => b.All("use-proxy")))
        {
            CheckFailover(line, proxies, problems);
        }
    }

    private static void Require(IGrouping<string, CheckedBlock> blocks, string directive, string form, ProblemList problems)
    {
        if (!blocks.Any(b => b.IsUnread(directive) || b.Last(directive)?.Value is not null))
        {
            problems.Error(blocks.First().At, $"the proxy {blocks.Key} has no {directive}; add \"{form}\"");
        }
    }

    /// <summary>Both say where mail leaves from, so one of them would be a lie.</summary>
    private static void CheckSources(List<CheckedBlock> blocks, ProblemList problems)
    {
        CheckedDirective? behind = Find(blocks, "smtp-proxy-source-host");
        CheckedDirective? other = Find(blocks, "smtp-source-host") ?? Find(blocks, "smtp-source-ip") ?? Find(blocks, "use-proxy");
        if (behind is not null && other is not null)
        {
            problems.Error(other.At, $"{other.Directive.Name} cannot stand beside smtp-proxy-source-host: "
                + "give each a virtual MTA of its own, and name both in a <virtual-mta-pool>");
        }

        if (behind is null && Find(blocks, "proxy-protocol") is { } version)
        {
            problems.Warn(version.At, "proxy-protocol has no effect without smtp-proxy-source-host; the version of a <proxy> is its protocol-version");
        }
    }

    private static CheckedDirective? Find(List<CheckedBlock> blocks, string directive) =>
        blocks.SelectMany(b => b.All(directive)).FirstOrDefault(line => line.Value is not null and not IReadOnlyList<string> { Count: 0 });

    /// <summary>Behind the next proxy a source needs an address of its own family, or it goes nowhere when the first is down.</summary>
    private static void CheckFailover(CheckedDirective line, ProxyTable proxies, ProblemList problems)
    {
        if (line.Value is not IReadOnlyList<string> { Count: > 1 } names)
        {
            return;
        }

        SourceHost? alone = proxies.SourcesOf(names, local: null).Find(source => source.Proxies.Count < names.Count);
        if (alone is not null)
        {
            problems.Warn(line.ValueAt, $"not every one of these proxies has a client of the address family of {alone.Address}, "
                + "so its mail waits while the others are down; add a client line of that family to each");
        }
    }
}
