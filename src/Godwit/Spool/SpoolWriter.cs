// Appends frames to the active segment: gathers them, writes them with one call, syncs. Used by the committer's thread alone.
// Small octets are copied into scratch memory, contents are written from where they lie. On an IOException nothing is known about what was
// written since the last sync: the caller abandons the segment, and nothing is ever appended to it again.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>The writing end of the spool.</summary>
internal sealed class SpoolWriter(IVolume volume, SegmentPool pool, SpoolLedger ledger, SpoolOptions options, uint secret, TimeProvider time, ILogger log)
{
    private const int ScratchOctets = 256 * 1024;

    /// <summary>Headers, envelopes and marks up to this are copied; a system call's segment costs more than copying them.</summary>
    private const int CopyPrefixBelow = 16 * 1024;

    private const int CopyContentBelow = 2 * 1024;

    /// <summary>IOV_MAX: more parts would be more than one system call.</summary>
    private const int MaxParts = 1000;

    private static readonly int _sealOctets = SpoolFormat.FrameOctets(0);

    private readonly byte[] _scratch = new byte[Math.Min(ScratchOctets, options.SegmentOctets)];
    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private int _scratchEnd;
    private int _sliceStart;
    private int _gathered;
    private int _writeAt;

    /// <summary>How long making frames durable takes.</summary>
    public LogHistogram Syncs { get; } = new(unitsPerSecond: 1 << 20);

    /// <summary>The segment that takes frames; null before the first, and after one was abandoned.</summary>
    public SpoolSegment? Active { get; private set; }

    /// <summary>Whether something was appended that is not yet durable.</summary>
    public bool IsDirty => Active is { } active && active.End > active.DurableEnd;

    public bool Fits(int frameOctets) => Active is { } active && active.End + frameOctets + _sealOctets <= active.Capacity;

    /// <summary>Whether such a frame fits into an empty segment.</summary>
    public bool FitsAnySegment(long frameOctets) =>
        frameOctets + _sealOctets + StartFrame.MaxOctets <= options.SegmentOctets;

    /// <summary>Puts one frame behind the others; returns its offset. The memory must stay as it is until the next flush. Call only if it fits.</summary>
    public int Append(
        FrameType type, long id, int digestLength, ReadOnlyMemory<byte> prefix,
        IReadOnlyList<ReadOnlyMemory<byte>> head, IReadOnlyList<ReadOnlyMemory<byte>> tail, int payloadLength, uint payloadCrc)
    {
        SpoolSegment active = Active!;
        int offset = active.End;
        var header = new FrameHeader(type, payloadLength, digestLength, active.Sequence, id, payloadCrc, active.DurableEnd);
        header.Write(Scratch(FrameHeader.Octets), type == FrameType.Start ? 0 : secret);
        Gather(prefix, CopyPrefixBelow);
        GatherAll(head);
        GatherAll(tail);
        int padding = header.FrameOctets - FrameHeader.Octets - payloadLength;
        Scratch(padding).Clear();
        active.End += header.FrameOctets;
        SpoolIndex.Add(active.Index, type, offset, payloadLength, id, prefix.Span[..digestLength]);
        return offset;
    }

    /// <summary>Puts a frame whose payload lies in one place.</summary>
    public int Append(FrameType type, long id, int digestLength, ReadOnlyMemory<byte> payload) =>
        Append(type, id, digestLength, payload, [], [], payload.Length, Crc32C.Compute(payload.Span));

    /// <summary>Writes what was gathered. Not durable yet.</summary>
    public void Flush()
    {
        CloseSlice();
        if (_parts.Count > 0)
        {
            Active!.File.Write(_writeAt, _parts);
        }

        _writeAt += _gathered;
        Forget();
    }

    /// <summary>Writes what was gathered and makes it durable.</summary>
    public void Commit()
    {
        Flush();
        if (Active is { } active)
        {
            long began = time.GetTimestamp();
            active.File.SyncData();
            Syncs.Add(time.GetElapsedTime(began));
            active.DurableEnd = active.End;
            active.DurableIndex = active.Index.Length;
        }
    }

    /// <summary>Closes the active segment: a last frame, a sync, its index. Everything appended before must be in the ledger already.</summary>
    public void Seal()
    {
        if (Active is null)
        {
            return;
        }

        Append(FrameType.Seal, 0, 0, ReadOnlyMemory<byte>.Empty);
        Commit();
        Close(Active, SpoolIndex.NotCut);
    }

    /// <summary>Takes the next segment into use. False when the disk has none to give.</summary>
    public bool OpenNext(bool useReserve)
    {
        if (!pool.TryTake(useReserve, out FreeSegment free))
        {
            return false;
        }

        long sequence = pool.NextSequence();
        string name = SpoolFormat.Name(sequence, SpoolFormat.SegmentSuffix);
        string current = free.Name;
        try
        {
            // The name is durable before the first frame of this generation is written: a number is never used for two lives of a file.
            volume.Rename(current, name);
            current = name;
            volume.SyncDirectory();
        }
        catch (IOException)
        {
            // It keeps the name that it has now: a segment without frames is a free file to recovery.
            pool.Add(free with { Name = current });
            throw;
        }

        _writeAt = 0;
        Active = new SpoolSegment(sequence, free.File, (int)free.File.Length, secret, Release);
        ledger.Segments[sequence] = Active;
        StartFrame.Append(this, secret, ledger);
        pool.FillAhead();
        return true;
    }

    /// <summary>Gives the active segment up after a failed write: what was durable before stays, the rest is void, now and at every later start.</summary>
    public void Abandon()
    {
        Forget();
        if (Active is not { } active)
        {
            return;
        }

        active.End = active.DurableEnd;
        active.Index.CutTo(active.DurableIndex);
        ledger.Cuts[active.Sequence] = active.DurableEnd;
        ledger.ForgetParts(active, before: default, cut: active.DurableEnd);
        Close(active, active.DurableEnd);
    }

    private void Close(SpoolSegment segment, int cut)
    {
        Active = null;
        SpoolIndex.Save(volume, segment, log, cut);
        segment.Index.Clear();
        segment.IsSealed = true;
        lock (ledger.Gate)
        {
            segment.Ledger.Trim();
            ledger.Shrunk(segment);
        }
    }

    private void Release(SpoolSegment segment) => pool.Add(new FreeSegment(SpoolFormat.Name(segment.Sequence, SpoolFormat.FreeSuffix), segment.File));

    private void Forget()
    {
        _parts.Clear();
        _scratchEnd = 0;
        _sliceStart = 0;
        _gathered = 0;
    }

    private void GatherAll(IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            Gather(parts[i], CopyContentBelow);
        }
    }

    private void Gather(ReadOnlyMemory<byte> octets, int copyBelow)
    {
        if (octets.Length <= copyBelow)
        {
            octets.Span.CopyTo(Scratch(octets.Length));
            return;
        }

        CloseSlice();
        _parts.Add(octets);
        _gathered += octets.Length;
        if (_parts.Count >= MaxParts)
        {
            Flush();
        }
    }

    private Span<byte> Scratch(int count)
    {
        if (_scratchEnd + count > _scratch.Length)
        {
            Flush();
        }

        Span<byte> room = _scratch.AsSpan(_scratchEnd, count);
        _scratchEnd += count;
        _gathered += count;
        return room;
    }

    private void CloseSlice()
    {
        if (_scratchEnd > _sliceStart)
        {
            _parts.Add(_scratch.AsMemory(_sliceStart, _scratchEnd - _sliceStart));
            _sliceStart = _scratchEnd;
        }
    }
}
