// What is said about words that mean nothing where they stand: what to write instead, or where they belong. Owned by one load.
// A name is shown only after SecretText has seen it: "auth-password=..." is one word to the lexer.

namespace Godwit.Settings;

/// <summary>Reports unknown directives and blocks, each once.</summary>
internal sealed class UnknownWords(ProblemList problems, DirectiveTally tally)
{
    /// <summary>Shorter words are near to too much.</summary>
    private const int LeastGuessed = 4;

    public void ReportBlock(ConfigBlock block)
    {
        string tag = SecretText.Name(block.Name);
        string key = $"block {block.Name}";
        tally.CountUnknown($"<{tag}>");
        if (!problems.IsFull(ConfigSeverity.Warning) && !problems.Again(key, block.At))
        {
            problems.Once(key, block.At, ConfigSeverity.Warning, $"<{tag}> is unknown and has no effect{TagHint(block.Name)}");
        }
    }

    /// <param name="hidden">Whether the word may be a secret that slipped into a line of its own.</param>
    public void ReportDirective(ConfigDirective written, BlockKind scope, bool hidden)
    {
        string name = hidden ? SecretValue.Mask : written.Name == "/" ? "a /pattern/" : SecretText.Name(written.Name);
        BlockKind elsewhere = Elsewhere(written.Name, scope);
        string key = $"unknown {written.Name} {(uint)scope}";
        tally.CountUnknown(elsewhere == BlockKind.None ? name : $"{name} (in the wrong place)");
        if (problems.IsFull(ConfigSeverity.Warning) || problems.Again(key, written.At))
        {
            return;
        }

        if (BlockTable.Find(written.Name) is { } block && block.Parents.HasFlag(scope))
        {
            problems.Once(key, written.At, ConfigSeverity.Warning, $"{name} has no effect; it is a block: <{block.Tag}> and </{block.Tag}>");
            return;
        }

        if (BlockTable.Find(written.Text.TrimStart('/')) is { } closed && written.Name == "/")
        {
            problems.Once(key, written.At, ConfigSeverity.Warning, $"/{closed.Tag} closes nothing; closing tags are written </{closed.Tag}>");
            return;
        }

        string instead = written.Name == "/" && scope == BlockKind.SmtpPatternList ? "write reply before it" : $"it belongs {BlockTable.Into(elsewhere)}";
        string here = scope == BlockKind.Global ? "at global level" : $"inside {BlockTable.Describe(scope)}";
        problems.Once(key, written.At, ConfigSeverity.Warning, elsewhere != BlockKind.None
            ? $"{name} has no effect {here}; {instead}"
            : $"{name} is unknown and has no effect{(hidden ? "" : Hint(written.Name, scope))}");
    }

    /// <summary>
    /// Where a name has a meaning, for somebody who wrote it in <paramref name="scope"/>: a configuration and the files about providers are two worlds.
    /// </summary>
    private static BlockKind Elsewhere(string name, BlockKind scope)
    {
        const BlockKind Providers = BlockKind.Provider | BlockKind.ProviderFile | BlockKind.Receiver | BlockKind.RehearsalFile;
        BlockKind all = DirectiveTable.ScopesOf(name);
        BlockKind near = (scope & Providers) != BlockKind.None ? all & Providers : all & ~Providers;
        return near == BlockKind.None ? all : near;
    }

    private static string TagHint(string tag)
    {
        BlockKind scopes = Elsewhere(tag, BlockKind.Global);
        return Dialect.TagAdvice(tag) is { } advice ? $"; {advice}"
            : scopes != BlockKind.None ? $"; {tag} is a directive: write it without brackets {BlockTable.Into(scopes)}"
            : Spelling.Hint(tag, BlockTable.All.Select(b => b.Tag));
    }

    private static string Hint(string written, BlockKind scope)
    {
        // max-smtp-out=20 is the habit of other programs' files.
        string word = written.Split('=')[0];
        if (word.Length < written.Length && DirectiveTable.Find(scope, word) is not null)
        {
            return $"; write \"{word} VALUE\", without =";
        }

        if (Dialect.Advice(word) is { } advice)
        {
            return $"; {advice}";
        }

        if (BlockTable.Find(word) is { } block)
        {
            return $"; it is a block: <{block.Tag}> and </{block.Tag}>";
        }

        if (scope == BlockKind.BounceCategories)
        {
            return "; a line here is a /pattern/ and a category";
        }

        string near = Spelling.Hint(word, DirectiveTable.NamesIn(scope));
        if (near.Length > 0 || word.Length < LeastGuessed)
        {
            return near;
        }

        if (Spelling.Nearest(word, DirectiveTable.AllNames) is { } far)
        {
            return $"; did you mean \"{far}\", which belongs {BlockTable.Into(Elsewhere(far, scope))}?";
        }

        IReadOnlyList<string> akin = Spelling.Akin(word, DirectiveTable.NamesIn(scope));
        akin = akin.Count > 0 ? akin : Spelling.Akin(word, DirectiveTable.AllNames);
        string where = akin is [var only] && DirectiveTable.Find(scope, only) is null
            ? $", which belongs {BlockTable.Into(Elsewhere(only, scope))}"
            : "";
        return akin.Count == 0 ? "" : $"; did you mean {string.Join(" or ", akin.Select(name => $"\"{name}\""))}{where}?";
    }
}
