// Segment files that hold nothing, ready to be written: allocated, filled with zeros and synced, so that a sync of fresh frames writes data
// and no block lists (on ext4 a sync into reserved but unwritten blocks takes half as long again). One stands ready ahead of need,
// one more is a reserve that only marks may take: what is delivered can be crossed out when the disk is full, and frees space thereby.
// Thread safe. When the disk gives no new file the pool keeps the reason and tries again at most once a second.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>A file that holds nothing.</summary>
internal readonly record struct FreeSegment(string Name, IVolumeFile File);

/// <summary>Owns the free segment files and gives out sequence numbers.</summary>
internal sealed class SegmentPool(IVolume volume, SpoolOptions options, ServerClock clock, ILogger log) : IDisposable
{
    /// <summary>The reserve and one ahead.</summary>
    private const int Wanted = 2;

    /// <summary>512 MiB: what a busy server breathes in and out. More goes back to the disk.</summary>
    private const int MaxFree = 8;

    private const int FillOctets = 1024 * 1024;

    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Lock _making = new();
    private readonly Queue<FreeSegment> _free = [];
    private long _lastSequence;
    private Instant _retryAt;
    private string? _problem;
    private int _filling;
    private bool _closed;

    /// <summary>Why there is no file for new mail; null when there is one.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    public int FreeCount
    {
        get
        {
            lock (_gate)
            {
                return _free.Count;
            }
        }
    }

    /// <summary>Octets of free files that new mail may fill.</summary>
    public long SpareOctets => Math.Max(0, FreeCount - 1) * (long)options.SegmentOctets;

    /// <summary>A number that no segment of this spool ever had.</summary>
    public long NextSequence() => Interlocked.Increment(ref _lastSequence);

    /// <summary>Numbers given out from now on are larger.</summary>
    public void StartAfter(long sequence) => _lastSequence = Math.Max(_lastSequence, sequence);

    /// <summary>Takes a file, making one when none is ready. The reserve is given only to those who may use it.</summary>
    public bool TryTake(bool useReserve, out FreeSegment taken)
    {
        int keep = useReserve ? 0 : 1;
        if (!HasMoreThan(keep))
        {
            Fill(keep + 1);
        }

        lock (_gate)
        {
            taken = default;
            return _free.Count > keep && _free.TryDequeue(out taken);
        }
    }

    /// <summary>Whether <see cref="TryTake"/> will give a file; makes one when none is ready.</summary>
    public bool CanTake(bool useReserve)
    {
        int keep = useReserve ? 0 : 1;
        if (!HasMoreThan(keep))
        {
            Fill(keep + 1);
        }

        return HasMoreThan(keep);
    }

    /// <summary>Takes a file in that holds nothing any more; gives it back to the disk when there are enough.</summary>
    public void Add(FreeSegment segment)
    {
        lock (_gate)
        {
            if (!_closed && _free.Count < MaxFree && segment.File.Length == options.SegmentOctets)
            {
                _free.Enqueue(segment);
                return;
            }
        }

        segment.File.Dispose();
        if (_closed)
        {
            return;
        }

        try
        {
            volume.Delete(segment.Name);
        }
        catch (IOException failure)
        {
            log.SpoolFileLeft(segment.Name, failure.Message);
        }
    }

    /// <summary>Makes what is missing, on another thread: zeros take some 50 ms.</summary>
    public void FillAhead()
    {
        // With a problem also when files are back: only Fill takes the problem away, and recycled segments come without it.
        bool needed = !HasMoreThan(Wanted - 1) || Problem is not null;
        if (options.Mode == CommitMode.OwnThread && needed && Interlocked.Exchange(ref _filling, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static pool =>
                {
                    pool.Fill(Wanted);
                    Volatile.Write(ref pool._filling, 0);
                },
                this,
                preferLocal: false);
        }
        else if (options.Mode != CommitMode.OwnThread && Problem is not null)
        {
            Fill(Wanted);
        }
    }

    public void Dispose()
    {
        lock (_making)
        {
            lock (_gate)
            {
                _closed = true;
                foreach (FreeSegment segment in _free)
                {
                    segment.File.Dispose();
                }

                _free.Clear();
            }
        }
    }

    private bool HasMoreThan(int count) => FreeCount > count;

    private void Fill(int wanted)
    {
        lock (_making)
        {
            while (!_closed && !HasMoreThan(wanted - 1) && clock.Now >= _retryAt)
            {
                try
                {
                    FreeSegment made = Make();
                    lock (_gate)
                    {
                        _free.Enqueue(made);
                    }
                }
                catch (IOException failure)
                {
                    Fail(failure);
                }
            }

            if (HasMoreThan(Wanted - 1) && Problem is not null)
            {
                Volatile.Write(ref _problem, null);
                log.SpoolHasRoomAgain(volume.Path);
            }
        }
    }

    private void Fail(IOException failure)
    {
        _retryAt = clock.Now + _retryAfter;
        string problem = failure is DiskFullException ? "disk full" : $"cannot make a spool file: {failure.Message}";
        if (Interlocked.Exchange(ref _problem, problem) != problem)
        {
            log.SpoolHasNoRoom(volume.Path, problem);
        }
    }

    private FreeSegment Make()
    {
        string name = SpoolFormat.Name(NextSequence(), SpoolFormat.FreeSuffix);
        IVolumeFile? file = null;
        try
        {
            file = volume.Open(name, create: true);
            file.Allocate(options.SegmentOctets);
            FillWithZeros(file);
            file.SyncData();
            volume.SyncDirectory();
            return new FreeSegment(name, file);
        }
        catch (IOException)
        {
            file?.Dispose();
            TryDelete(name);
            throw;
        }
    }

    private void FillWithZeros(IVolumeFile file)
    {
        ReadOnlyMemory<byte>[] zeros = [new byte[Math.Min(FillOctets, options.SegmentOctets)]];
        for (int offset = 0; offset < options.SegmentOctets; offset += zeros[0].Length)
        {
            int left = options.SegmentOctets - offset;
            file.Write(offset, left >= zeros[0].Length ? zeros : [zeros[0][..left]]);
        }
    }

    private void TryDelete(string name)
    {
        try
        {
            volume.Delete(name);
        }
        catch (IOException failure)
        {
            log.SpoolFileLeft(name, failure.Message);
        }
    }
}
