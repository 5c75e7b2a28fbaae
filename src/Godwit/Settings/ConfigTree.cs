// The configuration as written: blocks and directives, each with its place. Includes are already spliced in.
// Built by ConfigTreeReader, read once by ConfigChecker.

namespace Godwit.Settings;

/// <summary>A line that says something. Small: a large configuration has hundreds of thousands.</summary>
/// <param name="TextColumn">Where <paramref name="Text"/> stands in the line of <paramref name="At"/>.</param>
internal abstract record ConfigNode(string Name, string Text, ConfigPosition At, int TextColumn)
{
    public ConfigPosition TextAt => At with { Column = TextColumn };
}

/// <summary><c>name value</c>.</summary>
internal sealed record ConfigDirective(string Name, string Text, ConfigPosition At, int TextColumn) : ConfigNode(Name, Text, At, TextColumn);

/// <summary><c>&lt;tag argument&gt;</c> and what stands inside; the file itself is the block with an empty tag.</summary>
internal sealed record ConfigBlock(string Name, string Text, ConfigPosition At, int TextColumn) : ConfigNode(Name, Text, At, TextColumn)
{
    public List<ConfigNode> Children { get; } = [];
}
