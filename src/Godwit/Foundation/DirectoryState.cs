// What can be said of a directory without touching it: whether it is there, and whether this process may create files in it.

using System.Runtime.InteropServices;

namespace Godwit.Foundation;

/// <summary>How a directory stands.</summary>
public enum DirectoryState : byte
{
    /// <summary>It is there, and files can be created in it.</summary>
    Usable,

    /// <summary>Not there, and creating it would succeed.</summary>
    Missing,

    /// <summary>Not there, and the nearest directory above it that is there allows nothing new.</summary>
    CannotBeCreated,

    /// <summary>It is there and allows nothing new.</summary>
    NotWritable,

    /// <summary>Something else has that name, or a name above it.</summary>
    NotADirectory,
}

/// <summary>Looks at directories.</summary>
public static partial class DirectoryProbe
{
    /// <summary>AT_FDCWD, AT_EACCESS, and W_OK with X_OK, of faccessat(2): by the rights that creating a file would use.</summary>
    private const int WorkingDirectory = -100;
    private const int EffectiveIds = 0x200;
    private const int WriteAndSearch = 3;

    /// <summary>How the directory at an absolute path stands. Never throws for what is or is not there.</summary>
    public static DirectoryState Look(string path)
    {
        if (Directory.Exists(path))
        {
            return MayCreateIn(path) ? DirectoryState.Usable : DirectoryState.NotWritable;
        }

        string? above = path;
        while (above is { Length: > 0 } && !Directory.Exists(above))
        {
            if (File.Exists(above))
            {
                return DirectoryState.NotADirectory;
            }

            above = Path.GetDirectoryName(above);
        }

        return above is { Length: > 0 } && MayCreateIn(above) ? DirectoryState.Missing : DirectoryState.CannotBeCreated;
    }

    private static bool MayCreateIn(string directory) =>
        !OperatingSystem.IsLinux() || CheckAccess(WorkingDirectory, directory, WriteAndSearch, EffectiveIds) == 0;

    [LibraryImport("libc", EntryPoint = "faccessat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CheckAccess(int from, string path, int mode, int flags);
}
