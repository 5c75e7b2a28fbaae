namespace Godwit.Tests.Support;

/// <summary>What lives on the heap of the whole process: for tests that run alone.</summary>
internal static class HeapSize
{
    /// <summary>Each look frees what the finalizers of the one before have let go; more are of no use.</summary>
    private const int MostLooks = 20;

    private const long Steady = 64 * 1024;

    /// <summary>
    /// Octets, when collecting frees no more. <see cref="GC.GetTotalMemory"/> is content with a twentieth of the heap, and what tests before have left there
    /// makes that more than what is measured.
    /// </summary>
    public static long Settled()
    {
        long last = long.MaxValue;
        for (int i = 0; i < MostLooks; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            long now = GC.GetTotalMemory(forceFullCollection: false);
            if (last - now < Steady)
            {
                return now;
            }

            last = now;
        }

        return last;
    }
}
