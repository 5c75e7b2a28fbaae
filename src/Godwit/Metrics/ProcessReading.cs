// What the system says about this process. Linux tells it in /proc; where it does not, the runtime's own numbers stand in, and threads are not known.

using Godwit.Foundation;

namespace Godwit.Metrics;

/// <summary>Reads the process.</summary>
internal static class ProcessReading
{
    private const string Status = "/proc/self/status";

    /// <summary>Threads of the process; null where the system does not say.</summary>
    public static long? Threads()
    {
        try
        {
            foreach (string line in File.Exists(Status) ? File.ReadLines(Status) : [])
            {
                if (line.StartsWith("Threads:", StringComparison.Ordinal))
                {
                    return long.TryParse(line.AsSpan("Threads:".Length).Trim(), out long threads) ? threads : null;
                }
            }
        }
        catch (IOException)
        {
            return null; // Out of descriptors, which another metric shows.
        }

        return null;
    }

    /// <summary>Descriptors in use; null when none is left to look with.</summary>
    public static long? OpenFiles()
    {
        try
        {
            return OpenFileLimit.CountOpen();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
