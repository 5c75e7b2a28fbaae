// The tree as written to the tree as meant: every name looked up in the tables, every value read. What cannot be used is reported and left out.
// Owned by one load. Knows one line at a time; what lines mean together is SettingsBuilder's.

namespace Godwit.Settings;

/// <summary>A directive whose value was read. A null value is an explicit <c>""</c>.</summary>
internal sealed record CheckedDirective(Directive Directive, object? Value, ConfigPosition At, ConfigPosition ValueAt);

/// <summary>A block whose directives were read.</summary>
internal sealed record CheckedBlock(BlockKind Kind, string Argument, ConfigPosition At, ConfigPosition ArgumentAt)
{
    public List<CheckedDirective> Directives { get; } = [];

    public List<CheckedBlock> Blocks { get; } = [];
}

/// <summary>Checks nodes against <see cref="DirectiveTable"/> and <see cref="BlockTable"/>.</summary>
internal sealed class ConfigChecker(ProblemList problems, DirectiveTally tally, string baseDirectory)
{
    private readonly ValueReading _reading = new(baseDirectory);

    public CheckedBlock Check(ConfigBlock root)
    {
        var checkedRoot = new CheckedBlock(BlockKind.Global, "", root.At, root.TextAt);
        CheckChildren(root, checkedRoot, DirectiveStatus.InEffect);
        return checkedRoot;
    }

    private void CheckChildren(ConfigBlock written, CheckedBlock into, DirectiveStatus outer)
    {
        foreach (ConfigNode node in written.Children)
        {
            if (node is ConfigBlock block)
            {
                CheckBlock(block, into, outer);
            }
            else if (CheckDirective((ConfigDirective)node, into.Kind, outer) is { } directive)
            {
                into.Directives.Add(directive);
            }
        }
    }

    private void CheckBlock(ConfigBlock block, CheckedBlock parent, DirectiveStatus outer)
    {
        if (BlockTable.Find(block.Name) is not { } rule)
        {
            // What stands inside an unknown block means nothing here.
            tally.CountUnknown();
            if (problems.IsFull(ConfigSeverity.Warning) || problems.Again($"block {block.Name}"))
            {
                return;
            }

            string hint = Spelling.Hint(block.Name, BlockTable.All.Select(b => b.Tag));
            problems.Once($"block {block.Name}", block.At, ConfigSeverity.Warning, $"<{block.Name}> is unknown and has no effect{hint}");
            return;
        }

        if (!rule.Parents.HasFlag(parent.Kind))
        {
            string where = parent.Kind == BlockKind.Global ? "at global level" : $"inside {BlockTable.Describe(parent.Kind)} of line {parent.At.Line}";
            problems.Error(block.At, $"<{rule.Tag}> cannot stand {where}; it belongs {Into(rule.Parents)}");
        }

        if (rule.Status == DirectiveStatus.NotYet)
        {
            problems.Once($"block {rule.Tag}", block.At, ConfigSeverity.Warning, $"<{rule.Tag}> is not supported yet and has no effect");
        }

        var checkedBlock = new CheckedBlock(rule.Kind, Argument(block, rule), block.At, block.TextAt);
        CheckChildren(block, checkedBlock, Worse(outer, rule.Status));
        if (rule.Parents.HasFlag(parent.Kind) && (checkedBlock.Argument.Length > 0 || rule.Argument != ArgumentUse.Required))
        {
            parent.Blocks.Add(checkedBlock);
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
        }

        return block.Text;
    }

