// The committer: gathers whatever waits, writes it with one call, syncs once, releases all. While one sync runs the next group gathers, so groups form
// by themselves under load and a lone message pays one sync and no timer. One thread owns it; callers only hand work in.
//
// When a write or sync fails, nothing is known about the frames since the last good sync. They are void: their callers get SpoolException, the
// segment is abandoned at its last durable offset, and the sync is not repeated (the system may have dropped the dirty pages and would report
// success). From then on no new mail is accepted until a restart: a device that has lied once gets no new promises. Marks about what was
// promised before are accepted again as soon as a fresh segment could be created, written and synced.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>Turns waiting works into commits.</summary>
internal sealed class SpoolCommitter : IDisposable
{
    /// <summary>More callers than a server has sessions at one time; the next one waits for its place.</summary>
    public const int MaxWaiting = 4096;

    /// <summary>One commit takes some 10 ms then on a disk with 800 MB/s: nobody waits longer for the others.</summary>
    private const long MaxGroupOctets = 8 * 1024 * 1024;

    /// <summary>Housekeeping (compaction, expiry) runs between commits, and this often when there are none.</summary>
    private const int IdleMilliseconds = 500;

    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly SemaphoreSlim _places = new(MaxWaiting);
    private readonly SpoolOptions _options;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly IVolume _volume;
    private readonly SegmentPool _pool;
    private readonly SpoolLedger _ledger;
    private readonly SpoolWriter _writer;
    private readonly CommitGroup _group;
    private readonly SpoolHousekeeping _housekeeping;
    private readonly Thread? _thread;
    private List<SpoolWork> _waiting = [];
    private List<SpoolWork> _batch = [];
    private string? _fault;
    private Instant _retryAt;
    private bool _idle;
    private bool _closing;

