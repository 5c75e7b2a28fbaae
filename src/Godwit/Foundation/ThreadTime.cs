// What a thread has cost so far: processor time, whatever else the machine does meanwhile.

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Godwit.Foundation;

/// <summary>The calling thread's processor time.</summary>
public static partial class ThreadTime
{
    /// <summary>CLOCK_THREAD_CPUTIME_ID of clock_gettime(2).</summary>
    private const int ThreadClock = 3;

    /// <summary>
    /// Only differences mean something, and only between two readings on one thread. Where the system does not tell, it is the time that passes: more than the
    /// thread can have used.
    /// </summary>
    public static TimeSpan Now() => OperatingSystem.IsLinux() && ReadClock(ThreadClock, out Reading used) == 0
        ? TimeSpan.FromSeconds((long)used.Seconds) + TimeSpan.FromTicks(used.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : Stopwatch.GetElapsedTime(0);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out Reading time);

    /// <summary>A timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Reading
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
