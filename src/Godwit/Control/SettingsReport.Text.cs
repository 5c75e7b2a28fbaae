// The text: PowerMTA's plain lines; with --origin a second column, made for a terminal of a hundred columns.

using System.Text;
using Godwit.Settings;

namespace Godwit.Control;

public sealed partial class SettingsReport
{
    /// <summary>Where the origin begins: behind nearly every name with its value.</summary>
    private const int OriginColumn = 50;

    private const int Width = 100;

    public override void WriteText(StringBuilder text)
    {
        foreach (ExplainedSection section in Sections)
        {
            text.Append(text.Length == 0 ? "" : "\n").Append(section.Heading).Append('\n');
            foreach (ExplainedSetting setting in section.Settings)
            {
                Write(text, setting);
            }

            text.Append(onlySet && section.Settings.Count == 0 ? "(nothing is set; every value is the default)\n" : "");
        }
    }

    private void Write(StringBuilder text, ExplainedSetting setting)
    {
        foreach (ExplainedLine line in setting.Lines)
        {
            string remark = line.Origin.IsReset ? "(back to the default)" : Remark(setting.Status);
            WriteLine(text, $"{line.Name} {line.Text}", line.Origin, remark);
        }

        foreach (ExplainedLine beaten in withOrigin ? setting.Beaten : [])
        {
            WriteLine(text, $"  over {(beaten.Name == setting.Name ? "" : beaten.Name + " ")}{beaten.Text}", beaten.Origin, "");
        }
    }

    private void WriteLine(StringBuilder text, string value, SettingOrigin origin, string remark)
    {
        text.Append(value);
        if (withOrigin)
        {
            NextColumn(text, value.Length);
            string place = origin.IsDefault ? "default" : $"{Shorten(origin.File)}:{origin.Line}";
            text.Append(place);
            int used = OriginColumn + place.Length;
            foreach (string part in (string[])[origin.Block, remark])
            {
                used = Flow(text, part, used);
            }
        }

        text.Append('\n');
    }

    /// <summary>Appends a part to the origin, on a line of its own when it does not fit; returns where the line ends then.</summary>
    private static int Flow(StringBuilder text, string part, int used)
    {
        if (part.Length == 0)
        {
            return used;
        }

        if (used + 2 + part.Length > Width)
        {
            text.Append('\n').Append(' ', OriginColumn);
            used = OriginColumn;
        }

        text.Append("  ").Append(part);
        return used + 2 + part.Length;
    }

    /// <summary>Pads to the origin's column, on the next line when the value reaches into it.</summary>
    private static void NextColumn(StringBuilder text, int used)
    {
        if (used > OriginColumn - 2)
        {
            text.Append('\n');
            used = 0;
        }

        text.Append(' ', OriginColumn - used);
    }

    /// <summary>What is said about a value that does not do what it says.</summary>
    private static string Remark(string status) => status switch
    {
        "in effect" => "",
        "accepted" => "(accepted without effect)",
        _ => "(not yet in effect)",
    };

    private string Shorten(string file) => file.StartsWith(_folder, StringComparison.Ordinal) ? file[_folder.Length..] : file;
}
