// Lays blocks over one another as InheritanceTree does, but keeps what lost: for each directive of a kind of block, the lines that apply and those
// they beat. Made for one answer and thrown away.

namespace Godwit.Settings;

/// <summary>Works out one section of an explanation.</summary>
/// <param name="scope">The kind of block that is explained.</param>
/// <param name="blocks">Those that apply, the general before the specific.</param>
/// <param name="root">Where a directive is looked for that none of the blocks has and that may stand at global level; null when nowhere.</param>
internal sealed class Explanation(BlockKind scope, IEnumerable<SaidBlock> blocks, CheckedBlock? root = null)
{
    /// <summary>A secret, as a value that PowerMTA's readers know.</summary>
    private const string Hidden = $"\"{SecretValue.Mask}\"";

    /// <summary>The table's word for a default that is another directive's value.</summary>
    private const string AsNormal = "the normal one";

    private const string Backoff = "backoff-";

    private readonly ValueReading _reading = new("/");

    public IReadOnlyList<SaidBlock> Blocks { get; } = [.. blocks];

    /// <summary>Every directive that may stand in the scope, by name; an old spelling that a newer one took the place of only where it is said.</summary>
    public List<ExplainedSetting> Settings()
    {
        ILookup<Directive, Said> said = Lines(Blocks).ToLookup(line => RowOf(line.Line.Directive));
        ILookup<Directive, Said> above = Lines(root is null ? [] : [new SaidBlock(root, root)]).ToLookup(line => line.Line.Directive);
        var settings = new List<ExplainedSetting>();
        foreach (Directive row in DirectiveTable.All.Where(d => d.Scope.HasFlag(scope) && d.Name != "include"))
        {
            if (said.Contains(row) || above.Contains(row) || row.Replacement.Length == 0)
            {
                settings.Add(Explain(row, [.. said[row]], [.. above[row]]));
            }
        }

        settings.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return FollowNormal(settings);
    }

    public static SettingOrigin OriginOf(CheckedDirective line, SaidBlock by) => new(line.At.File, line.At.Line, Describe(by));

    private static IEnumerable<Said> Lines(IEnumerable<SaidBlock> blocks) =>
        blocks.SelectMany(block => block.Block.Directives, (block, line) => new Said(line, block));

    /// <summary>The row that a line counts for: its own, or that of the directive whose place an old spelling fills.</summary>
    private Directive RowOf(Directive said)
    {
        if (said.Replacement.Length == 0 || said.Bound is null)
        {
            return said;
        }

        return DirectiveTable.All.FirstOrDefault(d => d.Scope.HasFlag(scope) && d.Replacement.Length == 0 && d.Bound == said.Bound) ?? said;
    }

    /// <summary>What the blocks say beats what is said at global level, or stands before it; <c>""</c> drops that in any case.</summary>
    private ExplainedSetting Explain(Directive row, List<Said> own, List<Said> servers)
    {
        if (!row.JoinsServers || own.Count == 0 || servers.Count == 0 || own.Exists(line => line.Line.Value is null))
        {
            return Explain(row, [.. servers, .. own], own.Count > 0 ? servers.Count : 0);
        }

        ExplainedSetting first = Explain(row, own, 0);
        ExplainedSetting then = Explain(row, servers, 0);
        return first with { Lines = [.. first.Lines, .. then.Lines.Where(line => !line.Origin.IsReset)], Beaten = [.. first.Beaten, .. then.Beaten] };
    }

    /// <param name="least">The lines before this one stand at global level and do not apply.</param>
    private ExplainedSetting Explain(Directive row, List<Said> lines, int least)
    {
        // Of a repeatable directive every line behind the last "" counts; of any other the last line.
        int cleared = lines.FindLastIndex(line => line.Line.Value is null);
        int first = Math.Max(row.Repeatable ? cleared + 1 : lines.Count - 1, least);
        List<ExplainedLine> apply = [.. lines.Skip(first).Where(line => line.Line.Value is not null).Select(line => Shown(row, line, line.Line.Value!))];
        if (apply.Count == 0)
        {
            SettingOrigin origin = cleared >= 0 ? OriginOf(lines[cleared].Line, lines[cleared].By) with { IsReset = true } : SettingOrigin.Default;
            apply.Add(new ExplainedLine(row.Name, DefaultText(row), origin));
            first = Math.Max(cleared, 0); // The line that brought the default back has won.
        }

        IEnumerable<ExplainedLine> beaten = lines.Take(first).Reverse().Select(line => line.Line.Value is { } value
            ? Shown(line.Line.Directive, line, value)
            : new ExplainedLine(line.Line.Directive.Name, "\"\"", OriginOf(line.Line, line.By)));
        return new ExplainedSetting(row.Name, DirectiveReference.Status(row), apply, [.. beaten]);
    }

    private static ExplainedLine Shown(Directive row, Said said, object value)
    {
        // An old spelling may read its value in a form of its own; where it fills the row's property it is printed as the row's.
        Directive prints = row.Form.ClrType == said.Line.Directive.Form.ClrType ? row : said.Line.Directive;
        string text = Print(prints.Form, value);
        if (prints.Form.IsSecret)
        {
            // The form has put a mask in the secret's place; what stands beside it, such as a file, may be seen.
            text = text.Replace(SecretValue.Mask, Hidden, StringComparison.Ordinal);
        }

        return new ExplainedLine(row.Name, text, OriginOf(said.Line, said.By));
    }

    /// <summary>As it stands in a file, so that it can be pasted into one: times and sizes with their units.</summary>
    private static string Print(ValueForm form, object value) => form.Print(value) is { Length: > 0 } text ? text : "\"\"";

    private string DefaultText(Directive row)
    {
        if (row.Default is "-" or "\"\"" || row.Secret)
        {
            return "\"\"";
        }

        return row.Form.TryRead(row.Default, _reading, out object? value) && value is not null ? Print(row.Form, value) : row.Default;
    }

    /// <summary>A value of backoff mode that nobody set is that of normal mode.</summary>
    private static List<ExplainedSetting> FollowNormal(List<ExplainedSetting> settings)
    {
        for (int i = 0; i < settings.Count; i++)
        {
            ExplainedSetting backoff = settings[i];
            if (backoff.Lines is [{ Text: AsNormal } line] && backoff.Name.StartsWith(Backoff, StringComparison.Ordinal)
                && settings.Find(s => s.Name == backoff.Name[Backoff.Length..]) is { } normal)
            {
                SettingOrigin origin = line.Origin.IsDefault ? new SettingOrigin("", 0, $"as {normal.Name}") : line.Origin;
                settings[i] = backoff with { Lines = [line with { Text = normal.Lines[0].Text, Origin = origin }] };
            }
        }

        return settings;
    }

    private static string Describe(SaidBlock by)
    {
        string block = Tag(by.Block);
        return by.Block.Kind == BlockKind.Global || by.Level.Kind == BlockKind.Global ? block : $"{block} in {Tag(by.Level)}";
    }

    private static string Tag(CheckedBlock block)
    {
        if (block.Kind == BlockKind.Global)
        {
            return "global level";
        }

        string tag = BlockTable.All.First(rule => rule.Kind == block.Kind).Tag;
        return block.Argument.Length == 0 ? $"<{tag}>" : $"<{tag} {block.Argument}>";
    }

    private readonly record struct Said(CheckedDirective Line, SaidBlock By);
}
