// Reads a content that was received and not handed in yet: what is in memory, and the pieces that went ahead to the spool. Owned by one check; used by
// one thread at a time. A device that fails throws SpoolException.

using Godwit.Spool;

namespace Godwit.Intake;

/// <summary>The pieces one after the other.</summary>
internal sealed class ContentReader(
    MessageSpool? spool, IReadOnlyList<ReadOnlyMemory<byte>> head, IReadOnlyList<ContentExtent> extents, IReadOnlyList<ReadOnlyMemory<byte>> tail) : IDisposable
{
    private SpoolPart? _part;
    private int _next;

    /// <summary>The next piece, valid until the one after it is asked for; false at the end.</summary>
    public bool TryReadNext(out ReadOnlyMemory<byte> piece)
    {
        _part?.Dispose();
        _part = null;
        int at = _next++;
        piece = at < head.Count ? head[at]
            : at - head.Count < extents.Count ? ReadPart(extents[at - head.Count])
            : at - head.Count - extents.Count < tail.Count ? tail[at - head.Count - extents.Count]
            : default;
        return at < head.Count + extents.Count + tail.Count;
    }

    public void Dispose()
    {
        _part?.Dispose();
        _part = null;
    }

    private ReadOnlyMemory<byte> ReadPart(ContentExtent extent) => (_part = spool!.ReadPart(extent)).Octets;
}
