// What goes over the wire for one message: the envelope and the content, piece by piece, whoever holds them.
// Owned by one attempt, which disposes it; until then the spool does not recycle what it points to. A device that fails throws SpoolException.

using Godwit.Mail;
using Godwit.Spool;

namespace Godwit.Delivery;

/// <summary>Envelope and content of a message on its way out.</summary>
public sealed class MessageContent : IDisposable
{
    private readonly SpooledContent? _spooled;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _pieces;
    private int _next;

    /// <summary>A spooled message; disposed with this.</summary>
    public MessageContent(SpooledContent spooled)
    {
        _spooled = spooled;
        _pieces = [];
        Envelope = spooled.Envelope;
        Length = spooled.Length;
    }

    /// <summary>A content held in memory.</summary>
    public MessageContent(Envelope envelope, IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        _pieces = pieces;
        Envelope = envelope;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            Length += piece.Length;
        }
    }

    public Envelope Envelope { get; }

    /// <summary>Octets of content, what stands before it included.</summary>
    public long Length { get; private set; }

    /// <summary>Header fields that delivery itself adds: whole lines, to be sent before the first piece. Nearly always empty or signatures.</summary>
    public ReadOnlyMemory<byte> Before { get; private set; }

    /// <summary>Adds header fields to this attempt, once.</summary>
    public void PutBefore(ReadOnlyMemory<byte> fields)
    {
        Length += fields.Length - Before.Length;
        Before = fields;
    }

    /// <summary>The pieces one after the other; each is valid until the next is asked for. Small messages are one piece.</summary>
    public bool TryReadNext(out ReadOnlyMemory<byte> piece)
    {
        if (_spooled is not null)
        {
            return _spooled.TryReadNext(out piece);
        }

        piece = _next < _pieces.Count ? _pieces[_next] : default;
        return _next++ < _pieces.Count;
    }

    /// <summary>Begins again from the first piece.</summary>
    public void Rewind()
    {
        _next = 0;
        _spooled?.Rewind();
    }

    public void Dispose() => _spooled?.Dispose();
}
