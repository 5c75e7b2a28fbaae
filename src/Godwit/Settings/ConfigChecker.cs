// The tree as written to the tree as meant: dialect read, every name looked up in the tables, every value read.
// What cannot be used is reported and left out. Owned by one load. Knows one line at a time; what lines mean together is SettingsBuilder's.

namespace Godwit.Settings;

/// <summary>A directive whose value was read. A null value is an explicit <c>""</c>.</summary>
/// <param name="ValueColumn">Where the value stands in the line of <paramref name="At"/>.</param>
internal sealed record CheckedDirective(Directive Directive, object? Value, ConfigPosition At, int ValueColumn)
{
    public ConfigPosition ValueAt => At with { Column = ValueColumn };
}

/// <summary>A block whose directives were read. Small: a large configuration has a hundred thousand, and the collector moves each of them twice.</summary>
/// <param name="argumentColumn">Where the argument stands in the line of <paramref name="at"/>.</param>
/// <param name="lines">How many lines it has, as far as that is known.</param>
internal sealed class CheckedBlock(BlockKind kind, string argument, ConfigPosition at, int argumentColumn, int lines = 0)
{
    // Most blocks have none inside.
    private List<CheckedBlock>? _blocks;
    private HashSet<string>? _unread;

    public BlockKind Kind => kind;

    public string Argument => argument;

    public ConfigPosition At => at;

    public ConfigPosition ArgumentAt => at with { Column = argumentColumn };

    public List<CheckedDirective> Directives { get; } = new(lines);

    public IReadOnlyList<CheckedBlock> Blocks => _blocks ?? (IReadOnlyList<CheckedBlock>)[];

    public void Add(CheckedBlock inner) => (_blocks ??= []).Add(inner);

    /// <summary>Remembers a directive or block that stands here and was reported instead of read.</summary>
    public void AddUnread(string name) => (_unread ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase)).Add(name);

    /// <summary>Whether it stands here and could not be read: then it must not be called missing too.</summary>
    public bool IsUnread(string name) => _unread?.Contains(name) == true;

    /// <summary>Every line of the block and of those inside it.</summary>
    public IEnumerable<CheckedDirective> Lines() => Directives.Concat(Blocks.SelectMany(static inner => inner.Lines()));

    /// <summary>Every line of a directive, in order.</summary>
    public IEnumerable<CheckedDirective> All(string name) => Directives.Where(d => d.Directive.Name == name);

    /// <summary>The line that counts where only one does.</summary>
    public CheckedDirective? Last(string name)
    {
        int i = Directives.Count - 1;
        while (i >= 0 && Directives[i].Directive.Name != name)
        {
            i--;
        }

        return i < 0 ? null : Directives[i];
    }

    public IEnumerable<CheckedBlock> BlocksOf(BlockKind kind) => Blocks.Where(b => b.Kind == kind);
}

/// <summary>Checks nodes against <see cref="DirectiveTable"/> and <see cref="BlockTable"/>.</summary>
internal sealed class ConfigChecker(ProblemList problems, DirectiveTally tally, string baseDirectory)
{
    private readonly ValueReading _reading = new(baseDirectory);
    private readonly Dialect _dialect = new(problems, new ValueReading(baseDirectory));
    private readonly UnknownWords _unknown = new(problems, tally);

    // A secret without a value: the next word may be it.
    private bool _secretAwaited;

    public CheckedBlock Check(ConfigBlock root)
    {
        var checkedRoot = new CheckedBlock(BlockKind.Global, "", root.At, root.TextColumn);
        CheckChildren(root, checkedRoot, DirectiveStatus.InEffect);
        return checkedRoot;
    }

    /// <summary>Checks one more part of the global level.</summary>
    public void Check(ConfigBlock part, CheckedBlock root) => CheckChildren(part, root, DirectiveStatus.InEffect);

    private void CheckChildren(ConfigBlock written, CheckedBlock into, DirectiveStatus outer)
    {
        foreach (ConfigNode node in written.Children)
        {
            switch (_dialect.Read(node, into.Kind))
            {
                case ConfigBlock block:
                    CheckBlock(block, into, outer);
                    break;
                case ConfigDirective line when CheckDirective(line, into.Kind, outer) is { } directive:
                    into.Directives.Add(directive);
                    break;
                case ConfigDirective line when DirectiveTable.Find(into.Kind, line.Name) is { } unread:
                    into.AddUnread(unread.Name);
                    break;
            }
        }
    }

