// The configuration as written: blocks and directives, each with its place. Includes are already spliced in.
// Built by ConfigTreeReader, read once by ConfigChecker.

namespace Godwit.Settings;

internal abstract record ConfigNode(string Name, string Text, ConfigPosition At, ConfigPosition TextAt);

/// <summary><c>name value</c>.</summary>
internal sealed record ConfigDirective(string Name, string Text, ConfigPosition At, ConfigPosition TextAt) : ConfigNode(Name, Text, At, TextAt);

/// <summary><c>&lt;tag argument&gt;</c> and what stands inside; the file itself is the block with an empty tag.</summary>
internal sealed record ConfigBlock(string Name, string Text, ConfigPosition At, ConfigPosition TextAt) : ConfigNode(Name, Text, At, TextAt)
{
    public List<ConfigNode> Children { get; } = [];
}
