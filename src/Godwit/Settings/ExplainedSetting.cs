// The answer to "what is this directive set to here, and who said so": plain values that a report can print.

namespace Godwit.Settings;

/// <summary>Where a value came from.</summary>
/// <param name="File">As problems name it; empty for a default.</param>
/// <param name="Line">1-based; 0 for a default.</param>
/// <param name="Block"><c>&lt;domain *&gt; in &lt;virtual-mta v1&gt;</c>, <c>global level</c>; for a default, what it follows, if anything.</param>
/// <param name="IsReset">The line says <c>""</c>: the value is the default, and this line has brought it back.</param>
public sealed record SettingOrigin(string File, int Line, string Block, bool IsReset = false)
{
    /// <summary>Nobody said anything.</summary>
    public static SettingOrigin Default { get; } = new("", 0, "");

    public bool IsDefault => Line == 0;
}

/// <summary>One line of a directive: as it would be written in a file. The text of a secret is <c>"******"</c>.</summary>
/// <param name="Name">As it was said: an old spelling may stand for the directive.</param>
public sealed record ExplainedLine(string Name, string Text, SettingOrigin Origin);

/// <summary>A directive as it applies in one place.</summary>
/// <param name="Status">As in docs/directives.md: in effect, accepted, not yet.</param>
/// <param name="Lines">What applies: one line, or each line of a directive that may be given many times. Never empty.</param>
/// <param name="Beaten">What was said too and does not apply, the nearest rival first.</param>
public sealed record ExplainedSetting(string Name, string Status, IReadOnlyList<ExplainedLine> Lines, IReadOnlyList<ExplainedLine> Beaten);

/// <summary>Every directive of one kind of block, by name.</summary>
public sealed record ExplainedSection(string Heading, IReadOnlyList<ExplainedSetting> Settings);
