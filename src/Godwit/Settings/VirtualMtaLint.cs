namespace Godwit.Settings;

/// <summary>Virtual MTAs whose mail leaves from whatever address the system takes.</summary>
internal static class VirtualMtaLint
{
    private static readonly string[] _origins = ["smtp-source-host", "smtp-source-ip", "smtp-proxy-source-host", "use-proxy"];

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        // Addresses at global level are every virtual MTA's that has none of its own.
        if (HasOrigin(root))
        {
            return;
        }

        foreach (IGrouping<string, CheckedBlock> blocks in root.BlocksOf(BlockKind.VirtualMta).GroupBy(b => b.Argument, StringComparer.OrdinalIgnoreCase))
        {
            if (!blocks.Any(HasOrigin))
            {
                problems.Once("virtual MTA without source", blocks.First().At, ConfigSeverity.Warning,
                    $"the virtual MTA {blocks.Key} has no source address, so the system chooses one; add \"smtp-source-host ADDRESS NAME\"");
            }
        }
    }

    private static bool HasOrigin(CheckedBlock block) =>
        block.Directives.Exists(d => d.Value is not null && _origins.Contains(d.Directive.Name)) || Array.Exists(_origins, block.IsUnread);
}
