// One configuration text, line by line: comments cut, blanks trimmed, tags and directives told apart. Values stay as written;
// what quotes and commas mean is the directive's business. Owned by the reader of one file; reports lines that are neither, and goes on.

using System.Collections.Frozen;

namespace Godwit.Settings;

internal enum ConfigLineKind : byte
{
    Directive,
    OpenTag,
    CloseTag,
}

/// <summary>One line that says something.</summary>
/// <param name="Column">Where the name stands; for a tag, where its bracket stands.</param>
/// <param name="Name">The directive or tag as written; <c>/</c> when the line starts with a regular expression.</param>
/// <param name="Text">The value or the tag's argument, trimmed.</param>
/// <param name="TextColumn">Where <paramref name="Text"/> stands, or would stand.</param>
internal readonly record struct ConfigLine(ConfigLineKind Kind, int Line, int Column, string Name, string Text, int TextColumn);

/// <summary>Walks the lines of one text.</summary>
internal ref struct ConfigLexer(string file, string text, ProblemList problems)
{
    /// <summary>Nearly every name is a word of the tables: its string is there already.</summary>
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _words =
        DirectiveTable.All.Select(d => d.Name).Concat(BlockTable.All.Select(b => b.Tag)).ToFrozenSet(StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    // A byte order mark is an editor's habit, not text.
    private ReadOnlySpan<char> _rest = text.AsSpan(text is ['\uFEFF', ..] ? 1 : 0);
    private int _line;

    /// <summary>Moves to the next line that says something.</summary>
    public bool Next(out ConfigLine line)
    {
        while (!_rest.IsEmpty)
        {
            ReadOnlySpan<char> whole = TakeLine();
            // A # starts a comment anywhere, also inside quotes, regular expressions and passwords.
            int comment = whole.IndexOf('#');
            ReadOnlySpan<char> said = (comment < 0 ? whole : whole[..comment]).TrimEnd();
            int start = said.Length - said.TrimStart().Length;
            if (start < said.Length && IsReadable(said) && Split(said[start..], start + 1, out line))
            {
                return true;
            }
        }

        line = default;
        return false;
    }

    private ReadOnlySpan<char> TakeLine()
    {
        int end = _rest.IndexOf('\n');
        ReadOnlySpan<char> line = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? [] : _rest[(end + 1)..];
        _line++;
        return line is [.., '\r'] ? line[..^1] : line;
    }

    private readonly bool IsReadable(ReadOnlySpan<char> said)
    {
        for (int i = 0; i < said.Length; i++)
        {
            if (said[i] == '\uFFFD')
            {
                problems.Once($"utf8 {file}", new ConfigPosition(file, _line, i + 1), ConfigSeverity.Warning,
                    "the file is not valid UTF-8 here; save it as UTF-8");
            }
            else if (said[i] is '\u00AD' or '\u200B' or '\u2060' or '\uFEFF')
            {
                problems.Error(new ConfigPosition(file, _line, i + 1), $"invisible character U+{(int)said[i]:X4} in the line; remove it");
                return false;
            }
            else if (char.IsControl(said[i]) && !char.IsWhiteSpace(said[i]) || said[i] == '\r')
            {
                problems.Error(new ConfigPosition(file, _line, i + 1), $"control character 0x{(int)said[i]:x2} in the line");
                return false;
            }
        }

        return true;
    }

    private readonly bool Split(ReadOnlySpan<char> said, int column, out ConfigLine line)
    {
        if (said[0] == '<')
        {
            return SplitTag(said, column, out line);
        }

        if (said[0] == '/')
        {
            line = new ConfigLine(ConfigLineKind.Directive, _line, column, "/", said.ToString(), column);
            return true;
        }

        int end = BlankOrEnd(said);
        ReadOnlySpan<char> value = said[end..].TrimStart();
        line = new ConfigLine(ConfigLineKind.Directive, _line, column, Word(said[..end]), value.ToString(), column + said.Length - value.Length);
        return true;
    }

    private readonly bool SplitTag(ReadOnlySpan<char> said, int column, out ConfigLine line)
    {
        var at = new ConfigPosition(file, _line, column);
        line = default;
        if (said.Length > 1 && said[1] is '!' or '?')
        {
            problems.Error(at, "this is no tag; a comment begins with #");
            return false;
        }

        int close = EndOfTag(said);
        if (close < 0)
        {
            problems.Error(at.Right(said.Length), "the tag has no closing \">\"");
            close = said.Length;
        }
        else if (said[(close + 1)..].Contains("</", StringComparison.Ordinal))
        {
            problems.Error(at.Right(close + 1), "a block on one line; the tag, each directive and the closing tag stand on lines of their own");
            return false;
        }
        else if (close < said.Length - 1)
        {
            problems.Error(at.Right(close + 1), "text behind a tag; write it on a line of its own");
        }

        ReadOnlySpan<char> inner = said[1..close];
        bool closing = inner is ['/', ..];
        ReadOnlySpan<char> words = inner[(closing ? 1 : 0)..].Trim();
        int end = BlankOrEnd(words);
        ReadOnlySpan<char> argument = words[end..].TrimStart();
        int offset = said[..close].TrimEnd().Length - argument.Length;
        if (words.IsEmpty)
        {
            problems.Error(at, "the tag has no name");
            return false;
        }

        ConfigLineKind kind = closing ? ConfigLineKind.CloseTag : ConfigLineKind.OpenTag;
        line = new ConfigLine(kind, _line, column, Word(words[..end]), argument.ToString(), column + offset);
        return true;
    }

    /// <summary>The last bracket where the argument may have brackets of its own: a command, or a text in quotes.</summary>
    private static int EndOfTag(ReadOnlySpan<char> said)
    {
        int first = said.IndexOf('>');
        ReadOnlySpan<char> inner = said[1..].TrimStart();
        bool isLast = inner.IndexOfAny(" \t>") is var end and >= 0 && inner[end] != '>'
            && (inner.Contains('"') || inner[..end].Equals("acct-file", StringComparison.OrdinalIgnoreCase));
        return isLast ? said.LastIndexOf('>') : first;
    }

    private static string Word(ReadOnlySpan<char> name) => _words.TryGetValue(name, out string? known) ? known : name.ToString();

    private static int BlankOrEnd(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                return i;
            }
        }

        return text.Length;
    }
}
