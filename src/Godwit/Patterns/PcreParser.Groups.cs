// What may stand in parentheses.

using System.Text;

namespace Godwit.Patterns;

internal sealed partial class PcreParser
{
    private static readonly (string Head, PcreGroupKind Kind)[] _heads =
    [
        ("?:", PcreGroupKind.Plain), ("?>", PcreGroupKind.Atomic),
        ("?=", PcreGroupKind.Look), ("?!", PcreGroupKind.Look), ("?<=", PcreGroupKind.Look), ("?<!", PcreGroupKind.Look),
    ];

    private static readonly (string Head, string Fault)[] _refused =
    [
        ("*", "verbs such as (*FAIL) are not supported"),
        ("?|", "(?| is not supported; write (?: instead"),
        ("?(", "conditions are not supported; write two patterns"),
        ("?C", "callouts are not supported"),
        ("?R", "recursion is not supported"),
        ("?&", "recursion is not supported"),
        ("?P>", "recursion is not supported"),
    ];

    private readonly List<(string Name, int Number, int Offset)> _references = [];
    private readonly HashSet<string> _names = [];
    private int _captures;

    private PcreNode? Group()
    {
        int start = _at++;
        foreach ((string refused, string fault) in _refused)
        {
            if (Take(refused))
            {
                return Fail(fault, start);
            }
        }

        if (Take("?P="))
        {
            return TakeUpTo(')') is { } name ? Reference(name, 0, start) : Fail("the ( is never closed", start);
        }

        if (_depth++ >= MaxDepth)
        {
            return Fail($"parentheses are nested more than {MaxDepth} deep", start);
        }

        PcreFlags outer = _flags;
        if (Head(start, out PcreGroupKind kind) is not { } head)
        {
            return null;
        }

        if (head is [.., ')'])
        {
            // Flags for the rest of the group around.
            _depth--;
            return new PcreMark(PcreMarkKind.Flag, head == "(?)" ? "" : head);
        }

        PcreNode? body = Choice();
        if (body is not null && !Take(')'))
        {
            return Fail("this ( is never closed; a bracket that is meant is written \\(", start);
        }

        _flags = outer;
        _depth--;
        return body is null ? null : new PcreGroup(kind, head, body);
    }

    /// <summary>Reads from behind the bracket up to the body; null after a fault.</summary>
    private string? Head(int start, out PcreGroupKind kind)
    {
        kind = PcreGroupKind.Plain;
        foreach ((string head, PcreGroupKind known) in _heads)
        {
            if (Take(head))
            {
                kind = known;
                return "(" + head;
            }
        }

        if (text.AsSpan(_at) is not ['?', ..])
        {
            _captures++;
            return "(";
        }

        if (Take("?P<") || Take("?<") || Take("?'"))
        {
            return NamedHead(start);
        }

        _at++;
        if (text.AsSpan(_at) is [>= '0' and <= '9' or '+', ..] or ['-', >= '0' and <= '9', ..])
        {
            Fail("recursion is not supported", start);
            return null;
        }

        return FlagsHead(start);
    }

    private string? NamedHead(int start)
    {
        string? name = TakeUpTo(text[_at - 1] == '<' ? '>' : '\'');
        if (name is null or "" || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            Fail("the name of the group is missing or has characters that are neither letters, digits nor _", start);
            return null;
        }

        _names.Add(name);
        return $"(?<{name}>";
    }

    private string? FlagsHead(int start)
    {
        var letters = new StringBuilder("(?");
        bool on = true;
        while (_at < text.Length && text[_at] is not (')' or ':'))
        {
            char c = text[_at++];
            (bool known, _flags) = c switch
            {
                '-' => (on, _flags),
                'i' => (true, _flags with { IgnoreCase = on }),
                's' => (true, _flags with { DotAll = on }),
                'm' => (true, _flags with { MultiLine = on }),
                'x' => (true, _flags with { Extended = on }),
                _ => (false, _flags),
            };
            if (!known)
            {
                Fail($"(?{c} is not supported; the flags are i, m, s and x", start);
                return null;
            }

            on &= c != '-';
            // Blanks of extended patterns are left out here already, because .NET would read a # of its own way.
            letters.Append(c == 'x' ? "" : c);
        }

        if (_at == text.Length)
        {
            Fail("this ( is never closed; a bracket that is meant is written \\(", start);
            return null;
        }

        string head = letters.ToString().TrimEnd('-');
        return head + text[_at++];
    }

    /// <summary>A back reference, by name or by number.</summary>
    private PcreGroup Reference(string name, int number, int start)
    {
        _references.Add((name, number, start));
        return new PcreGroup(PcreGroupKind.Plain, "(?:", new PcreMark(PcreMarkKind.Text, name.Length > 0 ? $"\\k<{name}>" : $"\\{number}"));
    }

    private bool ReferencesExist()
    {
        foreach ((string name, int number, int offset) in _references)
        {
            // .NET numbers named groups last, PCRE where they stand.
            bool exists = name.Length > 0 ? _names.Contains(name) : number <= _captures + _names.Count && (_captures == 0 || _names.Count == 0);
            if (!exists)
            {
                Fail(name.Length == 0 && number <= _captures + _names.Count
                    ? "a reference by number in a pattern with named groups; refer to the group by its name"
                    : "the group that this refers to does not exist", offset);
                return false;
            }
        }

        return true;
    }
}
