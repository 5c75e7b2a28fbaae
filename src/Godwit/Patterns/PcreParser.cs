// Regular expressions as configurations have them: Perl's syntax as PCRE 8 reads it, ignoring case unless (?-i) says otherwise.
// What .NET writes differently is translated; what it cannot do is refused with a sentence and its place. Owned by one reading.
// Escapes and classes are in PcreParser.Escapes.cs, what stands behind an opening parenthesis in PcreParser.Groups.cs.

namespace Godwit.Patterns;

/// <summary>Takes one pattern apart.</summary>
internal sealed partial class PcreParser(string text)
{
    /// <summary>Characters of a pattern: ten times the longest alternation of provider names seen; keeps the cost of reading a file in its length.</summary>
    public const int MaxLength = 10_000;

    /// <summary>Parentheses in parentheses: the parser and .NET's recurse here.</summary>
    public const int MaxDepth = 50;

    /// <summary>PCRE's own bound.</summary>
    private const int MaxRepeats = 65535;

    private int _at;
    private int _depth;
    private bool _quoted;
    private PcreFlags _flags = new(IgnoreCase: true, MultiLine: false, DotAll: false, Extended: false);

    public string Fault { get; private set; } = "";

    /// <summary>Where in the pattern the fault stands.</summary>
    public int FaultOffset { get; private set; }

    /// <summary>Set when the pattern is taken, but probably not what was meant.</summary>
    public string Caution { get; private set; } = "";

    /// <summary>The pattern's pieces; null with a <see cref="Fault"/>.</summary>
    public PcreNode? Parse()
    {
        if (text.Length > MaxLength)
        {
            return Fail($"the pattern is longer than {MaxLength} characters; write several", MaxLength);
        }

        PcreNode? whole = Choice();
        if (whole is not null && _at < text.Length)
        {
            return Fail("this ) closes nothing; a bracket that is meant is written \\)", _at);
        }

        return whole is not null && ReferencesExist() ? whole : null;
    }

    private PcreNode? Choice()
    {
        var options = new List<PcreNode>();
        do
        {
            if (Sequence() is not { } option)
            {
                return null;
            }

            options.Add(option);
        }
        while (Take('|'));
        return options.Count == 1 ? options[0] : new PcreChoice(options);
    }

    private PcreSequence? Sequence()
    {
        var items = new List<PcreNode>();
        while (SkipIgnored() && (_quoted || text[_at] is not ('|' or ')')))
        {
            if (Item() is not { } item)
            {
                return null;
            }

            items.Add(item);
        }

        return new PcreSequence(items);
    }

