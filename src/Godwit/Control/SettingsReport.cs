// "show settings", "show vmta-settings", "show source-settings": what every directive is set to in one place, and on demand who said so.

using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Explained sections for people and programs.</summary>
/// <param name="subject">What was asked for: a queue, a virtual MTA, a pool, a source.</param>
/// <param name="withOrigin">Whether the text says where each value came from; the tree always does.</param>
/// <param name="configFile">Files beside it are named relative to its directory.</param>
/// <param name="onlySet">Whether values that nobody has set are left out, in text and tree.</param>
public sealed partial class SettingsReport(
    string subject, IReadOnlyList<ExplainedSection> sections, bool withOrigin, string configFile, bool onlySet = false) : OperatorReport
{
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(configFile)) is { } folder ? folder.TrimEnd('/') + '/' : "/";

    public IReadOnlyList<ExplainedSection> Sections { get; } = onlySet
        ? [.. sections.Select(section => section with { Settings = [.. section.Settings.Where(IsSet)] })]
        : sections;

    // Entries of a list and not members of a group: a directive may have several lines, and a name may hold a dot.
    public override ReportGroup ToTree() => new()
    {
        { "subject", subject },
        { "section", new ReportList([.. Sections.Select(Describe)]) },
    };

    /// <summary>Somebody said something, be it <c>""</c>.</summary>
    private static bool IsSet(ExplainedSetting setting) => setting.Lines.Any(line => !line.Origin.IsDefault);

    private ReportGroup Describe(ExplainedSection section) => new()
    {
        { "heading", section.Heading },
        { "setting", new ReportList([.. from setting in section.Settings from line in setting.Lines select Describe(setting, line)]) },
    };

    private ReportGroup Describe(ExplainedSetting setting, ExplainedLine line)
    {
        ReportGroup group = Describe(line);
        group.Add("status", setting.Status);
        group.Add("over", new ReportList([.. setting.Beaten.Select(Describe)]));
        return group;
    }

    private ReportGroup Describe(ExplainedLine line) => new()
    {
        { "name", line.Name },
        { "value", line.Text },
        { "origin", line.Origin.IsDefault ? "default" : "file" },
        { "file", line.Origin.File },
        { "line", (long)line.Origin.Line },
        { "block", line.Origin.Block },
    };
}