    public SpoolCommitter(
        IVolume volume, SpoolOptions options, SegmentPool pool, SpoolLedger ledger, SpoolWriter writer, SpoolReader reader, ServerClock clock, ILogger log)
    {
        _volume = volume;
        _options = options;
        _clock = clock;
        _log = log;
        _pool = pool;
        _ledger = ledger;
        _writer = writer;
        _group = new CommitGroup(writer, ledger);
        var compaction = new SpoolCompaction(volume, options, ledger, reader, _group, octets => TryMakeRoom(octets, useReserve: false), log);
        _housekeeping = new SpoolHousekeeping(volume, pool, ledger, clock, compaction, log);
        if (options.Mode == CommitMode.OwnThread)
        {
            _thread = new Thread(Run) { Name = "spool commit", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>Why no new mail is taken until a restart; null while all is well.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    /// <summary>Hands work in, if there is a place now. The work completes when its commit is durable or has failed.</summary>
    public bool TrySubmit(SpoolWork work)
    {
        if (!_places.Wait(0))
        {
            return false;
        }

        Enqueue(work);
        return true;
    }

    public async ValueTask SubmitAsync(SpoolWork work, CancellationToken cancellation)
    {
        await _places.WaitAsync(cancellation);
        Enqueue(work);
    }

    /// <summary>Pieces whose message will not come: housekeeping forgets them, soon enough without a wake-up.</summary>
    public void Forget(IReadOnlyList<ContentExtent> extents)
    {
        _housekeeping.ToForget(extents);
        if (_options.Mode == CommitMode.OnCaller)
        {
            CommitWaiting();
        }
    }

    /// <summary>Commits what waits, on the caller's thread, and does all housekeeping that is due.</summary>
    public void CommitWaiting()
    {
        lock (_gate)
        {
            (_batch, _waiting) = (_waiting, _batch);
            Commit();
            while (Housekeep())
            {
                // One bounded step after the other until nothing is due.
            }
        }
    }

    /// <summary>
    /// Makes room for a frame in the active segment, closing it and taking the next one if need be. False when the disk has none.
    /// Throws <see cref="IOException"/> when the device fails.
    /// </summary>
    public bool TryMakeRoom(int frameOctets, bool useReserve)
    {
        if (_writer.Fits(frameOctets))
        {
            return true;
        }

        if (!_pool.CanTake(useReserve))
        {
            return false;
        }

        _group.Finish();
        _writer.Seal();
        return _writer.OpenNext(useReserve) && _writer.Fits(frameOctets);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.Pulse(_gate);
        }

        if (_thread is not null)
        {
            _thread.Join();
        }
        else
        {
            Close();
        }
    }

    private void Enqueue(SpoolWork work)
    {
        lock (_gate)
        {
            if (_closing)
            {
                _places.Release();
                work.Fail(new SpoolException("the spool is closed"));
                return;
            }

            _waiting.Add(work);
            if (_idle)
            {
                _idle = false;
                Monitor.Pulse(_gate);
            }
        }

        if (_options.Mode == CommitMode.OnCaller)
        {
            CommitWaiting();
        }
    }

    private void Run()
    {
        bool more = false;
        while (Gather(more))
        {
            Commit();
            more = Housekeep();
        }

        Close();
    }

    /// <summary>Takes what waits; false when the spool closes and nothing is left.</summary>
    private bool Gather(bool more)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 && !_closing && !more)
            {
                _idle = true;
                Monitor.Wait(_gate, IdleMilliseconds);
                _idle = false;
            }

            (_batch, _waiting) = (_waiting, _batch);
            return _batch.Count > 0 || !_closing;
        }
    }

    private void Commit()
    {
        int next = 0;
        try
        {
            while (next < _batch.Count)
            {
                Stage(_batch[next]);
                next++; // It is the group's now: whoever fails the group fails it.
                if (_group.Octets >= MaxGroupOctets)
                {
                    _group.Finish();
                }
            }

            _group.Finish();
        }
        catch (Exception failure)
        {
            SpoolException seen = Fail(failure);
            _group.Fail(seen);
            for (; next < _batch.Count; next++)
            {
                _batch[next].Fail(seen);
            }
        }

        if (_batch.Count > 0)
        {
            _places.Release(_batch.Count);
            _batch.Clear();
        }
    }

    /// <summary>Puts one work into the group, or fails it alone.</summary>
    private void Stage(SpoolWork work)
    {
        SpoolException? refusal = work.Kind switch
        {
            WorkKind.Marks => StageMarks(work),
            _ => StageFrame(work),
        };
        if (refusal is null)
        {
            _group.ReleaseWith(work);
        }
        else
        {
            work.Fail(refusal);
        }
    }

    private SpoolException? StageFrame(SpoolWork work)
    {
        bool isMail = work.Kind != WorkKind.State;
        if (Refusal(isMail) is { } refusal)
        {
            return refusal;
        }

        if (!_writer.FitsAnySegment(work.FrameOctets))
        {
            return new SpoolException($"a frame of {work.FrameOctets} octets is larger than a spool segment");
        }

        if (!TryMakeRoom(work.FrameOctets, useReserve: !isMail))
        {
            return NoRoom();
        }

        if (!_ledger.HasParts(work.Extents))
        {
            return new SpoolException("a piece of this content is no longer in the spool; send the message again");
        }

        _group.Add(work);
        return null;
    }

    private SpoolException? StageMarks(SpoolWork work)
    {
        if (Refusal(isMail: false) is { } refusal)
        {
            return refusal;
        }

        int full = Math.Min(MarksFrame.FullOctets, _options.PieceOctets);
        IReadOnlyList<SpoolMark> marks = work.Marks;
        for (int next = 0; next < marks.Count;)
        {
            int end = next;
            int bound = 0;
            do
            {
                bound += MarksFrame.Bound(marks[end++]);
            }
            while (end < marks.Count && bound + MarksFrame.Bound(marks[end]) <= full);

            if (!TryMakeRoom(SpoolFormat.FrameOctets(bound), useReserve: true))
            {
                return NoRoom();
            }

            for (; next < end; next++)
            {
                _group.AddMark(marks[next]);
            }

            _group.CloseMarks();
        }

        return null;
    }

    private SpoolException? Refusal(bool isMail) =>
        _fault is not { } fault ? null
        : isMail || _clock.Now < _retryAt ? new SpoolException(fault)
        : null;

    private SpoolException NoRoom() => new($"{_pool.Problem ?? "no spool file is free"}: {_volume.Path}");

    /// <summary>The device failed under the group: gives the segment up, raises the alarm.</summary>
    private SpoolException Fail(Exception failure)
    {
        string reason = failure is DiskFullException ? $"disk full: {_volume.Path}"
            : $"spool failed, restart godwitd when {_volume.Path} is repaired: {failure.Message}";
        if (failure is not DiskFullException)
        {
            Volatile.Write(ref _fault, reason);
        }

        _retryAt = _clock.Now + _retryAfter;
        _log.SpoolDeviceFailed(failure, _volume.Path, _writer.Active?.Name ?? "", _writer.Active?.DurableEnd ?? 0);
        lock (_ledger.Gate)
        {
            _writer.Abandon();
        }

        return new SpoolException(reason, failure);
    }

    /// <summary>One bounded step of what is due; true when there is more.</summary>
    private bool Housekeep()
    {
        try
        {
            return _housekeeping.Step(_fault is not null);
        }
        catch (Exception failure)
        {
            _group.Fail(Fail(failure));
            _housekeeping.Abort();
            return false;
        }
    }

    private void Close()
    {
        (_batch, _waiting) = (_waiting, _batch);
        Commit();
        try
        {
            _writer.Seal();
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }
}
