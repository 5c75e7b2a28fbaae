// A piece of the memory of RecipientEvents: events one behind the other, as octets. Octets and not objects, because a hundred thousand objects that live for
// a minute are what a collector likes least. Only RecipientEvents appends, under its lock; what is appended never changes until the chunk begins anew,
// which it does only when nobody reads it.

using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Unicode;
using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Some thousand events.</summary>
internal sealed class EventChunk
{
    /// <summary>Octets of a chunk: small enough that forgetting one forgets little, large enough that they are few.</summary>
    public const int Octets = 256 * 1024;

    /// <summary>Octets of a name, a job, a host. Addresses and domains are never longer (RFC 5321 section 4.5.3.1); the others are cut.</summary>
    private const int MaxName = 255;

    /// <summary>Fixed fields, two addresses, five names and a reply of three octets a character.</summary>
    private const int MaxEvent = 2 + 8 + 1 + 2 + 2 * 17 + 5 * (1 + MaxName) + 2 + 3 * ActivityBook.MaxReply;

    private readonly byte[] _octets = new byte[Octets];
    private int _length;

    /// <summary>The number of its first event.</summary>
    public long First { get; private set; }

    public int Count { get; private set; }

    /// <summary>Readers that look at it now; under the lock of its owner.</summary>
    public int Readers { get; set; }

    public bool HasRoom => Octets - _length >= MaxEvent;

    public int Length => _length;

    /// <summary>Forgets everything.</summary>
    public void Begin(long first) => (First, Count, _length) = (first, 0, 0);

    /// <summary>Appends an event; there must be room.</summary>
    public void Add(in RecipientEvent one)
    {
        Span<byte> rest = _octets.AsSpan(_length);
        BinaryPrimitives.WriteInt64LittleEndian(rest[2..], one.Time.Ticks);
        rest[10] = (byte)one.Kind;
        BinaryPrimitives.WriteUInt16LittleEndian(rest[11..], (ushort)one.ReplyCode);
        int at = 13;
        at += WriteAddress(rest[at..], one.Source);
        at += WriteAddress(rest[at..], one.HostAddress);
        at += WriteName(rest[at..], one.Recipient);
        at += WriteName(rest[at..], one.Destination);
        at += WriteName(rest[at..], one.VirtualMta);
        at += WriteName(rest[at..], one.Job);
        at += WriteName(rest[at..], one.Host);
        string text = one.ReplyText;
        Utf8.FromUtf16(text.AsSpan(0, Math.Min(text.Length, ActivityBook.MaxReply)), rest.Slice(at + 2, 3 * ActivityBook.MaxReply), out _, out int written);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[at..], (ushort)written);
        at += 2 + written;
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)at);
        _length += at;
        Count++;
    }

    /// <summary>Adds the events that match, the oldest first.</summary>
    /// <param name="length">What of the chunk was written when the reader came.</param>
    public void Read(EventSearch search, int length, List<RecipientEvent> into)
    {
        ReadOnlySpan<byte> rest = _octets.AsSpan(0, length);
        for (long number = First; !rest.IsEmpty && number < search.Before; number++)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            var fields = new Fields(rest[..size]);
            if (search.Matches(fields.Kind, fields.Recipient, fields.Destination, fields.VirtualMta, fields.Job))
            {
                into.Add(fields.ToEvent(number));
            }

            rest = rest[size..];
        }
    }

    private static int WriteAddress(Span<byte> into, IPAddress? address)
    {
        int written = 0;
        _ = address?.TryWriteBytes(into[1..], out written);
        into[0] = (byte)written;
        return 1 + written;
    }

    private static int WriteName(Span<byte> into, string name)
    {
        Utf8.FromUtf16(name, into.Slice(1, MaxName), out _, out int written);
        into[0] = (byte)written;
        return 1 + written;
    }

    /// <summary>One event where it lies.</summary>
    private readonly ref struct Fields
    {
        private readonly ReadOnlySpan<byte> _head;
        private readonly ReadOnlySpan<byte> _source;
        private readonly ReadOnlySpan<byte> _hostAddress;
        private readonly ReadOnlySpan<byte> _host;
        private readonly ReadOnlySpan<byte> _text;

        public Fields(ReadOnlySpan<byte> octets)
        {
            _head = octets;
            ReadOnlySpan<byte> rest = octets[13..];
            _source = Take(ref rest);
            _hostAddress = Take(ref rest);
            Recipient = Take(ref rest);
            Destination = Take(ref rest);
            VirtualMta = Take(ref rest);
            Job = Take(ref rest);
            _host = Take(ref rest);
            _text = rest[2..];
        }

        public RecipientEventKind Kind => (RecipientEventKind)_head[10];

        public ReadOnlySpan<byte> Recipient { get; }

        public ReadOnlySpan<byte> Destination { get; }

        public ReadOnlySpan<byte> VirtualMta { get; }

        public ReadOnlySpan<byte> Job { get; }

        public RecipientEvent ToEvent(long number) =>
            new(Kind, new Instant(BinaryPrimitives.ReadInt64LittleEndian(_head[2..])), Text(Recipient), Text(Destination), Text(VirtualMta), Address(_source))
            {
                Number = number,
                Job = Text(Job),
                Host = Text(_host),
                HostAddress = Address(_hostAddress),
                ReplyCode = BinaryPrimitives.ReadUInt16LittleEndian(_head[11..]),
                ReplyText = Text(_text),
            };

        private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> rest)
        {
            ReadOnlySpan<byte> field = rest.Slice(1, rest[0]);
            rest = rest[(1 + field.Length)..];
            return field;
        }

        private static string Text(ReadOnlySpan<byte> octets) => Encoding.UTF8.GetString(octets);

        private static IPAddress? Address(ReadOnlySpan<byte> octets) => octets.IsEmpty ? null : new IPAddress(octets);
    }
}
