// The DNS message (RFC 1035 section 4) with the EDNS option record (RFC 6891): queries out, replies in.
// A reply is whatever a stranger sent: reading it never throws, never loops, and costs at most a pass over its bytes.

using System.Buffers.Binary;
using System.Net;
using System.Text;
using Godwit.Mail;

namespace Godwit.Dns;

/// <summary>Encodes queries and decodes replies. Pure.</summary>
internal static class DnsMessage
{
    /// <summary>Header, the longest name, type and class, option record.</summary>
    public const int MaxQueryLength = HeaderLength + WireName.MaxLength + 4 + OptionLength;

    /// <summary>What we say fits: no fragments on any common path (DNS flag day 2020).</summary>
    public const int UdpPayload = 1232;

    /// <summary>Records read from one reply; more hosts or addresses than anyone could try. The rest is ignored.</summary>
    public const int MaxRecords = 256;

    private const int HeaderLength = 12;
    private const int OptionLength = 11;
    private const ushort ClassInternet = 1;

    private const ushort FlagReply = 0x8000;
    private const ushort MaskOpcode = 0x7800;
    private const ushort FlagTruncated = 0x0200;
    private const ushort FlagRecursionDesired = 0x0100;
    private const ushort FlagAuthentic = 0x0020;
    private const ushort MaskRcode = 0x000F;

