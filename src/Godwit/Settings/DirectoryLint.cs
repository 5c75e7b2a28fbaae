// Directories that are not there or cannot be written. Log and accounting directories are made at start; the spool must be there, because
// a spool on a disk that is not mounted would be an empty one.

using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>Spool, log and accounting without a place.</summary>
internal static class DirectoryLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        string baseDirectory = Path.GetDirectoryName(Path.GetFullPath(root.At.File)) ?? "/";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string directory, bool needed, ConfigPosition at) in Directories(root, baseDirectory))
        {
            if (seen.Add(directory) && Complaint(surroundings.Look(directory), needed) is { } complaint)
            {
                problems.Warn(at, $"{directory} {complaint}");
            }
        }
    }

    private static IEnumerable<(string Directory, bool Needed, ConfigPosition At)> Directories(CheckedBlock root, string baseDirectory)
    {
        foreach (CheckedDirective line in root.Directives)
        {
            if (line is { Directive.Name: "spool", Value: string spool })
            {
                yield return (spool, true, line.ValueAt);
            }
            else if (line is { Directive.Name: "log-file", Value: string file })
            {
                yield return (Above(file), false, line.ValueAt);
            }
        }

        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Spool))
        {
            yield return (Path.GetFullPath(block.Argument, baseDirectory), true, block.ArgumentAt);
        }

        foreach (CheckedBlock block in root.BlocksOf(BlockKind.AccountingFile).Where(b => b.Argument is not ['|', ..]))
        {
            yield return (Above(Path.GetFullPath(block.Argument, baseDirectory)), false, block.ArgumentAt);
            if (block.Last("move-to") is { Value: string moved } line)
            {
                yield return (moved, false, line.ValueAt);
            }
        }
    }

    private static string Above(string file) => Path.GetDirectoryName(file) ?? file;

    private static string? Complaint(DirectoryState state, bool needed) => state switch
    {
        DirectoryState.Missing when needed => "does not exist, and the server does not make a spool by itself; create it",
        DirectoryState.CannotBeCreated => "does not exist and cannot be created by the user who asks; create it, or run the check as the server's user",
        DirectoryState.NotWritable => "cannot be written by the user who asks; change its owner, or run the check as the server's user",
        DirectoryState.NotADirectory => "is no directory, or stands below something that is none; correct the path",
        _ => null,
    };
}
