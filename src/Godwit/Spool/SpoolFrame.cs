// One frame in memory, checked. The octets are pooled: dispose it, and use nothing of it afterwards.

using System.Buffers;

namespace Godwit.Spool;

/// <summary>An intact frame.</summary>
internal sealed class SpoolFrame : IDisposable
{
    private byte[]? _octets;

    private SpoolFrame(byte[] octets, in FrameHeader header)
    {
        _octets = octets;
        Header = header;
    }

    public FrameHeader Header { get; }

    public ReadOnlyMemory<byte> Payload => _octets.AsMemory(FrameHeader.Octets, Header.PayloadLength);

    /// <summary>Reads a frame with one call if <paramref name="expectedOctets"/> (header included) is right; null when it is not intact.</summary>
    public static SpoolFrame? TryRead(SpoolSegment segment, int offset, int expectedOctets)
    {
        byte[] octets = ArrayPool<byte>.Shared.Rent(Math.Max(expectedOctets, FrameHeader.Octets));
        try
        {
            int read = segment.File.Read(offset, octets.AsSpan(0, Math.Max(expectedOctets, FrameHeader.Octets)));
            if (FrameHeader.TryRead(octets.AsSpan(0, read), segment.Secret, out FrameHeader header)
                && header.Generation == segment.Sequence && offset + (long)FrameHeader.Octets + header.PayloadLength <= segment.Capacity)
            {
                int length = FrameHeader.Octets + header.PayloadLength;
                if (length > read)
                {
                    // A copy that compaction made is longer than the message was: it says what had become of the recipients.
                    ArrayPool<byte>.Shared.Return(octets);
                    octets = ArrayPool<byte>.Shared.Rent(length);
                    read = segment.File.Read(offset, octets.AsSpan(0, length));
                }

                if (read >= length && Crc32C.Compute(octets.AsSpan(FrameHeader.Octets, header.PayloadLength)) == header.PayloadCrc)
                {
                    var frame = new SpoolFrame(octets, header);
                    octets = [];
                    return frame;
                }
            }

            return null;
        }
        finally
        {
            if (octets.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(octets);
            }
        }
    }

    public void Dispose()
    {
        if (_octets is not null)
        {
            ArrayPool<byte>.Shared.Return(_octets);
            _octets = null;
        }
    }
}
