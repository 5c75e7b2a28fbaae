// Files to tree: opens and closes blocks, follows include. Owned by one load.
// A wrong tag is reported and repaired as an operator would read the file, so one slip does not cause a page of errors.
// A block must end in the file it began in: then every file can be understood by itself.

namespace Godwit.Settings;

/// <summary>Reads a configuration with everything it includes.</summary>
internal sealed class ConfigTreeReader(ConfigSurroundings surroundings, ProblemList problems, string baseDirectory)
{
    /// <summary>Deeper nesting than any real layout; beyond it somebody wrote a spiral.</summary>
    public const int MaxDepth = 16;

    /// <summary>Each file may be included several times; without a bound a few lines could include two to the sixteenth files.</summary>
    public const int MaxFiles = 10_000;

    /// <summary>The grammar needs three; the rest is room for wrong files to be reported well.</summary>
    public const int MaxBlockDepth = 16;

    private readonly Stack<string> _open = new();
    private int _files;

    /// <summary>The text of every file read, for reports.</summary>
    public Dictionary<string, string> Texts { get; } = [];

    /// <summary>Reads the main file. One that cannot be read is a problem and gives an empty tree.</summary>
    public ConfigBlock Read(string file)
    {
        var start = new ConfigPosition(file, 0, 0);
        var root = new ConfigBlock("", "", start, start);
        ReadFile(file, Path.GetFullPath(file), root, start);
        return root;
    }

    private string Resolve(string path) => Path.GetFullPath(path, baseDirectory);

    private void ReadFile(string shown, string path, ConfigBlock into, ConfigPosition from)
    {
        if (_open.Contains(path))
        {
            problems.Error(from, $"{shown} includes itself: {string.Join(" -> ", _open.Reverse())} -> {path}");
            return;
        }

        if (_open.Count >= MaxDepth || ++_files > MaxFiles)
        {
            problems.Error(from, _files > MaxFiles ? $"more than {MaxFiles} files are included" : $"includes are nested more than {MaxDepth} deep");
            return;
        }

        if (!TryRead(shown, path, from, out string text))
        {
            return;
        }

        Texts[shown] = text;
        _open.Push(path);
        ReadLines(shown, text, into);
        _open.Pop();
    }

    private bool TryRead(string shown, string path, ConfigPosition from, out string text)
    {
        if (Texts.TryGetValue(shown, out string? known))
        {
            text = known;
            return true;
        }

        try
        {
            text = surroundings.Read(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : e.Message;
            problems.Error(from, $"cannot read {shown}: {why}");
            text = "";
            return false;
        }
    }

    private void ReadLines(string file, string text, ConfigBlock into)
    {
        var blocks = new Stack<ConfigBlock>([into]);
        var lexer = new ConfigLexer(file, text, problems);
        while (lexer.Next(out ConfigLine line))
        {
            var at = new ConfigPosition(file, line.Line, line.Column);
            var textAt = new ConfigPosition(file, line.Line, line.TextColumn);
            switch (line.Kind)
            {
                case ConfigLineKind.OpenTag:
                    Open(blocks, new ConfigBlock(line.Name, line.Text, at, textAt));
                    break;
                case ConfigLineKind.CloseTag:
                    Close(blocks, line.Name, at);
                    break;
                default:
                    Add(blocks, new ConfigDirective(line.Name, line.Text, at, textAt));
                    break;
            }
        }

        while (blocks.Count > 1)
        {
            ConfigBlock open = blocks.Pop();
            string tag = SecretText.Name(open.Name);
            problems.Error(open.At, $"<{tag}> is never closed; </{tag}> is missing");
        }
    }

    private void Open(Stack<ConfigBlock> blocks, ConfigBlock block)
    {
        if (blocks.Count > MaxBlockDepth)
        {
            problems.Once("depth", block.At, ConfigSeverity.Error, $"blocks are nested more than {MaxBlockDepth} deep");
            return;
        }

        blocks.Peek().Children.Add(block);
        blocks.Push(block);
    }

    private void Close(Stack<ConfigBlock> blocks, string tag, ConfigPosition at)
    {
        // The bottom block belongs to the file that includes this one.
        bool known = blocks.SkipLast(1).Any(b => b.Name.Equals(tag, StringComparison.OrdinalIgnoreCase));
        if (!known)
        {
            string hint = blocks.Count > 1 ? $"; <{SecretText.Name(blocks.Peek().Name)}> of line {blocks.Peek().At.Line} is open" : "";
            problems.Error(at, $"</{SecretText.Name(tag)}> closes nothing{hint}");
            return;
        }

        while (blocks.Pop() is var block && !block.Name.Equals(tag, StringComparison.OrdinalIgnoreCase))
        {
            string inner = SecretText.Name(block.Name);
            problems.Error(block.At, $"<{inner}> is not closed before </{SecretText.Name(tag)}> in line {at.Line}; </{inner}> is missing");
        }
    }

    private void Add(Stack<ConfigBlock> blocks, ConfigDirective directive)
    {
        ConfigBlock block = blocks.Peek();
        if (directive.Name.Equals("include", StringComparison.OrdinalIgnoreCase))
        {
            block.Children.Add(directive);
            Include(block, directive);
            return;
        }

        // The result of a pattern-list entry may be a list of its own, opened at the end of the line.
        const string Nested = "<pattern-list>";
        if (directive.Text.EndsWith(Nested, StringComparison.OrdinalIgnoreCase) && block.Name.Equals("pattern-list", StringComparison.OrdinalIgnoreCase))
        {
            string text = directive.Text[..^Nested.Length].TrimEnd();
            ConfigPosition at = directive.TextAt.Right(directive.Text.Length - Nested.Length);
            block.Children.Add(directive with { Text = $"{text} {Nested}" });
            Open(blocks, new ConfigBlock("pattern-list", "", at, at));
            return;
        }

        block.Children.Add(directive);
    }

    private void Include(ConfigBlock block, ConfigDirective directive)
    {
        string name = Quoting.TryUnquote(directive.Text, out string plain) ? plain : directive.Text;
        if (name.Length == 0)
        {
            // The checker says that the argument is missing.
            return;
        }

        if (name.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || name.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            problems.Error(directive.TextAt, "include of a URL is not supported yet; copy the file to this machine");
            return;
        }

        string path = Resolve(name);
        if (!name.AsSpan().ContainsAny('*', '?'))
        {
            ReadFile(path, path, block, directive.TextAt);
            return;
        }

        foreach (string match in surroundings.Match(path))
        {
            ReadFile(match, match, block, directive.TextAt);
        }
    }
}
