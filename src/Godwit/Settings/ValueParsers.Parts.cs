// Forms made of other forms: lists and pairs.

namespace Godwit.Settings;

internal static partial class ValueParsers
{
    /// <summary>Items between commas, each read by its own form.</summary>
    /// <param name="most">The most items that make sense.</param>
    public static ValueForm<IReadOnlyList<T>> ListOf<T>(string shape, ValueForm<T> item, int most = int.MaxValue)
        where T : notnull => new(
        shape,
        (text, reading, out value) =>
        {
            if (TryItems(text, item, most, reading, out value))
            {
                return true;
            }

            // Quotes around the whole list, as smtp-hosts has them: no item reads with its commas, so they part items.
            return text.Contains(',', StringComparison.Ordinal) && Quoting.TryUnquote(text, out string plain)
                && (TryItems(plain, item, most, reading, out value) || reading.Fail(reading.Fault, Quoting.RawOffset(text, reading.FaultOffset)));
        },
        v => PrintItems(v.Select(one => item.Print(one)))) { Quotes = QuoteUse.Raw };

    private static bool TryItems<T>(string text, ValueForm<T> item, int most, ValueReading reading, out IReadOnlyList<T> value)
        where T : notnull
    {
        var items = new List<T>();
        value = items;
        foreach (ValueWord word in Quoting.SplitItems(text, ','))
        {
            if (word.Text.Length == 0)
            {
                return reading.Fail("an entry of the list is empty", word.Offset);
            }

            if (!item.TryReadPart(word, reading, out T one))
            {
                return false;
            }

            items.Add(one);
        }

        return items.Count <= most || reading.Fail($"{items.Count} entries are too many; at most {most} are used");
    }

    /// <summary>Two parts with a blank between them.</summary>
    /// <param name="split">Takes a value apart again, for printing.</param>
    public static ValueForm<TValue> Pair<TFirst, TSecond, TValue>(
        string shape, ValueForm<TFirst> first, ValueForm<TSecond> second, Func<TFirst, TSecond, TValue> make, Func<TValue, (TFirst, TSecond)> split)
        where TFirst : notnull
        where TSecond : notnull
        where TValue : notnull => new(
        shape,
        (text, reading, out value) =>
        {
            value = default!;
            var cursor = new ValueCursor(text, reading);
            if (!cursor.TryPart(first, out TFirst one) || !cursor.TryPart(second, out TSecond two) || !cursor.TryEnd())
            {
                return false;
            }

            value = make(one, two);
            return true;
        },
        v =>
        {
            (TFirst one, TSecond two) = split(v);
            return $"{first.Print(one)} {second.Print(two)}";
        }) { Quotes = QuoteUse.Raw };

    /// <summary>A list as it is read back, also an empty one.</summary>
    internal static string PrintItems(IEnumerable<string> items) => JoinItems(items) is { Length: > 0 } list ? list : "\"\"";

    /// <summary>A list as it is read back.</summary>
    private static string JoinItems(IEnumerable<string> items) => string.Join(',', items.Select(QuoteItem));

    /// <summary>An item that would end at its own comma or blank is quoted.</summary>
    private static string QuoteItem(string text) =>
        text.AsSpan().IndexOfAny(',', '"', '\\') >= 0 || text.AsSpan().Trim().Length < text.Length ? Quoting.Quote(text) : text;
}
