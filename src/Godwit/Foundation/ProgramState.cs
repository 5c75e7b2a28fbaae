// What can be said of a program without running it: whether it is there, and whether this process may run it.

using System.Runtime.InteropServices;

namespace Godwit.Foundation;

/// <summary>How a program stands.</summary>
public enum ProgramState : byte
{
    Usable,
    Missing,

    /// <summary>It is there, and this user may not run it, or it is no file.</summary>
    NotExecutable,
}

/// <summary>Looks at programs.</summary>
public static partial class ProgramProbe
{
    /// <summary>AT_FDCWD, AT_EACCESS and X_OK of faccessat(2).</summary>
    private const int WorkingDirectory = -100;
    private const int EffectiveIds = 0x200;
    private const int Execute = 1;

    /// <summary>How the program at an absolute path stands. Never throws for what is or is not there.</summary>
    public static ProgramState Look(string path)
    {
        if (!File.Exists(path))
        {
            return Directory.Exists(path) ? ProgramState.NotExecutable : ProgramState.Missing;
        }

        bool may = !OperatingSystem.IsLinux() || CheckAccess(WorkingDirectory, path, Execute, EffectiveIds) == 0;
        return may ? ProgramState.Usable : ProgramState.NotExecutable;
    }

    [LibraryImport("libc", EntryPoint = "faccessat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CheckAccess(int from, string path, int mode, int flags);
}