    private void CheckBlock(ConfigBlock block, CheckedBlock parent, DirectiveStatus outer)
    {
        _secretAwaited = false;
        if (BlockTable.Find(block.Name) is not { } rule)
        {
            // What stands inside an unknown block means nothing here.
            _unknown.ReportBlock(block);
            return;
        }

        if (!rule.Parents.HasFlag(parent.Kind))
        {
            string where = parent.Kind == BlockKind.Global ? "at global level"
                : parent.Kind == BlockKind.ProviderFile ? $"in {BlockTable.Describe(parent.Kind)}"
                : $"inside {BlockTable.Describe(parent.Kind)} of line {parent.At.Line}";
            problems.Error(block.At, $"<{rule.Tag}> cannot stand {where}; it belongs {BlockTable.Into(rule.Parents)}");
        }

        if (outer == DirectiveStatus.InEffect)
        {
            tally.Count(rule);
        }

        if (rule.Status == DirectiveStatus.NotYet)
        {
            problems.Once($"block {rule.Tag}", block.At, ConfigSeverity.Warning, $"<{rule.Tag}> is not supported yet and has no effect");
        }

        var checkedBlock = new CheckedBlock(rule.Kind, Argument(block, rule), block.At, block.TextColumn, block.Children.Count);
        if (rule.Choices.Count > 0 && checkedBlock.Argument.Length > 0 && !rule.Choices.Contains(checkedBlock.Argument, StringComparer.OrdinalIgnoreCase))
        {
            problems.Error(block.TextAt, $"<{rule.Tag}>: {ValueParsers.Show(checkedBlock.Argument)} is none of: {string.Join(", ", rule.Choices)}");
        }

        // Whether a provider file has an effect is said of the directive that names it, once.
        CheckChildren(block, checkedBlock, Worse(outer, rule.Kind == BlockKind.Provider ? DirectiveStatus.NotYet : rule.Status));
        _secretAwaited = false;
        if (rule.Parents.HasFlag(parent.Kind) && (checkedBlock.Argument.Length > 0 || rule.Argument != ArgumentUse.Required))
        {
            parent.Add(checkedBlock);
        }
        else
        {
            parent.AddUnread(rule.Tag);
        }
    }

    private string Argument(ConfigBlock block, BlockRule rule)
    {
        if (block.Text is ['"', ..])
        {
            if (Quoting.TryUnquote(block.Text, out string plain) && !string.IsNullOrWhiteSpace(plain))
            {
                return plain;
            }

            string fault = Quoting.EndOfQuoted(block.Text) < 0 ? "the quote is never closed"
                : Quoting.EndOfQuoted(block.Text) < block.Text.Length ? "text behind the closing quote" : "argument missing";
            problems.Error(block.TextAt, $"<{rule.Tag}>: {fault}");
            return "";
        }

        if (block.Text.Length == 0 && rule.Argument == ArgumentUse.Required)
        {
            problems.Error(block.TextAt, $"<{rule.Tag}>: argument missing");
        }
        else if (block.Text.Length > 0 && rule.Argument == ArgumentUse.None)
        {
            problems.Warn(block.TextAt, $"<{rule.Tag}> takes no argument");
        }
        else if (rule.Kind != BlockKind.AccountingFile && block.Text.AsSpan().ContainsAny(' ', '\t'))
        {
            problems.Error(block.TextAt, $"<{rule.Tag}>: {ValueParsers.Show(block.Text)} has blanks; one word is expected");
            return "";
        }

        if (rule.Kind != BlockKind.AccountingFile && block.Text.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0)
        {
            problems.Warn(block.TextAt, $"<{rule.Tag}>: {ValueParsers.Show(block.Text)} is read as it stands; write <{rule.Tag} "
                + $"{SecretText.Name(block.Text[(equals + 1)..])}>, without =");
        }

        return block.Text;
    }

