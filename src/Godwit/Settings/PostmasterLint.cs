namespace Godwit.Settings;

/// <summary>Mail for a postmaster whom nobody named.</summary>
internal static class PostmasterLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (!root.IsUnread("postmaster") && !root.All("postmaster").Any(d => d.Value is not null))
        {
            problems.Warn(root.At with { Line = 0, Column = 0 },
                "no postmaster: mail for a bare postmaster goes to postmaster@host-name; add \"postmaster you@example.com\"");
        }
    }
}
