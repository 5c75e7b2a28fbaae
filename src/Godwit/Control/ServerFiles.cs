// The files that the server writes for people to read: its log and its accounting, with what was rotated away. Looked for anew each time; static.
// A file has a name here and no path: what is not in the list cannot be named, so that no path leads anywhere else. Records that wait for a program or a
// receiver are nobody's file to read: whoever looks for accounting has it where it was sent, so these are for operators, who look for what hangs.

using Godwit.Accounting;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Finds logs and accounting files.</summary>
public static class ServerFiles
{
    /// <summary>An <c>&lt;acct-file&gt;</c> that begins a file each hour has so many in a year.</summary>
    public const int MaxFiles = 10_000;

    /// <summary>The log first, newest first; then accounting, by name.</summary>
    /// <param name="all">Also records that wait for a program or a receiver.</param>
    public static IReadOnlyList<FileInfo> List(ServerSettings settings, bool all) =>
    [
        .. Logs(settings).Concat(settings.AccountingFiles.Where(file => all || !file.IsExported).SelectMany(file => Accounting(file.FilePath)))
            .Where(IsPlain).DistinctBy(file => file.Name, StringComparer.Ordinal).Take(MaxFiles),
    ];

    /// <summary>Null when none has that name.</summary>
    /// <param name="all">As for <see cref="List"/>.</param>
    public static FileInfo? Find(ServerSettings settings, string name, bool all) => List(settings, all).FirstOrDefault(file => file.Name == name);

    private static IEnumerable<FileInfo> Logs(ServerSettings settings) => settings.LogFile.Length == 0 ? []
        : Enumerable.Range(0, Math.Max(1, settings.LogRotate))
            .Select(number => new FileInfo(number == 0 ? settings.LogFile : $"{settings.LogFile}.{number}"));

    private static IEnumerable<FileInfo> Accounting(string path)
    {
        string? folder = path is ['|', ..] ? null : Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is null || !Directory.Exists(folder))
        {
            return [];
        }

        var names = new AccountingFileNames(path);
        return new DirectoryInfo(folder).EnumerateFiles().Where(file => names.TryParse(file.Name, out _)).OrderBy(file => file.Name, StringComparer.Ordinal);
    }

    /// <summary>A link may lead anywhere, also to what is none of ours.</summary>
    private static bool IsPlain(FileInfo file) => file.Exists && file.LinkTarget is null;
}
