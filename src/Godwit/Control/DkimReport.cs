// "check dkim": the keys that may sign for a domain, and what receivers find in its DNS.

using System.Text;
using Godwit.Mail;
using Godwit.Verification;

namespace Godwit.Control;

/// <summary>Keys beside their records.</summary>
internal sealed class DkimReport(DomainName domain, IReadOnlyList<KeyComparison> keys) : OperatorReport
{
    private readonly KeyComparison[] _faulty = [.. keys.Where(key => key.Fault.Length > 0)];

    public override ReportOutcome Outcome => keys.Count > 0 && _faulty.Length == 0 ? ReportOutcome.Done : ReportOutcome.Refused;

    public override string Message =>
        keys.Count == 0 ? $"no domain-key of the configuration is for {domain.Text}: its mail leaves unsigned"
        : _faulty.Length == 0 ? $"all keys for {domain.Text} are published as they are ({keys.Count})"
        : $"{_faulty.Length} of {keys.Count} key(s) for {domain.Text} will not be found as they are: "
            + string.Join("; ", _faulty.Select(key => $"{key.RecordName}: {key.Fault}"));

    public override ReportGroup ToTree() => new() { { "key", new ReportList([.. keys.Select(Describe)]) } };

    public override void WriteText(StringBuilder text)
    {
        if (keys.Count == 0)
        {
            text.Append(Message).Append('\n');
        }

        foreach (KeyComparison key in keys)
        {
            text.Append($"{key.RecordName}  {(key.Algorithm.Length > 0 ? key.Algorithm + "  " : "")}{key.File}: {Verdict(key)}\n");
            if (key.Fault.Length > 0 && key.Expected.Length > 0)
            {
                text.Append($"  publish {key.RecordName}. TXT \"{key.Expected}\"\n");
            }
        }
    }

    private static string Verdict(KeyComparison key) =>
        key.Fault.Length > 0 ? key.Fault : key.Remark.Length > 0 ? $"published as it is; {key.Remark}" : "published as it is";

    private static ReportGroup Describe(KeyComparison key) => new()
    {
        { "name", key.RecordName },
        { "algorithm", key.Algorithm },
        { "file", key.File },
        { "status", key.Fault.Length == 0 ? "ok" : "fault" },
        { "text", Verdict(key) },
        { "expected", key.Expected },
    };
}
