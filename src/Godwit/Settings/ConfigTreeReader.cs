// Files to tree: opens and closes blocks, follows include. Owned by one load. Whoever only needs one part after the other is handed each as it is
// complete, so that the whole tree of a large configuration never stands in memory.
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

    private const string NestedList = "<pattern-list>";

    private readonly CollectorPace _pace = new();
    private readonly Stack<string> _open = new();

    /// <summary>Blocks that are still open though a tag that closed nothing may have been meant for them: how much they held by then.</summary>
    private readonly Dictionary<ConfigBlock, int> _meantToClose = new(ReferenceEqualityComparer.Instance);

    private Action<ConfigBlock>? _each;
    private int _files;

    /// <summary>Blocks that are open in the files that include the present one.</summary>
    private int _outerBlocks;

    /// <summary>The text of every file read, for reports.</summary>
    public Dictionary<string, string> Texts { get; } = [];

    /// <summary>Reads the main file. One that cannot be read is a problem and gives an empty tree.</summary>
    public ConfigBlock Read(string file)
    {
        var start = new ConfigPosition(file, 0, 0);
        var root = new ConfigBlock("", "", start, start.Column);
        ReadFile(file, Path.GetFullPath(file), root, start);
        return root;
    }

    /// <summary>The same, part by part: <paramref name="each"/> gets the root with the next complete directive or block in it, or some of them.</summary>
    public void Read(string file, Action<ConfigBlock> each)
    {
        _each = each;
        Read(file);
    }

    /// <summary>The result of a pattern-list entry may be a list of its own, opened at the end of the line. A file may be called like that too.</summary>
    public static bool OpensList(ConfigBlock block, ConfigNode entry) =>
        entry.Text.EndsWith(NestedList, StringComparison.OrdinalIgnoreCase) && !entry.Name.Equals("include", StringComparison.OrdinalIgnoreCase)
        && block.Name.Equals("pattern-list", StringComparison.OrdinalIgnoreCase);

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
            HandOver(blocks);
            _pace.Step();
            var at = new ConfigPosition(file, line.Line, line.Column);
            switch (line.Kind)
            {
                case ConfigLineKind.OpenTag:
                    Open(blocks, new ConfigBlock(line.Name, line.Text, at, line.TextColumn));
                    break;
                case ConfigLineKind.CloseTag:
                    Close(blocks, line.Name, at);
                    break;
                default:
                    Add(blocks, new ConfigDirective(line.Name, line.Text, at, line.TextColumn));
                    break;
            }
        }

        while (blocks.Count > 1)
        {
            ConfigBlock open = blocks.Pop();
            string tag = SecretText.Name(open.Name);
            Leave(open, blocks.Peek(), $"<{tag}> is never closed; </{tag}> is missing");
        }

        HandOver(blocks);
    }

    /// <summary>At global level what was read is complete: somebody may want it now.</summary>
    private void HandOver(Stack<ConfigBlock> blocks)
    {
        if (_each is not null && blocks.Count == 1 && blocks.Peek() is { Name: "", Children.Count: > 0 } root)
        {
            _each(root);
            root.Children.Clear();
        }
    }

    private void Open(Stack<ConfigBlock> blocks, ConfigBlock block)
    {
        ConfigBlock outer = blocks.Peek();
        if (blocks.Count > 1 && block.Text.Length == 0 && block.Name.Equals(outer.Name, StringComparison.OrdinalIgnoreCase)
            && BlockTable.Find(block.Name) is { Argument: ArgumentUse.Required })
        {
            problems.Error(block.At, $"<{block.Name}> without an argument, inside the block of line {outer.At.Line}; </{block.Name}> closes that one");
            blocks.Pop();
            return;
        }

        if (_outerBlocks + blocks.Count > MaxBlockDepth)
        {
            problems.Once("depth", block.At, ConfigSeverity.Error, $"blocks are nested more than {MaxBlockDepth} deep");
            return;
        }

        blocks.Peek().Children.Add(block);
        blocks.Push(block);
    }

    private void Close(Stack<ConfigBlock> blocks, string tag, ConfigPosition at)
    {
        if (blocks.Count > 1 && blocks.Peek().Name.Equals(tag, StringComparison.OrdinalIgnoreCase))
        {
            _meantToClose.Remove(blocks.Pop());
            return;
        }

        // The bottom block belongs to the file that includes this one.
        bool known = blocks.SkipLast(1).Any(b => b.Name.Equals(tag, StringComparison.OrdinalIgnoreCase));
        if (!known)
        {
            string hint = blocks.Count > 1 ? $"; <{SecretText.Name(blocks.Peek().Name)}> of line {blocks.Peek().At.Line} is open"
                : blocks.Peek().Name.Equals(tag, StringComparison.OrdinalIgnoreCase) ? " in this file; a block ends in the file it began in" : "";
            problems.Error(at, $"</{SecretText.Name(tag)}> closes nothing{hint}");
            if (blocks.Count > 1)
            {
                _meantToClose.TryAdd(blocks.Peek(), blocks.Peek().Children.Count);
            }

            return;
        }

        while (blocks.Pop() is var block && !block.Name.Equals(tag, StringComparison.OrdinalIgnoreCase))
        {
            string inner = SecretText.Name(block.Name);
            Leave(block, blocks.Peek(), $"<{inner}> is not closed before </{SecretText.Name(tag)}> in line {at.Line}; </{inner}> is missing");
        }
    }

    /// <summary>
    /// Ends a block that nothing closed. A tag inside it that closed nothing was meant for it, and is reported already; else it ended before the first
    /// block that cannot stand inside it. What follows belongs to the block outside.
    /// </summary>
    private void Leave(ConfigBlock block, ConfigBlock outer, string complaint)
    {
        BlockKind kind = BlockTable.Find(block.Name)?.Kind ?? BlockKind.None;
        if (!_meantToClose.Remove(block, out int end))
        {
            problems.Error(block.At, complaint);
            end = kind == BlockKind.None ? -1
                : block.Children.FindIndex(child => child is ConfigBlock && BlockTable.Find(child.Name)?.Parents.HasFlag(kind) == false);
        }

        if (end >= 0)
        {
            outer.Children.AddRange(block.Children.Skip(end));
            block.Children.RemoveRange(end, block.Children.Count - end);
        }
    }

    private void Add(Stack<ConfigBlock> blocks, ConfigDirective directive)
    {
        ConfigBlock block = blocks.Peek();
        if (directive.Name.Equals("include", StringComparison.OrdinalIgnoreCase))
        {
            block.Children.Add(directive);
            int here = blocks.Count - 1;
            _outerBlocks += here;
            Include(block, directive);
            _outerBlocks -= here;
            return;
        }

        if (OpensList(block, directive))
        {
            string text = directive.Text[..^NestedList.Length].TrimEnd();
            ConfigPosition at = directive.TextAt.Right(directive.Text.Length - NestedList.Length);
            block.Children.Add(directive with { Text = text.Length == 0 ? NestedList : $"{text} {NestedList}" });
            Open(blocks, new ConfigBlock("pattern-list", "", at, at.Column));
            return;
        }

        block.Children.Add(directive);
    }

    private void Include(ConfigBlock block, ConfigDirective directive)
    {
        string name = Quoting.TryUnquote(directive.Text, out string plain) ? plain : directive.Text;
        if (name.Length == 0 || name[0] == '"')
        {
            // The checker says that the argument is missing, or that its quote is never closed.
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

        IReadOnlyList<string> matches = surroundings.Match(path);
        if (matches.Count == 0)
        {
            problems.Note(directive.TextAt, $"include matches no file: there is nothing like {path}; correct the path, or leave it if files come later");
        }

        foreach (string match in matches)
        {
            ReadFile(match, match, block, directive.TextAt);
        }
    }
}
