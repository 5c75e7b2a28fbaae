// How many files, sockets included, this process may have open, and how many it has. The runtime itself raises the soft limit to the hard one
// when it starts, so there is nothing for us to raise. Systems other than Linux are taken to have no limit worth planning for.

using System.Runtime.InteropServices;

namespace Godwit.Foundation;

/// <summary>The process's limit of open files (RLIMIT_NOFILE).</summary>
public static partial class OpenFileLimit
{
    /// <summary>RLIMIT_NOFILE on Linux.</summary>
    private const int NumberOfFiles = 7;

    private const string Descriptors = "/proc/self/fd";

    /// <summary>The limit in force; <see cref="int.MaxValue"/> when there is none or it is not known.</summary>
    public static int Current =>
        OperatingSystem.IsLinux() && ReadLimit(NumberOfFiles, out Limit limit) == 0 ? (int)Math.Min(limit.Soft, int.MaxValue) : int.MaxValue;

    /// <summary>The limit as a half sentence.</summary>
    public static string Words => Current == int.MaxValue ? "no limit is set" : $"the limit is {Current} open files";

    /// <summary>Files, sockets and pipes that are open right now; 0 when it is not known. Reads a directory: for a start, not for every connection.</summary>
    public static int CountOpen() => Directory.Exists(Descriptors) ? Directory.EnumerateFileSystemEntries(Descriptors).Count() : 0;

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int ReadLimit(int resource, out Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limit
    {
        public readonly nuint Soft;
        public readonly nuint Hard;
    }
}
