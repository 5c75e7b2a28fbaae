// Members of a pool with a limit of their own that is wider than the pool's: the pool's counts all members together, so the member's never counts.

namespace Godwit.Settings;

/// <summary>Limits of members that their pool makes idle. A note: nothing goes wrong.</summary>
internal static class PoolLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return;
        }

        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Pool))
        {
            if (block.Last("max-smtp-out") is { Value: not null } line
                && settings.Pools.TryGetValue(block.Argument, out PoolSettings? pool) && pool.MaxSmtpOut > 0)
            {
                string[] wider = [.. pool.Members.Where(member =>
                    settings.VirtualMtas.TryGetValue(member, out VirtualMtaSettings? one) && one.MaxSmtpOut > pool.MaxSmtpOut)];
                if (wider.Length > 0)
                {
                    problems.Note(line.ValueAt, $"max-smtp-out {pool.MaxSmtpOut} is for all members together; {string.Join(", ", wider.Take(3))}"
                        + $"{(wider.Length > 3 ? $" and {wider.Length - 3} more" : "")} may open more by their own max-smtp-out, which never counts then");
                }
            }
        }
    }
}
