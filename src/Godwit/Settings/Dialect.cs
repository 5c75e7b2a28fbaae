// Reads the dialect of guides: a node as written becomes the node that is meant, with a note that names it. Everything else passes unchanged.
// Owned by one load. A value that cannot be put into its real form is reported, and the line is left out.

namespace Godwit.Settings;

/// <summary>Applies <see cref="DialectTable"/>.</summary>
internal sealed class Dialect(ProblemList problems, ValueReading reading)
{
    /// <summary>What a node means in PowerMTA's language; null when it means nothing, which was reported.</summary>
    public ConfigNode? Read(ConfigNode written, BlockKind scope) => written switch
    {
        ConfigDirective directive when DialectTable.FindDirective(directive.Name) is { Real.Length: > 0 } row && row.Scope.HasFlag(scope) =>
            ReadDirective(directive, row),
        ConfigBlock block when DialectTable.FindTag(block.Name) is { Real.Length: > 0 } row && row.Argument == Plain(block.Text) =>
            Noted(row, block with { Text = row.Real }),
        _ => written,
    };

    /// <summary>What to write instead of a directive that nobody knows here; null when the dialect does not know it either.</summary>
    public static string? Advice(string word) => DialectTable.FindDirective(word) switch
    {
        null => null,
        { Real.Length: 0 } row => row.Note,
        var row => $"write {row.Real} {BlockTable.Into(row.Scope)}",
    };

    /// <summary>The same for a tag.</summary>
    public static string? TagAdvice(string tag) => DialectTable.FindTag(tag)?.Note;

    private static string Plain(string text) => Quoting.TryUnquote(text, out string plain) ? plain : text;

    private ConfigDirective? ReadDirective(ConfigDirective written, DialectRow row)
    {
        // An argument that is missing is missing in both languages.
        if (row.Read is not { } read || written.Text.Length == 0)
        {
            return Noted(row, written with { Name = row.Real });
        }

        reading.Reset();
        if (!read(written.Text, reading, out string text))
        {
            problems.Error(written.TextAt.Right(reading.FaultOffset), $"{row.Word}: {reading.Fault}");
            return null;
        }

        return Noted(row, written with { Name = row.Real, Text = text });
    }

    private T Noted<T>(DialectRow row, T meant)
        where T : ConfigNode
    {
        problems.Once($"dialect {row.Shown}", meant.At, ConfigSeverity.Note, $"{row.Shown} {row.Note}");
        return meant;
    }
}
