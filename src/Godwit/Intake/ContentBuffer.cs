// One message's content on its way in: pooled chunks, bounded in memory. What passes the bound goes ahead to the spool in pieces,
// except for the chunks that hold the header block, which the stamp still has to read.
// Owned by one transaction, used by one thread at a time. On a spool failure the exception passes through and the buffer stays disposable.
// Disposing gives memory and disk back: pieces in the spool are forgotten there unless a message has named them.

using System.Buffers;
using Godwit.Mail;
using Godwit.Spool;

namespace Godwit.Intake;

/// <summary>Collects content. Dispose it whatever happens.</summary>
public sealed class ContentBuffer : IDisposable
{
    /// <summary>Content that one message may hold in memory. A hundred sessions with large messages stay under 64 MiB.</summary>
    public const int MaxInMemory = 512 * 1024;

    /// <summary>Octets a header block may have. Larger ones are not mail; Postfix stops at 100 KiB, Exchange at 256.</summary>
    public const int MaxHeader = 256 * 1024;

    /// <summary>The spool keeps content lengths in 32 bits.</summary>
    public const long MaxOctets = uint.MaxValue;

    /// <summary>The first chunk takes a usual message whole; the others are for large ones.</summary>
    private const int FirstChunk = 16 * 1024;
    private const int LaterChunk = 64 * 1024;

    private readonly MessageSpool? _spool;
    private readonly List<Chunk> _chunks = [];
    private readonly List<ContentExtent> _extents = [];
    private byte[]? _joinedHeader;
    private int _headerLength;
    private bool _headerFound;
    private int _headChunks;
    private int _inMemory;

    /// <param name="spool">Where large content goes ahead; null keeps everything in memory.</param>
    internal ContentBuffer(MessageSpool? spool) => _spool = spool;

    /// <summary>Octets appended so far.</summary>
    public long Length { get; private set; }

    /// <summary>Whether memory is at its bound: await <see cref="SpillAsync"/> before appending more.</summary>
    public bool MustSpill => _inMemory >= MaxInMemory && _spool is not null;

    /// <summary>Whether the header block has passed <see cref="MaxHeader"/>: the message is to be refused. Known at a spill or at the end.</summary>
    public bool HeaderTooLarge { get; private set; }

    /// <summary>Pieces that are in the spool already.</summary>
    internal IReadOnlyList<ContentExtent> Extents => _extents;

    /// <summary>Room to write into, at least <paramref name="least"/> octets. Follow with <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan(int least)
    {
        if (_chunks.Count == 0 || _chunks[^1].Free < least)
        {
            int size = Math.Max(least, _chunks.Count == 0 ? FirstChunk : LaterChunk);
            _chunks.Add(new Chunk(ArrayPool<byte>.Shared.Rent(size)));
        }

        return _chunks[^1].Room;
    }

    public void Advance(int count)
    {
        _chunks[^1].Length += count;
        _inMemory += count;
        Length += count;
    }

