// The zone of one scenario of the published SPF suite, as a lookup. Records are taken in their order; "TIMEOUT" fails whatever was not answered before it.
// Where a name has SPF records and no TXT records, the SPF records are TXT records too; a TXT of NONE prevents that.

using System.Globalization;
using System.Net;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Verification;
using YamlDotNet.RepresentationModel;

namespace Godwit.Tests.Verification;

/// <summary>Answers from a scenario.</summary>
internal sealed class SuiteZone
{
    private readonly Dictionary<string, List<(string Type, YamlNode? Value)>> _names = new(StringComparer.OrdinalIgnoreCase);

    public SuiteZone(YamlNode? zone)
    {
        foreach ((string name, YamlNode records) in zone.Entries())
        {
            var list = new List<(string, YamlNode?)>();
            foreach (YamlNode record in (records as YamlSequenceNode)?.Children ?? [])
            {
                list.AddRange(record is YamlScalarNode ? [("TIMEOUT", null)] : record.Entries().Select(each => (each.Name, (YamlNode?)each.Value)));
            }

            bool mirrored = !list.Exists(each => each.Item1 == "TXT");
            _names[name.TrimEnd('.')] = list.ConvertAll(each => mirrored && each.Item1 == "SPF" ? ("TXT", each.Item2) : each);
        }
    }

    public ValueTask<NameAnswer> LookUp(string name, DnsType type, CancellationToken cancellation) => ValueTask.FromResult(Answer(name, type, 0));

    private NameAnswer Answer(string name, DnsType type, int aliases)
    {
        if (!_names.TryGetValue(name.TrimEnd('.'), out List<(string Type, YamlNode? Value)>? list) || aliases > 8)
        {
            return NameAnswer.NoSuchName;
        }

        var records = new List<DnsRecord>();
        foreach ((string kind, YamlNode? value) in list)
        {
            string text = (value as YamlScalarNode)?.Value ?? "";
            if ((kind == "TIMEOUT" || (text == "TIMEOUT" && kind == type.ToString())) && records.Count == 0)
            {
                return new NameAnswer(DnsStatus.Failure, []);
            }

            if (kind == "CNAME")
            {
                return Answer(text, type, aliases + 1);
            }

            if (kind == type.ToString() && text is not ("NONE" or "TIMEOUT"))
            {
                records.Add(Record(name, type, value!, text));
            }
        }

        return new NameAnswer(records.Count > 0 ? DnsStatus.Found : DnsStatus.NoRecords, records);
    }

    private static DnsRecord Record(string owner, DnsType type, YamlNode value, string text) => type switch
    {
        DnsType.A or DnsType.AAAA => new AddressRecord(default, type, 300, IPAddress.Parse(text)),
        DnsType.MX => new MxRecord(
            default, 300, int.Parse(((YamlScalarNode)value[0]).Value!, CultureInfo.InvariantCulture), Name(((YamlScalarNode)value[1]).Value!, owner), false),
        DnsType.PTR => new NameRecord(default, type, 300, Name(text, owner)),
        _ => new TextRecord(default, 300, value is YamlSequenceNode parts ? string.Concat(parts.Select(part => ((YamlScalarNode)part).Value)) : text),
    };

    /// <summary>As replies are read: a name that no host has is known only where it is the one that was asked for.</summary>
    private static DomainName Name(string text, string owner) =>
        DomainName.TryParse(text, out DomainName name)
        || (text.Equals(owner, StringComparison.OrdinalIgnoreCase) && DomainName.TryParseRecordName(text, out name))
            ? name : default;
}
