// The files that the server writes for people to read: its log and its accounting, with what was rotated away. Looked for anew each time; static.
// A file has a name here and no path: what is not in the list cannot be named, so that no path leads anywhere else.

using Godwit.Accounting;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Finds logs and accounting files.</summary>
public static class ServerFiles
{
    /// <summary>An <c>&lt;acct-file&gt;</c> that begins a file each hour has so many in a year.</summary>
    public const int MaxFiles = 10_000;

    /// <summary>The log first, newest first; then accounting, by name.</summary>
    public static IReadOnlyList<FileInfo> List(ServerSettings settings) =>
    [
        .. Logs(settings).Concat(settings.AccountingFiles.SelectMany(file => Accounting(file.Path)))
            .Where(IsPlain).DistinctBy(file => file.Name).Take(MaxFiles),
    ];

    /// <summary>Null when none has that name.</summary>
    public static FileInfo? Find(ServerSettings settings, string name) => List(settings).FirstOrDefault(file => file.Name == name);

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
