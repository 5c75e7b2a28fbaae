// A /pattern/ of the configuration, ready to be tried. Immutable; thread safe.

using System.Text;
using System.Text.RegularExpressions;

namespace Godwit.Settings;

/// <summary>A regular expression in Perl's syntax that ignores case unless <c>(?-i)</c> says otherwise. The empty one matches everything.</summary>
public sealed class PcrePattern : IEquatable<PcrePattern>
{
    /// <summary>
    /// The longest a match may take. Honest patterns need microseconds for the longest reply; this leaves room for a machine that was busy elsewhere
    /// meanwhile, and no reply, whoever wrote it, holds a queue up for longer.
    /// </summary>
    public static readonly TimeSpan MatchTime = TimeSpan.FromMilliseconds(250);

    private readonly Regex _regex;

    private PcrePattern(string text, Regex regex)
    {
        Text = text;
        _regex = regex;
    }

    /// <summary>As it is written, without the slashes around it.</summary>
    public string Text { get; }

    /// <summary>Whether the pattern occurs in a text. Never throws.</summary>
    /// <param name="ranOut">The match was given up after <see cref="MatchTime"/>; the answer is then no.</param>
    public bool IsMatch(ReadOnlySpan<char> subject, out bool ranOut)
    {
        try
        {
            ranOut = false;
            return _regex.IsMatch(subject);
        }
        catch (RegexMatchTimeoutException)
        {
            ranOut = true;
            return false;
        }
    }

    public bool Equals(PcrePattern? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as PcrePattern);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"/{Text}/";

    /// <summary>Reads the pattern that starts at <paramref name="at"/>; <paramref name="end"/> is behind its closing slash.</summary>
    internal static bool TryTake(string text, int at, ValueReading reading, out PcrePattern pattern, out int end)
    {
        pattern = null!;
        end = EndOf(text, at);
        if (end <= 0)
        {
            return reading.Fail(
                end == 0 ? $"{ValueParsers.Show(text[at..])} does not start with /"
                : "the pattern is never closed by / (a # starts a comment also inside a pattern; write \\x23)", at);
        }

        if (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != ',')
        {
            return reading.Fail("the pattern ends here; a / inside it is written \\/, and flags such as i are not written (patterns ignore case anyway)", end);
        }

        return TryCompile(text[(at + 1)..(end - 1)], at + 1, reading, out pattern);
    }

    /// <summary>The pieces of a pattern that was read before.</summary>
    internal PcreNode Pieces() => new PcreParser(Text).Parse() ?? throw new InvalidOperationException($"the pattern /{Text}/ was read before");

    private static bool TryCompile(string text, int offset, ValueReading reading, out PcrePattern pattern)
    {
        pattern = null!;
        var parser = new PcreParser(text);
        if (parser.Parse() is not { } pieces)
        {
            return reading.Fail(parser.Fault, offset + parser.FaultOffset);
        }

        var net = new StringBuilder(text.Length + 16);
        pieces.Write(net);
        try
        {
            pattern = new PcrePattern(text, new Regex(net.ToString(), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchTime));
        }
        catch (Exception e) when (e is ArgumentException or InsufficientExecutionStackException)
        {
            // The parser reads all that PCRE knows; this is a category of characters, or a pattern of a size, that .NET does not know.
            string why = (e as RegexParseException)?.Error.ToString() ?? "it is too complicated";
            return reading.Fail($"the pattern cannot be used ({why}); write it otherwise", offset);
        }

        reading.Caution = parser.Caution.Length > 0 ? parser.Caution : reading.Caution;
        return true;
    }

    /// <summary>Behind the closing slash; 0 when no pattern starts here, -1 when it is not closed.</summary>
    private static int EndOf(string text, int at)
    {
        if (at >= text.Length || text[at] != '/')
        {
            return 0;
        }

        for (int i = at + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '/')
            {
                return i + 1;
            }
        }

        return -1;
    }
}
