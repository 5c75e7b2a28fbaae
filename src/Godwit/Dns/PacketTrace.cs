// What passed between us and the name servers while one operator's question was answered: "resolve --dumppackets". Handed to a resolver of its own, so
// that no cache answers in their place; owned by whoever asks. Thread safe. It keeps a bounded number of packets and says when there were more.

using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Godwit.Dns;

/// <summary>Writes packets down as lines.</summary>
/// <param name="withOctets">Each packet is shown octet by octet too.</param>
public sealed class PacketTrace(bool withOctets)
{
    /// <summary>A question of an operator takes some twenty.</summary>
    private const int MaxPackets = 200;

    private const int OctetsInLine = 16;

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private int _packets;

    /// <summary>In the order of their time; <c>&lt;&lt;&lt;</c> is what we sent, <c>&gt;&gt;&gt;</c> what came.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return _packets <= MaxPackets ? [.. _lines] : [.. _lines, $"{_packets - MaxPackets} more packet(s) are not shown"];
            }
        }
    }

    internal void Sent(IPEndPoint server, string way, ReadOnlySpan<byte> message, in DnsQuestion question) =>
        Add($"<<< {Head(server, way, message)}, {question}", message, null);

    internal void Received(IPEndPoint server, string way, ReadOnlySpan<byte> message, in DnsQuestion question)
    {
        string head = $">>> {Head(server, way, message)}, ";
        if (!DnsMessage.TryRead(message, question, out DnsReply reply))
        {
            Add(head + "malformed", message, null);
            return;
        }

        string outcome = reply.Rcode switch
        {
            DnsRcode.NoError => "NOERROR",
            DnsRcode.NoSuchName => "NXDOMAIN",
            _ => reply.Trouble,
        };
        string marks = (reply.IsTruncated ? ", truncated" : "") + (reply.IsAuthentic ? ", validated" : "");
        Add($"{head}{outcome}{marks}, {reply.Answers.Count} record(s)", message, reply);
    }

    private static string Head(IPEndPoint server, string way, ReadOnlySpan<byte> message) =>
        string.Create(CultureInfo.InvariantCulture, $"{DnsAnswer.Describe(server)} {way}, {message.Length} octets, id {Id(message)}");

    private static int Id(ReadOnlySpan<byte> message) => message.Length < sizeof(ushort) ? 0 : BinaryPrimitives.ReadUInt16BigEndian(message);

    private void Add(string head, ReadOnlySpan<byte> message, DnsReply? reply)
    {
        lock (_gate)
        {
            if (++_packets > MaxPackets)
            {
                return;
            }

            _lines.Add(head);
            foreach (DnsRecord record in reply?.Answers ?? [])
            {
                _lines.Add($"      {record.Owner} {record.Ttl} {record.Type} {Describe(record)}");
            }

            for (int at = 0; withOctets && at < message.Length; at += OctetsInLine)
            {
                _lines.Add(Dump(at, message.Slice(at, Math.Min(OctetsInLine, message.Length - at))));
            }
        }
    }

    private static string Dump(int at, ReadOnlySpan<byte> octets)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"      {at:x4} ");
        foreach (byte octet in octets)
        {
            line.Append(CultureInfo.InvariantCulture, $" {octet:x2}");
        }

        line.Append(' ', ((OctetsInLine - octets.Length) * 3) + 2);
        foreach (byte octet in octets)
        {
            line.Append(octet is >= 0x20 and < 0x7f ? (char)octet : '.');
        }

        return line.ToString();
    }

    private static string Describe(DnsRecord record) => record switch
    {
        AddressRecord address => address.Address.ToString(),
        MxRecord mx => $"{mx.Preference} {(mx.IsRoot ? "." : mx.Host.Text)}",
        NameRecord name => name.Target.Text,
        TextRecord text => $"\"{text.Text}\"",
        SoaRecord soa => $"{soa.PrimaryServer} {soa.Serial}",
        TlsaRecord tlsa => tlsa.Text,
        RawRecord raw => Convert.ToHexString(raw.Content.Span),
        _ => "",
    };
}
