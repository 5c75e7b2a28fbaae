// Whether new mail may be taken: the device is sound, a segment can be had, and the disk keeps its minimum of free space. Asked at every MAIL FROM,
// so the disk is asked at most once a second. The reason is for a client and names no path; the details are in the log. Thread safe.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>Answers "may I accept mail?" with a reason.</summary>
internal sealed class SpoolAcceptance(
    IVolume volume, Func<long> minFreeSpace, SegmentPool pool, SpoolCommitter committer, ServerClock clock, ILogger log)
{
    private const string Failed = "mail storage failed";
    private const string Full = "disk full";
    private const string NearlyFull = "disk nearly full";

    private static readonly TimeSpan _lookEvery = TimeSpan.FromSeconds(1);

    private long _lookAtTicks = long.MinValue;
    private bool _isShort;

    public bool MayAccept(out string reason)
    {
        Look();
        reason = committer.Fault is not null ? Failed
            : pool.Problem is not null ? Full
            : Volatile.Read(ref _isShort) ? NearlyFull : "";
        return reason.Length == 0;
    }

    private void Look()
    {
        long due = Volatile.Read(ref _lookAtTicks);
        long now = clock.Now.Ticks;
        if (now < due || Interlocked.CompareExchange(ref _lookAtTicks, now + _lookEvery.Ticks, due) != due)
        {
            return;
        }

        if (pool.Problem is not null)
        {
            pool.FillAhead(); // Nobody else may come while mail is refused.
        }

        bool isShort = IsShort(minFreeSpace(), out long free);
        if (isShort != _isShort)
        {
            Volatile.Write(ref _isShort, isShort);
            log.SpoolSpaceChanged(isShort ? LogLevel.Error : LogLevel.Information, volume.Path, isShort ? "refused with 4xx" : "accepted", free >> 20);
        }
    }

    /// <summary>Free files of the spool count as free space: new mail fills them without taking more of the disk.</summary>
    private bool IsShort(long wanted, out long free)
    {
        free = 0;
        if (wanted <= 0)
        {
            return false;
        }

        try
        {
            free = volume.FreeBytes + pool.SpareOctets;
            return free < wanted;
        }
        catch (IOException)
        {
            return true; // A disk that cannot say how much is free gets no new mail.
        }
    }
}