    private CheckedDirective? CheckDirective(ConfigDirective written, BlockKind scope, DirectiveStatus outer)
    {
        Directive? directive = DirectiveTable.Find(scope, written.Name);
        if (directive is null)
        {
            ReportUnknown(written, scope);
            return null;
        }

        if (written.Text.Length == 0)
        {
            problems.Error(written.TextAt, $"{directive.Name}: argument missing; it takes {directive.Form.Shape}");
            return null;
        }

        if (!directive.Form.TryRead(written.Text, _reading, out object? value))
        {
            problems.Error(written.TextAt.Right(_reading.FaultOffset), $"{directive.Name}: {_reading.Fault}");
            return null;
        }

        if (_reading.Caution.Length > 0)
        {
            problems.Warn(written.TextAt, $"{directive.Name}: {_reading.Caution}");
        }

        Report(directive, value, written.At, outer);
        return new CheckedDirective(directive, value, written.At, written.TextAt);
    }

    private void Report(Directive directive, object? value, ConfigPosition at, DirectiveStatus outer)
    {
        tally.Count(directive, Worse(outer, directive.Status));
        // "no" to something Godwit does not do is obeyed.
        bool silent = directive.Replacement.Length == 0
            && (outer != DirectiveStatus.InEffect || directive.Status == DirectiveStatus.InEffect
                || (directive.Status == DirectiveStatus.NotYet && value is false));
        if (silent)
        {
            return;
        }

        (ConfigSeverity severity, string message) = directive switch
        {
            { Replacement.Length: > 0, Status: DirectiveStatus.InEffect } =>
                (ConfigSeverity.Note, $"{directive.Name} is an old form, still read; use {directive.Replacement}"),
            { Replacement.Length: > 0 } => (ConfigSeverity.Warning, $"{directive.Name} is an old form and has no effect; use {directive.Replacement}"),
            { Status: DirectiveStatus.NoEffect } => (ConfigSeverity.Note, $"{directive.Name} is accepted without effect: {directive.Reason}"),
            _ when AsksForMore(directive, value) =>
                (ConfigSeverity.Error, $"{directive.Name} {directive.Unsafe} is not supported yet, and without it {directive.Reason}"),
            { Unsafe.Length: 0, Reason.Length: > 0 } => (ConfigSeverity.Warning, $"{directive.Name} has no effect here: {directive.Reason}"),
            _ => (ConfigSeverity.Warning, $"{directive.Name} has no effect: not supported yet"),
        };
        problems.Once($"{severity} {directive.Name} {directive.Scope}", at, severity, message);
    }

    /// <summary>Whether ignoring the value would handle mail less safely than asked for.</summary>
    private static bool AsksForMore(Directive directive, object? value) =>
        directive.Unsafe.Length > 0 && value is not null && directive.Form.Print(value).Equals(directive.Unsafe, StringComparison.OrdinalIgnoreCase);

    private void ReportUnknown(ConfigDirective written, BlockKind scope)
    {
        tally.CountUnknown();
        string key = $"unknown {written.Name} {(int)scope}";
        if (problems.IsFull(ConfigSeverity.Warning) || problems.Again(key))
        {
            return;
        }

        string name = written.Name.Length <= 60 ? written.Name : written.Name[..60] + "...";
        BlockKind elsewhere = DirectiveTable.ScopesOf(written.Name);
        string message;
        if (elsewhere != BlockKind.None)
        {
            string here = scope == BlockKind.Global ? "at global level" : $"inside {BlockTable.Describe(scope)}";
            message = $"{name} has no effect {here}; it belongs {Into(elsewhere)}";
        }
        else
        {
            // max-smtp-out=20 is the habit of other programs' files.
            string word = written.Name.Split('=')[0];
            string hint = word.Length < written.Name.Length && DirectiveTable.Find(scope, word) is not null ? $"; write \"{word} VALUE\", without ="
                : Spelling.Hint(word, DirectiveTable.NamesIn(scope));
            message = $"{name} is unknown and has no effect{hint}";
        }

        problems.Once(key, written.At, ConfigSeverity.Warning, message);
    }

    private static string Into(BlockKind scopes) => $"{(scopes == BlockKind.Global ? "" : "into ")}{BlockTable.Describe(scopes)}";

    private static DirectiveStatus Worse(DirectiveStatus a, DirectiveStatus b) => a == DirectiveStatus.InEffect ? b : a;
}
