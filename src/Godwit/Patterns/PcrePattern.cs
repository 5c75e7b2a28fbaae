// A /pattern/ of the configuration, ready to be tried. Immutable; thread safe.

using System.Text;
using System.Text.RegularExpressions;

namespace Godwit.Patterns;

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

    /// <summary>Reads a pattern without the slashes around it. Never throws.</summary>
    public static PcreReading Read(string text)
    {
        var parser = new PcreParser(text);
        if (parser.Parse() is not { } pieces)
        {
            return new PcreReading(null, parser.Fault, parser.FaultOffset, "");
        }

        var net = new StringBuilder(text.Length + 16);
        pieces.Write(net);
        try
        {
            var regex = new Regex(net.ToString(), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchTime);
            return new PcreReading(new PcrePattern(text, regex), "", 0, parser.Caution);
        }
        catch (Exception e) when (e is ArgumentException or InsufficientExecutionStackException)
        {
            // The parser reads all that PCRE knows; this is a category of characters, or a pattern of a size, that .NET does not know.
            string why = (e as RegexParseException)?.Error.ToString() ?? "it is too complicated";
            return new PcreReading(null, $"the pattern cannot be used ({why}); write it otherwise", 0, "");
        }
    }

    /// <summary>The pieces of a pattern that was read before.</summary>
    internal PcreNode Pieces() => new PcreParser(Text).Parse() ?? throw new InvalidOperationException($"the pattern /{Text}/ was read before");
}

/// <summary>A pattern, or why there is none.</summary>
/// <param name="Fault">A sentence; empty when the pattern was read.</param>
/// <param name="FaultOffset">Where in the text the fault stands.</param>
/// <param name="Caution">Set when the pattern is taken, but probably not what was meant.</param>
public readonly record struct PcreReading(PcrePattern? Pattern, string Fault, int FaultOffset, string Caution);
