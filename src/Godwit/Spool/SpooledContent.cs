// A message as one attempt reads it: its frame in memory, pieces of a large content one at a time. Owned by one attempt, used by one thread at a time.
// Its segments are pinned until it is disposed, so compaction and recycling cannot take octets away under a reader.

using Godwit.Mail;

namespace Godwit.Spool;

/// <summary>Envelope and content of a spooled message, readable piece by piece.</summary>
public sealed class SpooledContent : IDisposable
{
    private readonly SpoolReader _reader;
    private readonly SpoolSegment _home;
    private readonly List<SpoolSegment>? _others;
    private readonly ContentExtent[] _extents;
    private readonly ReadOnlyMemory<byte> _head;
    private readonly ReadOnlyMemory<byte> _tail;
    private SpoolFrame? _frame;
    private SpoolFrame? _part;
    private int _next;

    private SpooledContent(SpoolReader reader, MessageId id, SpoolSegment home, List<SpoolSegment>? others, SpoolFrame frame, in MessageDigest digest)
    {
        _reader = reader;
        _home = home;
        _others = others;
        _frame = frame;
        _extents = digest.Extents;
        Length = digest.ContentLength;
        ReadOnlyMemory<byte> behind = frame.Payload[frame.Header.DigestLength..];
        Envelope = EnvelopeCodec.Read(behind.Span[..digest.EnvelopeLength], id);
        ReadOnlyMemory<byte> content = behind[digest.EnvelopeLength..];
        int headLength = _extents.Length == 0 ? content.Length : digest.HeadLength;
        _head = content[..headLength];
        _tail = content[headLength..];
    }

    public Envelope Envelope { get; }

    /// <summary>Octets of content.</summary>
    public long Length { get; }

    /// <summary>
    /// The pieces one after the other; each is valid until the next is asked for. Small messages are one piece. Throws <see cref="SpoolException"/>.
    /// </summary>
    public bool TryReadNext(out ReadOnlyMemory<byte> piece)
    {
        ObjectDisposedException.ThrowIf(_frame is null, this);
        _part?.Dispose();
        _part = null;
        piece = default;
        while (piece.IsEmpty && _next < _extents.Length + 2)
        {
            piece = _next == 0 ? _head : _next <= _extents.Length ? ReadPart(_extents[_next - 1]) : _tail;
            _next++;
        }

        return !piece.IsEmpty;
    }

    /// <summary>Begins again from the first piece.</summary>
    public void Rewind() => _next = 0;

    public void Dispose()
    {
        if (_frame is null)
        {
            return;
        }

        _part?.Dispose();
        _frame.Dispose();
        _frame = null;
        _home.Unpin();
        Unpin(_others);
    }

    /// <summary>Takes over frame and pin, unless a piece has been moved meanwhile: null then, and the caller keeps both.</summary>
    internal static SpooledContent? TryOpen(SpoolReader reader, MessageId id, SpoolSegment home, SpoolFrame frame)
    {
        MessageDigest digest = MessageDigest.Read(frame.Payload.Span[..frame.Header.DigestLength]);
        List<SpoolSegment>? others = null;
        try
        {
            if (digest.Extents.Length > 0 && !TryPinOthers(reader, digest.Extents, home, others = []))
            {
                Unpin(others);
                return null;
            }

            return new SpooledContent(reader, id, home, others, frame, digest);
        }
        catch (FormatException)
        {
            Unpin(others);
            throw;
        }
    }

    private static bool TryPinOthers(SpoolReader reader, ContentExtent[] extents, SpoolSegment home, List<SpoolSegment> others)
    {
        foreach (ContentExtent extent in extents)
        {
            long sequence = SpoolLocation.Sequence(extent.Location);
            if (home.Sequence == sequence || others.Exists(segment => segment.Sequence == sequence))
            {
                continue;
            }

            if (!reader.TryPin(extent.Location, out SpoolSegment? other))
            {
                return false;
            }

            others.Add(other);
        }

        return true;
    }

    private static void Unpin(List<SpoolSegment>? segments)
    {
        foreach (SpoolSegment segment in segments ?? [])
        {
            segment.Unpin();
        }
    }

    private ReadOnlyMemory<byte> ReadPart(ContentExtent extent)
    {
        long sequence = SpoolLocation.Sequence(extent.Location);
        SpoolSegment segment = _home.Sequence == sequence ? _home : _others!.Find(candidate => candidate.Sequence == sequence)!;
        _part = _reader.ReadFrame(segment, SpoolLocation.Offset(extent.Location), FrameHeader.Octets + extent.Length);
        return _part.Payload;
    }
}
