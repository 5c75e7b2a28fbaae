// The wire format as the scripted name server speaks it: its own code, written against RFC 1035 apart from the product's.

using System.Net;
using System.Text;
using Godwit.Dns;

namespace Godwit.Tests.Support;

/// <summary>A record of a scripted zone, with the writer of its content.</summary>
internal sealed record ScriptedRecord(string Owner, DnsType Type, int Ttl, Action<DnsBytes> Content, string? Target = null)
{
    public static ScriptedRecord Mx(string owner, int ttl, int preference, string host) =>
        new(owner, DnsType.MX, ttl, w => w.Short(preference).Name(host));

    public static ScriptedRecord Address(string owner, int ttl, IPAddress address)
    {
        byte[] octets = address.GetAddressBytes();
        return new(owner, octets.Length == 4 ? DnsType.A : DnsType.AAAA, ttl, w => w.Bytes(octets));
    }

    public static ScriptedRecord Alias(string owner, int ttl, string target) => new(owner, DnsType.CNAME, ttl, w => w.Name(target), target);

    public static ScriptedRecord Soa(string zone, int minimum) =>
        new(zone, DnsType.SOA, 3600, w => w.Name("ns." + zone).Name("hostmaster." + zone).Long(1).Long(7200).Long(900).Long(86400).Long(minimum));
}

/// <summary>Builds messages, with name compression.</summary>
internal sealed class DnsBytes
{
    private readonly List<byte> _bytes = [];
    private readonly Dictionary<string, int> _names = [];

    public static ScriptedQuery ReadQuery(byte[] message, bool isTcp, int sourcePort)
    {
        var labels = new List<string>();
        int at = 12;
        while (message[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(message, at + 1, message[at]));
            at += message[at] + 1;
        }

        var type = (DnsType)((message[at + 1] << 8) | message[at + 2]);
        int option = at + 5;
        int ednsSize = message[11] == 0 ? 0 : (message[option + 3] << 8) | message[option + 4];
        ushort id = (ushort)((message[0] << 8) | message[1]);
        return new ScriptedQuery(id, string.Join('.', labels), type, isTcp, sourcePort, ednsSize, (message[3] & 0x20) != 0);
    }

    public static byte[] Answer(ScriptedQuery query, int rcode, bool authentic, List<ScriptedRecord> answers, List<ScriptedRecord> authority)
    {
        DnsBytes message = Head(query, 0x8180 | (authentic ? 0x20 : 0) | rcode, answers.Count, authority.Count);
        foreach (ScriptedRecord record in answers.Concat(authority))
        {
            message.Record(record);
        }

        return message.End(query);
    }

    public static byte[] Truncated(ScriptedQuery query) => Head(query, 0x8380, 0, 0).End(query);

    public static byte[] WithId(byte[] message, int change)
    {
        byte[] copy = [.. message];
        int id = ((copy[0] << 8) | copy[1]) + change;
        copy[0] = (byte)(id >> 8);
        copy[1] = (byte)id;
        return copy;
    }

    public static byte[] AboutAnotherName(byte[] message)
    {
        byte[] copy = [.. message];
        copy[13] = (byte)(copy[13] == 'x' ? 'y' : 'x');
        return copy;
    }

    public DnsBytes Bytes(byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public DnsBytes Short(int value) => Bytes([(byte)(value >> 8), (byte)value]);

    public DnsBytes Long(int value) => Short(value >> 16).Short(value);

    /// <summary>Labels, ended by a pointer to where the rest already stands.</summary>
    public DnsBytes Name(string name)
    {
        while (name.Length > 0)
        {
            if (_names.TryGetValue(name, out int known))
            {
                return Short(0xC000 | known);
            }

            if (_bytes.Count < 0x3FFF)
            {
                _names[name] = _bytes.Count;
            }

            int dot = name.IndexOf('.', StringComparison.Ordinal);
            string label = dot < 0 ? name : name[..dot];
            Bytes([(byte)label.Length, .. Encoding.Latin1.GetBytes(label)]);
            name = dot < 0 ? "" : name[(dot + 1)..];
        }

        return Bytes([0]);
    }

    private static DnsBytes Head(ScriptedQuery query, int flags, int answers, int authority) => new DnsBytes()
        .Short(query.Id).Short(flags).Short(1).Short(answers).Short(authority).Short(query.EdnsSize > 0 ? 1 : 0)
        .Name(query.Name).Short((int)query.Type).Short(1);

    private void Record(ScriptedRecord record)
    {
        Name(record.Owner).Short((int)record.Type).Short(1).Long(record.Ttl).Short(0);
        int start = _bytes.Count;
        record.Content(this);
        int length = _bytes.Count - start;
        _bytes[start - 2] = (byte)(length >> 8);
        _bytes[start - 1] = (byte)length;
    }

    private byte[] End(ScriptedQuery query) =>
        query.EdnsSize > 0 ? [.. Bytes([0]).Short(41).Short(1232).Long(0).Short(0)._bytes] : [.. _bytes];
}