    /// <summary>Passes what means nothing: ends of quotes, blanks in extended patterns. False at the end of the pattern.</summary>
    private bool SkipIgnored()
    {
        while (_at < text.Length)
        {
            if (Take("\\E"))
            {
                _quoted = false;
            }
            else if (!_quoted && Take("\\Q"))
            {
                _quoted = true;
            }
            else if (!_quoted && _flags.Extended && char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>One piece and how often it is there.</summary>
    private PcreNode? Item()
    {
        int start = _at;
        PcreNode? piece = _quoted ? Literal(text[_at++]) : Piece();
        int end = _at;
        if (piece is null || !SkipIgnored() || _quoted || !TryQuantifier(out int least, out int most))
        {
            return Fault.Length == 0 ? piece : null;
        }

        if (piece is PcreMark)
        {
            return Fail($"\"{text[start..end]}\" cannot be repeated", start);
        }

        string tail = Take('?') ? "?" : Take('+') ? "+" : "";
        int behind = _at;
        return SkipIgnored() && !_quoted && TryQuantifier(out _, out _)
            ? Fail("a repetition of a repetition; put the first with what it repeats into (?: )", behind)
            : Fault.Length == 0 ? new PcreLoop(piece, least, most, tail, start..behind) : null;
    }

    private PcreNode? Piece()
    {
        char c = text[_at];
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                return Class();
            case '\\':
                return Escape();
            case '*' or '+' or '?':
                return Fail($"nothing stands before {c} that could be repeated; a {c} that is meant is written \\{c}", _at);
            case '{' when _at is var start && TryQuantifier(out _, out _):
                return Fail("nothing stands before { that could be repeated", start);
        }

        _at++;
        return c switch
        {
            '^' => new PcreMark(_flags.MultiLine ? PcreMarkKind.Place : PcreMarkKind.Start, "^"),
            '$' => new PcreMark(_flags.MultiLine ? PcreMarkKind.Place : PcreMarkKind.End, "$"),
            '.' => new PcreLetter(".", _flags.DotAll ? LetterSet.All : LetterSet.Of('\n').Not()),
            _ => Literal(c),
        };
    }

    /// <summary>Takes <c>*</c>, <c>+</c>, <c>?</c>, <c>{2}</c>, <c>{2,}</c>, <c>{2,5}</c>. Braces around anything else are literal.</summary>
    private bool TryQuantifier(out int least, out int most)
    {
        (least, most) = (_at < text.Length ? text[_at] : '\0') switch
        {
            '*' => (0, PcreLoop.Endless),
            '+' => (1, PcreLoop.Endless),
            '?' => (0, 1),
            _ => (-1, 0),
        };
        if (least >= 0)
        {
            _at++;
            return true;
        }

        int start = _at;
        if (!Take('{') || !TryNumber(out least))
        {
            _at = start;
            return false;
        }

        most = least;
        if (Take(',') && !TryNumber(out most))
        {
            most = PcreLoop.Endless;
        }

        if (!Take('}'))
        {
            _at = start;
            return false;
        }

        if (Math.Max(least, most) > MaxRepeats || (most != PcreLoop.Endless && most < least))
        {
            Fail(Math.Max(least, most) > MaxRepeats ? $"more than {MaxRepeats} repetitions" : "the numbers are the wrong way round", start);
            return false;
        }

        return true;
    }

    private PcreLetter Literal(char c) => new(System.Text.RegularExpressions.Regex.Escape(c.ToString()), Cased(LetterSet.Of(c)));

    private LetterSet Cased(LetterSet set) => _flags.IgnoreCase ? set.IgnoringCase() : set;

    /// <summary>Digits as a number; one that is too large stays too large.</summary>
    private bool TryNumber(out int number)
    {
        int start = _at;
        number = 0;
        for (; _at < text.Length && char.IsAsciiDigit(text[_at]); _at++)
        {
            number = Math.Min(number * 10 + (text[_at] - '0'), MaxRepeats + 1);
        }

        return _at > start;
    }

    private bool Take(char c)
    {
        bool there = _at < text.Length && text[_at] == c;
        _at += there ? 1 : 0;
        return there;
    }

    private bool Take(string word)
    {
        bool there = string.CompareOrdinal(text, _at, word, 0, word.Length) == 0;
        _at += there ? word.Length : 0;
        return there;
    }

    /// <summary>What stands up to a closing character, which is taken too; null when it does not come.</summary>
    private string? TakeUpTo(char close)
    {
        int end = text.IndexOf(close, _at);
        if (end < 0)
        {
            return null;
        }

        string inner = text[_at..end];
        _at = end + 1;
        return inner;
    }

    /// <summary>Keeps the first fault; always null, so that a reader can end with it.</summary>
    private PcreNode? Fail(string sentence, int offset)
    {
        if (Fault.Length == 0)
        {
            Fault = sentence;
            FaultOffset = offset;
        }

        return null;
    }

    /// <summary>What <c>(?i)</c>, <c>(?m)</c>, <c>(?s)</c> and <c>(?x)</c> switch, up to the end of the group.</summary>
    private readonly record struct PcreFlags(bool IgnoreCase, bool MultiLine, bool DotAll, bool Extended);
}
