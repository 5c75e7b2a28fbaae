// Backslashes and brackets. Classes such as \d mean ASCII, as PCRE has them; .NET's would take digits of every script.

using System.Globalization;
using System.Text;

namespace Godwit.Patterns;

internal sealed partial class PcreParser
{
    private const string Word = "a-zA-Z0-9_";
    private const string Space = "\t-\r ";
    private const string Horizontal = "\t \u00a0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000";
    private const string Vertical = "\n-\r\u0085\u2028\u2029";

    private static readonly (char Letter, string Items)[] _sets = [('d', "0-9"), ('w', Word), ('s', Space), ('h', Horizontal), ('v', Vertical)];

    private static readonly (string Name, string Items)[] _posix =
    [
        ("alpha", "a-zA-Z"), ("digit", "0-9"), ("alnum", "a-zA-Z0-9"), ("upper", "A-Z"), ("lower", "a-z"), ("space", Space), ("blank", "\t "),
        ("punct", "!-/:-@[-`{-~"), ("xdigit", "0-9a-fA-F"), ("cntrl", "\0-\x1f\x7f"), ("print", " -~"), ("graph", "!-~"), ("word", Word), ("ascii", "\0-\x7f"),
    ];

    /// <summary>A backslash outside brackets.</summary>
    private PcreNode? Escape()
    {
        int start = _at++;
        if (_at == text.Length)
        {
            return Fail("a \\ at the end stands for nothing", start);
        }

        char c = text[_at];
        switch (c)
        {
            case 'b' or 'B' or 'A' or 'Z' or 'z' or 'G':
                _at++;
                PcreMarkKind place = c switch { 'A' => PcreMarkKind.Start, 'Z' or 'z' => PcreMarkKind.End, _ => PcreMarkKind.Place };
                return new PcreMark(place, $"\\{c}");
            case 'K':
                // Where the match begins does not matter: only whether there is one.
                _at++;
                return new PcreMark(PcreMarkKind.Flag, "");
            case 'R':
                _at++;
                return new PcreGroup(PcreGroupKind.Atomic, "(?>", new PcreMark(PcreMarkKind.Text, $"\r\n|[{Vertical}]"));
            case 'N':
                _at++;
                return new PcreLetter("[^\n]", LetterSet.Of('\n').Not());
            case 'g' or 'k':
                _at++;
                return NamedReference(start);
            case >= '1' and <= '9':
                TryNumber(out int number);
                return Reference("", number, start);
        }

        if (!TryEscapedItem(start, inClass: false, out string items, out LetterSet set, out int code))
        {
            return null;
        }

        // The case of a letter is what \p{Lu} asks for.
        return code >= 0 ? Literal((char)code) : set.IsKnown ? new PcreLetter(items, Cased(set)) : new PcreLetter($"(?-i:{items})", set);
    }