    /// <summary>
    /// Writes a recursive query; returns its length. AD in a query asks for AD in the reply without the weight of signatures (RFC 6840 section 5.7).
    /// </summary>
    public static int WriteQuery(Span<byte> to, ushort id, in DnsQuestion question, bool edns)
    {
        to[..HeaderLength].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(to, id);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], FlagRecursionDesired | FlagAuthentic);
        to[5] = 1;
        to[11] = edns ? (byte)1 : (byte)0;
        int at = HeaderLength + WireName.Write(question.Name, to[HeaderLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(to[at..], (ushort)question.Type);
        BinaryPrimitives.WriteUInt16BigEndian(to[(at + 2)..], ClassInternet);
        at += 4;
        if (edns)
        {
            to.Slice(at, OptionLength).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(to[(at + 1)..], (ushort)DnsType.OPT);
            BinaryPrimitives.WriteUInt16BigEndian(to[(at + 3)..], UdpPayload);
            at += OptionLength;
        }

        return at;
    }

    /// <summary>The id of anything that could be a reply.</summary>
    public static bool TryReadId(ReadOnlySpan<byte> message, out ushort id)
    {
        id = message.Length >= HeaderLength ? BinaryPrimitives.ReadUInt16BigEndian(message) : (ushort)0;
        return message.Length >= HeaderLength && (Flags(message) & (FlagReply | MaskOpcode)) == FlagReply;
    }

    /// <summary>Whether a reply repeats this very question.</summary>
    public static bool AnswersQuestion(ReadOnlySpan<byte> message, in DnsQuestion question)
    {
        if (message.Length < HeaderLength)
        {
            return false;
        }

        // A server that cannot read our query may send its bare header back.
        int questions = Count(message, 4);
        if (questions == 0)
        {
            return (Flags(message) & MaskRcode) == (int)DnsRcode.FormatError;
        }

        return questions == 1 && TrySkipQuestion(message, question, out _);
    }

    /// <summary>Decodes a reply to <paramref name="question"/>. False when it is malformed; a truncated one is returned without records.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, in DnsQuestion question, out DnsReply reply)
    {
        reply = new DnsReply { Size = message.Length };
        if (!AnswersQuestion(message, question))
        {
            return false;
        }

        ushort flags = Flags(message);
        reply.Rcode = (DnsRcode)(flags & MaskRcode);
        reply.IsTruncated = (flags & FlagTruncated) != 0;
        reply.IsAuthentic = (flags & FlagAuthentic) != 0;
        if (reply.IsTruncated || Count(message, 4) == 0)
        {
            return true;
        }

        _ = TrySkipQuestion(message, question, out int at);
        return TryReadAnswers(message, ref at, question, reply)
            && TryReadAuthority(message, ref at, question, reply)
            && TryReadOptions(message, ref at, question, reply);
    }

    private static bool TryReadAnswers(ReadOnlySpan<byte> message, ref int at, in DnsQuestion question, DnsReply reply)
    {
        int count = Count(message, 6);
        for (int i = 0; i < count; i++)
        {
            if (!TryReadHead(message, ref at, question.Name, out RecordHead head))
            {
                return false;
            }

            bool wanted = head.Class == ClassInternet && (head.Type == question.Type || head.Type == DnsType.CNAME);
            if (wanted && reply.Answers.Count < MaxRecords)
            {
                if (!TryDecode(message, head, out DnsRecord? record))
                {
                    return false;
                }

                reply.Answers.Add(record);
            }
        }

        return true;
    }

    private static bool TryReadAuthority(ReadOnlySpan<byte> message, ref int at, in DnsQuestion question, DnsReply reply)
    {
        int count = Count(message, 8);
        for (int i = 0; i < count; i++)
        {
            if (!TryReadHead(message, ref at, question.Name, out RecordHead head))
            {
                return false;
            }

            if (head is { Type: DnsType.SOA, Class: ClassInternet } && reply.NegativeTtl is null)
            {
                if (!TryDecode(message, head, out DnsRecord? record))
                {
                    return false;
                }

                // RFC 2308 section 5: the smaller of the record's own life and its minimum field.
                reply.NegativeTtl = Math.Min(record.Ttl, ((SoaRecord)record).Minimum);
            }

            reply.HasReferral |= head.Type == DnsType.NS;
        }

        return true;
    }

    /// <summary>The option record holds the upper bits of the reply code (RFC 6891 section 6.1.3); BADVERS would look like success without them.</summary>
    private static bool TryReadOptions(ReadOnlySpan<byte> message, ref int at, in DnsQuestion question, DnsReply reply)
    {
        int count = Count(message, 10);
        for (int i = 0; i < count; i++)
        {
            if (!TryReadHead(message, ref at, question.Name, out RecordHead head))
            {
                return false;
            }

            if (head.Type == DnsType.OPT)
            {
                reply.Rcode |= (DnsRcode)((head.RawTtl >> 24) << 4);
            }
        }

        return true;
    }

    private static bool TryReadHead(ReadOnlySpan<byte> message, ref int at, DomainName likelyOwner, out RecordHead head)
    {
        head = default;
        if (!WireName.TryRead(message, ref at, likelyOwner, out DomainName owner, out _) || message.Length - at < 10)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = message[at..];
        uint ttl = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
        head = new RecordHead(
            owner,
            (DnsType)BinaryPrimitives.ReadUInt16BigEndian(rest),
            BinaryPrimitives.ReadUInt16BigEndian(rest[2..]),
            ttl,
            at + 10,
            BinaryPrimitives.ReadUInt16BigEndian(rest[8..]));
        at += 10 + head.Length;
        return at <= message.Length;
    }

    private static bool TryDecode(ReadOnlySpan<byte> message, in RecordHead head, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DnsRecord? record)
    {
        ReadOnlySpan<byte> content = message.Slice(head.Start, head.Length);
        record = head.Type switch
        {
            DnsType.A => content.Length == 4 ? new AddressRecord(head.Owner, DnsType.A, head.Ttl, new IPAddress(content)) : null,
            DnsType.AAAA => content.Length == 16 ? new AddressRecord(head.Owner, DnsType.AAAA, head.Ttl, new IPAddress(content)) : null,
            DnsType.MX => DecodeMx(message, head),
            DnsType.CNAME or DnsType.NS or DnsType.PTR => DecodeName(message, head),
            DnsType.SOA => DecodeSoa(message, head),
            DnsType.TXT => DecodeText(content, head),
            DnsType.TLSA => content.Length < 4
                ? new TlsaRecord(head.Owner, head.Ttl, -1, -1, -1, content.ToArray())
                : new TlsaRecord(head.Owner, head.Ttl, content[0], content[1], content[2], content[3..].ToArray()),
            _ => new RawRecord(head.Owner, head.Type, head.Ttl, content.ToArray()),
        };
        return record is not null;
    }

    private static MxRecord? DecodeMx(ReadOnlySpan<byte> message, in RecordHead head)
    {
        int at = head.Start + 2;
        if (head.Length < 3 || !WireName.TryRead(message, ref at, head.Owner, out DomainName host, out WireNameKind kind) || at != head.End)
        {
            return null;
        }

        int preference = BinaryPrimitives.ReadUInt16BigEndian(message[head.Start..]);
        return new MxRecord(head.Owner, head.Ttl, preference, host, kind == WireNameKind.Root);
    }

    private static NameRecord? DecodeName(ReadOnlySpan<byte> message, in RecordHead head)
    {
        int at = head.Start;
        return WireName.TryRead(message, ref at, default, out DomainName target, out _) && at == head.End
            ? new NameRecord(head.Owner, head.Type, head.Ttl, target)
            : null;
    }

    private static SoaRecord? DecodeSoa(ReadOnlySpan<byte> message, in RecordHead head)
    {
        int at = head.Start;
        if (!WireName.TryRead(message, ref at, default, out DomainName primary, out _)
            || !WireName.TryRead(message, ref at, default, out _, out _)
            || at != head.End - 20)
        {
            return null;
        }

        uint serial = BinaryPrimitives.ReadUInt32BigEndian(message[at..]);
        uint minimum = BinaryPrimitives.ReadUInt32BigEndian(message[(at + 16)..]);
        return new SoaRecord(head.Owner, head.Ttl, primary, serial, Seconds(minimum));
    }

    private static TextRecord? DecodeText(ReadOnlySpan<byte> content, in RecordHead head)
    {
        var text = new StringBuilder(content.Length);
        while (!content.IsEmpty)
        {
            int length = content[0];
            if (length >= content.Length)
            {
                return null;
            }

            text.Append(Encoding.Latin1.GetString(content.Slice(1, length)));
            content = content[(length + 1)..];
        }

        return new TextRecord(head.Owner, head.Ttl, text.ToString());
    }

    private static bool TrySkipQuestion(ReadOnlySpan<byte> message, in DnsQuestion question, out int at)
    {
        at = HeaderLength;
        if (!WireName.TryMatch(message, ref at, question.Name) || message.Length - at < 4)
        {
            return false;
        }

        bool same = BinaryPrimitives.ReadUInt16BigEndian(message[at..]) == (ushort)question.Type
            && BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]) == ClassInternet;
        at += 4;
        return same;
    }

    private static ushort Flags(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message[2..]);

    private static int Count(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);

    private static int Seconds(uint value) => value > int.MaxValue ? 0 : (int)value;

    private readonly record struct RecordHead(DomainName Owner, DnsType Type, ushort Class, uint RawTtl, int Start, int Length)
    {
        public int End => Start + Length;

        public int Ttl => Seconds(RawTtl);
    }
}