    public void Append(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            Span<byte> room = GetSpan(1);
            int count = Math.Min(room.Length, octets.Length);
            octets[..count].CopyTo(room);
            Advance(count);
            octets = octets[count..];
        }
    }

    /// <summary>Writes the collected body ahead to the spool; the header block stays in memory. Throws <see cref="SpoolException"/>.</summary>
    public async ValueTask SpillAsync(CancellationToken cancellation)
    {
        FindHeader(complete: false);
        if (_spool is null || HeaderTooLarge)
        {
            DropBody();
            return;
        }

        List<ReadOnlyMemory<byte>> parts = MemoryOf(_headChunks, 0);
        if (parts.Count > 0)
        {
            _extents.Add(await _spool.WritePartAsync(parts, cancellation));
        }

        DropBody();
    }

    /// <summary>The header block, contiguous; without the empty line behind it. Call when the content is complete.</summary>
    internal ReadOnlyMemory<byte> Header()
    {
        FindHeader(complete: true);
        return _joinedHeader is not null ? _joinedHeader.AsMemory(0, _headerLength)
            : _headerLength > 0 ? _chunks[0].Bytes.AsMemory(0, _headerLength) : default;
    }

    /// <summary>What follows the header block in the chunks that were kept, from the empty line on.</summary>
    internal List<ReadOnlyMemory<byte>> BehindHeader() =>
        _extents.Count == 0 ? MemoryOf(0, _headerLength) : MemoryOf(0, _headerLength, _headChunks);

    /// <summary>What follows the header, readable on another thread as long as nothing is appended. Dispose it before this.</summary>
    internal ContentReader ReadBehindHeader() => new(_spool, BehindHeader(), Extents, Tail());

    /// <summary>What was appended after the last piece that went ahead.</summary>
    internal List<ReadOnlyMemory<byte>> Tail() => _extents.Count == 0 ? [] : MemoryOf(_headChunks, 0);

    public void Dispose()
    {
        _spool?.ForgetParts(_extents);
        _extents.Clear();
        foreach (Chunk chunk in _chunks)
        {
            ArrayPool<byte>.Shared.Return(chunk.Bytes);
        }

        _chunks.Clear();
        if (_joinedHeader is not null)
        {
            ArrayPool<byte>.Shared.Return(_joinedHeader);
            _joinedHeader = null;
        }
    }

    /// <summary>Finds where the header ends; joins it when it lies in several chunks.</summary>
    private void FindHeader(bool complete)
    {
        if (_headerFound || HeaderTooLarge || _chunks.Count == 0)
        {
            return;
        }

        complete &= _extents.Count == 0;
        if (HeaderBlock.TryFindEnd(_chunks[0].Filled, complete && _chunks.Count == 1, out _headerLength))
        {
            _headerFound = true;
            _headChunks = 1;
            return;
        }

        int total = Math.Min(_inMemory, MaxHeader + LaterChunk);
        byte[] joined = ArrayPool<byte>.Shared.Rent(total);
        int copied = 0;
        foreach (Chunk chunk in _chunks)
        {
            int count = Math.Min(chunk.Length, total - copied);
            chunk.Filled[..count].CopyTo(joined.AsSpan(copied));
            copied += count;
        }

        _headerFound = HeaderBlock.TryFindEnd(joined.AsSpan(0, total), complete && total == _inMemory, out _headerLength);
        HeaderTooLarge = !_headerFound || _headerLength > MaxHeader;
        _joinedHeader = joined;
        for (int covered = 0; covered < _headerLength && _headChunks < _chunks.Count; _headChunks++)
        {
            covered += _chunks[_headChunks].Length;
        }
    }

    private void DropBody()
    {
        for (int i = _chunks.Count - 1; i >= _headChunks; i--)
        {
            _inMemory -= _chunks[i].Length;
            ArrayPool<byte>.Shared.Return(_chunks[i].Bytes);
            _chunks.RemoveAt(i);
        }

        // The next octets must not land in a chunk that belongs to the head: they come after the piece just written.
        if (_chunks.Count > 0)
        {
            _chunks[^1].Closed = true;
        }
    }

    private List<ReadOnlyMemory<byte>> MemoryOf(int firstChunk, int skip, int endChunk = int.MaxValue)
    {
        var parts = new List<ReadOnlyMemory<byte>>(Math.Max(_chunks.Count - firstChunk, 0));
        for (int i = firstChunk; i < _chunks.Count && i < endChunk; i++)
        {
            int skipped = Math.Min(skip, _chunks[i].Length);
            skip -= skipped;
            if (_chunks[i].Length > skipped)
            {
                parts.Add(_chunks[i].Bytes.AsMemory(skipped, _chunks[i].Length - skipped));
            }
        }

        return parts;
    }

    private sealed class Chunk(byte[] bytes)
    {
        public byte[] Bytes { get; } = bytes;

        public int Length { get; set; }

        public bool Closed { get; set; }

        public int Free => Closed ? 0 : Bytes.Length - Length;

        public Span<byte> Room => Bytes.AsSpan(Length);

        public Span<byte> Filled => Bytes.AsSpan(0, Length);
    }
}
