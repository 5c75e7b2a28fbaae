// Values of the dialect in their real form. What is kept stays in its column, so a fault that the real form finds is shown in the right place.

using System.Text.RegularExpressions;

namespace Godwit.Settings;

/// <summary>Readers for the rows of <see cref="DialectTable"/> whose value looks different in PowerMTA.</summary>
internal static partial class DialectValues
{
    /// <summary><c>/pattern/</c> becomes <c>/pattern/ mode=backoff</c>. Flags directly behind it stay: the real form judges them.</summary>
    public static bool Trigger(string text, ValueReading reading, out string value)
    {
        value = text;
        int end = text.LastIndexOf('/') + 1;
        if (end < 2 || text[0] != '/')
        {
            // No pattern: the real form says what is wrong with it.
            return true;
        }

        string whole = text.TrimEnd();
        int blank = whole.AsSpan(end).IndexOfAny(' ', '\t');
        value = $"{whole} mode=backoff";
        return blank < 0 || reading.Fail($"{ValueParsers.Show(whole[(end + blank)..].Trim())} stands behind the pattern; write the pattern alone", end + blank);
    }

    /// <summary><c>192.0.2.1 domain = mta.example.com;</c> becomes an address and a host name.</summary>
    public static bool SourceHost(string text, ValueReading reading, out string value)
    {
        Match match = AddressAndName().Match(text);
        value = match.Success ? Blank(Blank(text, match.Groups["is"]), match.Groups["end"]).TrimEnd() : text;
        return match.Success || reading.Fail("takes ADDRESS domain = NAME;");
    }

    private static string Blank(string text, Group group) => text.Remove(group.Index, group.Length).Insert(group.Index, new string(' ', group.Length));

    [GeneratedRegex(
        @"^\S+\s+(?<is>domain\s*=)\s*[^\s;=]+\s*(?<end>;?)$",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AddressAndName();
}
