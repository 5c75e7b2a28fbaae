// A piece of a content that was written ahead, in memory again. Owned by one reader, which disposes it; until then its segment stays.

namespace Godwit.Spool;

/// <summary>One piece.</summary>
internal sealed class SpoolPart(SpoolFrame frame, SpoolSegment segment) : IDisposable
{
    private SpoolSegment? _segment = segment;

    /// <summary>Valid until this is disposed.</summary>
    public ReadOnlyMemory<byte> Octets => frame.Payload;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _segment, null) is { } pinned)
        {
            frame.Dispose();
            pinned.Unpin();
        }
    }
}
