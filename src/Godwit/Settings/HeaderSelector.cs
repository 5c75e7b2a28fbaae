// One entry of dkim-headers. Immutable.

using Godwit.Patterns;

namespace Godwit.Settings;

/// <summary>Header fields by name, or by a pattern for their names.</summary>
/// <param name="Name">Empty for a pattern.</param>
public sealed record HeaderSelector(string Name, PcrePattern? Pattern)
{
    /// <summary>Names and patterns between commas; a comma inside a pattern is the pattern's.</summary>
    internal static ValueForm<IReadOnlyList<HeaderSelector>> List { get; } = new(
        "header names and /patterns/, comma separated",
        (text, reading, out value) =>
        {
            var selectors = new List<HeaderSelector>();
            value = selectors;
            var cursor = new ValueCursor(text, reading);
            do
            {
                if (!TryOne(cursor, out HeaderSelector selector))
                {
                    return false;
                }

                selectors.Add(selector);
            }
            while (cursor.TakePrefix(","));
            return cursor.TryEnd();
        },
        v => v.Count == 0 ? "\"\"" : string.Join(',', v.Select(Print))) { Quotes = QuoteUse.Raw };

    /// <summary>A name that begins like a pattern is quoted.</summary>
    private static string Print(HeaderSelector selector) =>
        selector.Pattern?.ToString() ?? (selector.Name is ['/', ..] ? Quoting.Quote(selector.Name) : selector.Name);

    private static bool TryOne(ValueCursor cursor, out HeaderSelector selector)
    {
        bool fine;
        if (cursor.StartsPattern)
        {
            fine = cursor.TryPattern(out PcrePattern pattern);
            selector = new HeaderSelector("", pattern);
            return fine;
        }

        fine = cursor.TryItem(ValueParsers.HeaderName, out string name);
        selector = new HeaderSelector(name, null);
        return fine;
    }
}