    /// <summary><c>\g1</c>, <c>\g{1}</c>, <c>\g{name}</c>, <c>\k&lt;name&gt;</c>, <c>\k'name'</c>, <c>\k{name}</c>.</summary>
    private PcreNode? NamedReference(int start)
    {
        int number;
        if (text[_at - 1] == 'g' && TryNumber(out number))
        {
            return Reference("", number, start);
        }

        string? name = Take('{') ? TakeUpTo('}') : Take('<') ? TakeUpTo('>') : Take('\'') ? TakeUpTo('\'') : null;
        if (name is null or "" or ['-' or '+', ..])
        {
            return Fail("write \\1, or \\k<name>, to refer to a group", start);
        }

        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out number) ? Reference("", number, start) : Reference(name, 0, start);
    }

    /// <summary>What a backslash means in and out of brackets: a character (<paramref name="code"/>), or a set with its text.</summary>
    private bool TryEscapedItem(int start, bool inClass, out string items, out LetterSet set, out int code)
    {
        (items, set, code) = ("", LetterSet.Unknown, -1);
        char c = text[_at++];
        foreach ((char letter, string members) in _sets)
        {
            if (char.ToLowerInvariant(c) == letter)
            {
                bool negated = char.IsAsciiLetterUpper(c);
                (items, set) = (inClass ? negated ? Others(members) : members : $"[{(negated ? "^" : "")}{members}]", LetterSet.Written(members));
                set = negated ? set.Not() : set;
                return true;
            }
        }

        code = c switch
        {
            'a' => '\a',
            'e' => '\x1b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\b',
            'x' => Hexadecimal(2),
            'u' => Hexadecimal(4),
            >= '0' and <= '7' => Octal(c - '0'),
            'c' when _at < text.Length && text[_at] is > ' ' and < '\x7f' => char.ToUpperInvariant(text[_at++]) ^ 0x40,
            'p' or 'P' => -1,
            _ => c,
        };
        if (c is 'p' or 'P')
        {
            items = Category(c);
            if (inClass && _flags.IgnoreCase && items is [_, _, '{', 'L', 'u' or 'l' or 't', '}'])
            {
                Fail($"{items} in brackets asks for a case that is ignored; write it outside, or (?-i) before", start);
            }
        }
        else if (c is 'c' or 'g' or 'k' or 'o' or 'C' or 'X' or 'L' or 'l' or 'U' or 'N' or 'R' or 'B' or 'G' && code == c)
        {
            Fail(inClass ? $"\\{c} means nothing in brackets" : $"\\{c} is not supported", start);
        }
        else if (code == c && char.IsAsciiLetterOrDigit(c) && Caution.Length == 0)
        {
            Caution = $"\\{c} in a pattern means the {(char.IsAsciiDigit(c) ? "digit" : "letter")} {c}; leave the backslash out";
        }

        return Fault.Length == 0;
    }

    /// <summary>Up to so many digits, or any number of them in braces.</summary>
    private int Hexadecimal(int most)
    {
        int start = _at;
        bool braces = Take('{');
        int code = 0;
        int digits = 0;
        for (; _at < text.Length && char.IsAsciiHexDigit(text[_at]) && (braces ? digits < 4 : digits < most); digits++)
        {
            code = code * 16 + Convert.ToInt32(text[_at++].ToString(), 16);
        }

        if ((braces && !Take('}')) || (digits == 0 && (braces || most == 4)))
        {
            Fail("a character is written \\x2f or \\x{2f}, up to \\x{ffff}", start);
        }

        return code;
    }

    private int Octal(int code)
    {
        for (int digits = 1; digits < 3 && _at < text.Length && text[_at] is >= '0' and <= '7'; digits++)
        {
            code = code * 8 + (text[_at++] - '0');
        }

        return code;
    }

    /// <summary><c>\p{L}</c>, <c>\pL</c>: .NET knows which categories there are.</summary>
    private string Category(char c)
    {
        int start = _at;
        string? name = Take('{') ? TakeUpTo('}') : _at < text.Length ? text[_at++].ToString() : null;
        if (name is null or "" || !name.All(char.IsAsciiLetterOrDigit))
        {
            Fail("a category of characters is written \\p{L}", start);
        }

        return $"\\{c}{{{name}}}";
    }

    /// <summary>A class in brackets. A ] that stands first is a character.</summary>
    private PcreLetter? Class()
    {
        int start = _at++;
        if (text.AsSpan(_at) is [':', ..] && text.AsSpan(_at + 1).IndexOf(":]") is var end && end > 0 && !text.AsSpan(_at + 1, end).Contains(']'))
        {
            Fail("a class such as [:alpha:] stands in brackets of its own: [[:alpha:]]", start);
            return null;
        }

        bool negated = Take('^');
        var items = new StringBuilder(negated ? "[^" : "[");
        LetterSet set = LetterSet.None;
        for (bool first = true; _at < text.Length && (first || _quoted || text[_at] != ']'); first = false)
        {
            if (Take("\\E"))
            {
                _quoted = false;
            }
            else if (!_quoted && Take("\\Q"))
            {
                _quoted = true;
            }
            else if (!TryClassItem(items, ref set))
            {
                return null;
            }
        }

        if (!Take(']'))
        {
            Fail("this [ is never closed; a bracket that is meant is written \\[", start);
            return null;
        }

        set = Cased(set);
        return new PcreLetter(items.Append(']').ToString(), negated ? set.Not() : set);
    }

    private bool TryClassItem(StringBuilder items, ref LetterSet set)
    {
        int start = _at;
        if (!_quoted && text[_at] == '[' && _at + 1 < text.Length && text[_at + 1] is ':' or '.' or '=' && TryPosix(items, ref set))
        {
            return Fault.Length == 0;
        }

        if (Fault.Length > 0 || !TryClassCharacter(out string item, out LetterSet one, out int from))
        {
            return false;
        }

        bool range = from >= 0 && !_quoted && _at + 1 < text.Length && text[_at] == '-' && text[_at + 1] != ']';
        if (!range)
        {
            items.Append(item);
            set = set.Or(one);
            return true;
        }

        _at++;
        if (!TryClassCharacter(out string end, out LetterSet last, out int to))
        {
            return false;
        }

        if (to >= 0 && to < from)
        {
            Fail("the range is the wrong way round", start);
            return false;
        }

        // Before a set such as \d the hyphen is a character.
        items.Append(item).Append(to < 0 ? "\\-" : "-").Append(end);
        set = set.Or(to < 0 ? one.Or(last).Or(LetterSet.Of('-')) : LetterSet.Range((char)from, (char)to));
        return true;
    }

    private bool TryClassCharacter(out string item, out LetterSet set, out int code)
    {
        int start = _at;
        if (_quoted || text[_at] != '\\')
        {
            code = text[_at++];
            set = LetterSet.Of((char)code);
        }
        else if (++_at == text.Length || !TryEscapedItem(start, inClass: true, out item, out set, out code))
        {
            (item, set, code) = ("", LetterSet.Unknown, -1);
            Fail("a \\ at the end stands for nothing", start);
            return false;
        }
        else if (code < 0)
        {
            return true;
        }

        item = (char)code is '\\' or ']' or '[' or '^' or '-' ? $"\\{(char)code}" : ((char)code).ToString();
        set = LetterSet.Of((char)code);
        return true;
    }

    /// <summary><c>[:alpha:]</c> inside brackets; false when it is none.</summary>
    private bool TryPosix(StringBuilder items, ref LetterSet set)
    {
        int start = _at;
        int end = text.IndexOf($"{text[_at + 1]}]", _at + 2, StringComparison.Ordinal);
        string name = end < 0 ? "" : text[(_at + 2)..end];
        bool negated = name is ['^', ..];
        name = negated ? name[1..] : name;
        if (name.Length == 0 || !name.All(char.IsAsciiLetter))
        {
            return false;
        }

        (string known, string members) = Array.Find(_posix, p => p.Name == (_flags.IgnoreCase && (name is "upper" or "lower") ? "alpha" : name));
        if (known is null || text[_at + 1] != ':')
        {
            Fail($"{text[start..(end + 2)]} is not supported; the classes are {string.Join(", ", _posix.Select(p => p.Name))}", start);
            return true;
        }

        _at = end + 2;
        // A bracket among the members would begin a subtraction.
        items.Append(negated ? Others(members) : members.Replace("[", "\\[", StringComparison.Ordinal));
        set = set.Or(negated ? LetterSet.Written(members).Not() : LetterSet.Written(members));
        return true;
    }

    /// <summary>
    /// Everything but these, as it is written in brackets. The four letters beyond ASCII that .NET takes for k, s and i where case is ignored are left
    /// out, or they would bring those in.
    /// </summary>
    private static string Others(string members)
    {
        const string Doubles = "\u0130\u0131\u017f\u212a";
        var left = new StringBuilder();
        int next = 0;
        foreach ((char from, char to) in LetterSet.Ranges(members + Doubles).Order())
        {
            if (next < from)
            {
                left.Append(CultureInfo.InvariantCulture, $"\\u{next:x4}-\\u{from - 1:x4}");
            }

            next = Math.Max(next, to + 1);
        }

        return left.Append(CultureInfo.InvariantCulture, $"\\u{next:x4}-\\uffff").ToString();
    }
}
