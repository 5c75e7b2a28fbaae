// The contents of one zone of a ScriptedDnsServer. An owner may leave the zone's name out, "@" is the zone itself.
// A target without a dot is in the zone, any other is absolute.

using System.Net;
using System.Text;
using Godwit.Dns;

namespace Godwit.Tests.Support;

/// <summary>Records by name; filled fluently. Fill it before the queries come, or between them.</summary>
public sealed class ScriptedZone
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<ScriptedRecord>> _records = [];

    /// <summary>Names above a record: they exist without one.</summary>
    private readonly HashSet<string> _parents = [];
    private int _ttl = 300;
    private int _negativeTtl = 60;
    private bool _hasSoa = true;

    internal ScriptedZone(string name) => Name = name;

    public string Name { get; }

    /// <summary>The SOA record that comes with negative answers.</summary>
    internal List<ScriptedRecord> Soa => _hasSoa ? [ScriptedRecord.Soa(Name, _negativeTtl)] : [];

    /// <summary>Seconds, for the records that follow.</summary>
    public ScriptedZone Ttl(int seconds)
    {
        _ttl = seconds;
        return this;
    }

    /// <summary>Seconds a negative answer may be believed.</summary>
    public ScriptedZone NegativeTtl(int seconds)
    {
        _negativeTtl = seconds;
        return this;
    }

    public ScriptedZone WithoutSoa()
    {
        _hasSoa = false;
        return this;
    }

    /// <summary>Makes the name exist without any record that is asked for.</summary>
    public ScriptedZone Exists(string owner = "@") => Txt(owner, "it exists");

    public ScriptedZone Mx(int preference, string host) => MxOf("@", preference, host);

    public ScriptedZone MxOf(string owner, int preference, string host) => Add(ScriptedRecord.Mx(Owner(owner), _ttl, preference, Target(host)));

    /// <summary>The domain takes no mail (RFC 7505).</summary>
    public ScriptedZone NullMx(int preference = 0) => Add(ScriptedRecord.Mx(Name, _ttl, preference, ""));

    /// <summary>A or AAAA, by the look of the addresses.</summary>
    public ScriptedZone A(string owner, params string[] addresses)
    {
        foreach (string address in addresses)
        {
            Add(ScriptedRecord.Address(Owner(owner), _ttl, IPAddress.Parse(address)));
        }

        return this;
    }

    public ScriptedZone Cname(string owner, string target) => Add(ScriptedRecord.Alias(Owner(owner), _ttl, Target(target)));

    /// <summary>Each text is one string of the record.</summary>
    public ScriptedZone Txt(string owner, params string[] texts) =>
        Raw(owner, DnsType.TXT, [.. texts.SelectMany(t => (byte[])[(byte)t.Length, .. Encoding.Latin1.GetBytes(t)])]);

    public ScriptedZone Tlsa(string owner, byte usage, byte selector, byte matching, byte[] digest) =>
        Raw(owner, DnsType.TLSA, [usage, selector, matching, .. digest]);

    /// <summary>Any record by its bytes.</summary>
    public ScriptedZone Raw(string owner, DnsType type, byte[] content) =>
        Add(new ScriptedRecord(Owner(owner), type, _ttl, w => w.Bytes(content)));

    /// <summary>Forgets all records.</summary>
    public ScriptedZone Clear()
    {
        lock (_gate)
        {
            _records.Clear();
            _parents.Clear();
        }

        return this;
    }

    internal bool Holds(string name) => name == Name || name.EndsWith("." + Name, StringComparison.Ordinal);

    internal bool Knows(string name)
    {
        lock (_gate)
        {
            return _records.ContainsKey(name) || _parents.Contains(name);
        }
    }

    internal List<ScriptedRecord> Find(string name, DnsType type)
    {
        lock (_gate)
        {
            return _records.TryGetValue(name, out List<ScriptedRecord>? records) ? records.FindAll(r => r.Type == type) : [];
        }
    }

    internal ScriptedRecord? FindAlias(string name) => Find(name, DnsType.CNAME).FirstOrDefault();

    private ScriptedZone Add(ScriptedRecord record)
    {
        lock (_gate)
        {
            if (!_records.TryGetValue(record.Owner, out List<ScriptedRecord>? records))
            {
                _records[record.Owner] = records = [];
            }

            records.Add(record);
            for (int dot = record.Owner.IndexOf('.', StringComparison.Ordinal); dot > 0; dot = record.Owner.IndexOf('.', dot + 1))
            {
                _parents.Add(record.Owner[(dot + 1)..]);
            }
        }

        return this;
    }

    private string Owner(string name) => name == "@" ? Name : Holds(name) ? name : $"{name}.{Name}";

    private string Target(string name) => name == "@" ? Name : name.Contains('.', StringComparison.Ordinal) ? name : $"{name}.{Name}";
}