    private CheckedDirective? CheckDirective(ConfigDirective written, BlockKind scope, DirectiveStatus outer)
    {
        Directive? directive = DirectiveTable.Find(scope, written.Name);
        bool hidden = _secretAwaited;
        _secretAwaited = SecretText.HidesNext(written.Name, written.Text);
        if (directive is null)
        {
            _unknown.ReportDirective(written, scope, hidden);
            return null;
        }

        if (written.Text.Length == 0)
        {
            problems.Error(written.TextAt, $"{directive.Name}: argument missing; it takes {directive.Form.Shape}");
            return null;
        }

        if (!directive.Form.TryRead(written.Text, _reading, out object? value))
        {
            if (Habit(written.Text, directive.Form) is { } habit)
            {
                problems.Error(written.TextAt.Right(habit == "=" ? 0 : written.Text.Length - 1), $"{directive.Name}: the value is written without {habit}");
                return null;
            }

            // By name: what is a secret in another block may have been meant for that one. Forms of secrets show none in their faults.
            bool hide = !directive.Form.IsSecret && SecretText.IsSecret(directive.Name);
            string fault = hide ? $"the value cannot be read; it takes {directive.Form.Shape}" : _reading.Fault;
            problems.Error(written.TextAt.Right(_reading.FaultOffset), $"{directive.Name}: {fault}");
            return null;
        }

        if (!directive.Form.IsSecret && (written.Text.StartsWith("= ", StringComparison.Ordinal) || written.Text[0] is '\u201C' or '\u201D' or '\u201E'))
        {
            string instead = written.Text[0] == '=' ? "" : ", or write \"";
            problems.Warn(written.TextAt, $"{directive.Name}: {written.Text[0]} is read as a part of the value; leave it out{instead}");
        }

        if (_reading.Caution.Length > 0)
        {
            problems.Once($"caution {directive.Name} {_reading.Caution}", written.TextAt, ConfigSeverity.Warning, $"{directive.Name}: {_reading.Caution}");
        }

        Report(directive, value, written.At, outer);
        return new CheckedDirective(directive, value, written.At, written.TextColumn);
    }

    /// <summary>The sign of another program's language that alone spoils a value; null when it is not that.</summary>
    private string? Habit(string text, ValueForm form)
    {
        bool equals = text is ['=', ..];
        string plain = equals ? text[1..].TrimStart() : text.TrimEnd(';').TrimEnd();
        return plain.Length > 0 && plain.Length < text.Length && form.TryRead(plain, new ValueReading(baseDirectory), out _) ? equals ? "=" : ";" : null;
    }

    private void Report(Directive directive, object? value, ConfigPosition at, DirectiveStatus outer)
    {
        // "no" to something Godwit does not do is obeyed.
        bool obeyed = directive.Status == DirectiveStatus.NotYet && (value is false || Says(directive, value, directive.Harmless));
        tally.Count(directive, outer, obeyed);
        if (directive.Replacement.Length == 0 && (outer != DirectiveStatus.InEffect || obeyed || directive.Status == DirectiveStatus.InEffect))
        {
            return;
        }

        (ConfigSeverity severity, string message) = directive switch
        {
            { Replacement.Length: > 0, Status: DirectiveStatus.InEffect } =>
                (ConfigSeverity.Note, $"{directive.Name} is an old form, still read; use {directive.Replacement}"),
            { Replacement.Length: > 0 } => (ConfigSeverity.Warning, $"{directive.Name} is an old form and has no effect; use {directive.Replacement}"),
            { Status: DirectiveStatus.NoEffect } => (ConfigSeverity.Note, $"{directive.Name} is accepted without effect: {directive.Reason}"),
            // What is ignored would handle mail less safely than asked for.
            { Harmless.Length: > 0 } => (ConfigSeverity.Error, $"{directive.Name} is not supported yet, and without it {directive.Reason}"),
            { Reason.Length: > 0 } => (ConfigSeverity.Warning, $"{directive.Name} has no effect here: {directive.Reason}"),
            _ => (ConfigSeverity.Warning, $"{directive.Name} has no effect: not supported yet"),
        };
        problems.Once($"{severity} {directive.Name} {directive.Scope}", at, severity, message);
    }

    private static bool Says(Directive directive, object? value, string word) =>
        word.Length > 0 && (value is null ? "\"\"" : directive.Form.Print(value)).Equals(word, StringComparison.OrdinalIgnoreCase);

    private static DirectiveStatus Worse(DirectiveStatus a, DirectiveStatus b) => a == DirectiveStatus.InEffect ? b : a;
}
