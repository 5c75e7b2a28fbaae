namespace Godwit.Settings;

/// <summary>Trouble that nobody hears of.</summary>
internal static class PostmasterLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (!root.All("postmaster").Any(d => d.Value is not null))
        {
            problems.Warn(root.At with { Line = 0, Column = 0 }, "no postmaster: nobody hears of trouble; add \"postmaster you@example.com\"");
        }
    }
}
