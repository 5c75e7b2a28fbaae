using System.Text;

namespace Godwit.Control;

/// <summary><c>show license</c>: the words that scripts look for. Godwit needs no key, so nothing is limited and nothing ends.</summary>
internal sealed class LicenseReport(MachineFacts machine) : OperatorReport
{
    private readonly (string Name, string Value)[] _lines =
    [
        ("product", "Godwit"),
        ("version", machine.ProductVersion),
        ("platform", $"{(OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsWindows() ? "windows" : "unix")} {machine.ProcessorType}"),
        ("units", "unlimited"),
        ("instances", "unlimited"),
        ("licensee", "everybody (Apache License 2.0)"),
        ("serial", "none"),
        ("issued", "never"),
        ("expires", "never"),
    ];

    public override ReportGroup ToTree()
    {
        var license = new ReportGroup();
        foreach ((string name, string value) in _lines)
        {
            license.Add(name, value);
        }

        return new ReportGroup { { "license", license } };
    }

    public override void WriteText(StringBuilder text)
    {
        int width = _lines.Max(static line => line.Name.Length) + 2;
        foreach ((string name, string value) in _lines)
        {
            text.Append($"{name.PadLeft(width)}: {value}\n");
        }
    }
}
