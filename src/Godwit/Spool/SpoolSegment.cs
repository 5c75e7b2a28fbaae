// One segment in use: its file, how far it is written, how far it is durable, who reads it, and (in its ledger) what in it is still needed.
// Written by the committer alone, from the start to the end, once; read by anybody who holds a pin. A retired segment takes no new pins;
// when the last one is gone its file is free to be written anew.

using Godwit.Foundation;

namespace Godwit.Spool;

/// <summary>One file of frames. Pins are thread safe, the rest belongs to the committer.</summary>
internal sealed class SpoolSegment(long sequence, IVolumeFile file, int capacity, uint secret, Action<SpoolSegment> released)
{
    private const int Retired = int.MinValue;

    private int _pins;

    public long Sequence { get; } = sequence;

    public IVolumeFile File { get; } = file;

    public int Capacity { get; } = capacity;

    /// <summary>The spool's secret, with which header checksums begin.</summary>
    public uint Secret { get; } = secret;

    public string Name => SpoolFormat.Name(Sequence, SpoolFormat.SegmentSuffix);

    /// <summary>Where the next frame goes.</summary>
    public int End { get; set; }

    /// <summary>Everything before is on the device.</summary>
    public int DurableEnd { get; set; }

    /// <summary>The index as far as the segment is written; empty once it is sealed.</summary>
    public OctetBuffer Index { get; } = new();

    /// <summary>How much of the index is about durable frames.</summary>
    public int DurableIndex { get; set; }

    /// <summary>Nothing is appended any more.</summary>
    public bool IsSealed { get; set; }

    /// <summary>Its file already has a free file's name.</summary>
    public bool IsRenamed { get; set; }

    /// <summary>Something in it cannot be read, so compaction leaves it alone until the next start.</summary>
    public bool IsStuck { get; set; }

    public SegmentLedger Ledger { get; } = new();

    /// <summary>Keeps the file's octets as they are until <see cref="Unpin"/>. False when the segment is retired: ask again where the message lies.</summary>
    public bool TryPin()
    {
        int pins = Volatile.Read(ref _pins);
        while (pins >= 0)
        {
            int seen = Interlocked.CompareExchange(ref _pins, pins + 1, pins);
            if (seen == pins)
            {
                return true;
            }

            pins = seen;
        }

        return false;
    }

    public void Unpin()
    {
        if (Interlocked.Decrement(ref _pins) == Retired)
        {
            released(this);
        }
    }

    /// <summary>No new pins; the file is handed back when the last one goes, perhaps now.</summary>
    public void Retire()
    {
        if (Interlocked.Add(ref _pins, Retired) == Retired)
        {
            released(this);
        }
    }
}
