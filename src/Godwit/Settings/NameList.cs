// Names in a value, and where each stands: a name that nothing has is shown at its own place, not at the list's. Immutable.

using System.Collections;

namespace Godwit.Settings;

/// <summary>The value of a directive that names several blocks.</summary>
internal sealed class NameList : IReadOnlyList<string>
{
    private readonly List<ValueWord> _words;

    private NameList(List<ValueWord> words) => _words = words;

    public static ValueForm<IReadOnlyList<string>> Form { get; } = new("names, comma separated", TryRead, ValueParsers.PrintItems) { Quotes = QuoteUse.Raw };

    public int Count => _words.Count;

    public string this[int index] => _words[index].Text;

    /// <summary>Where in the value a name stands.</summary>
    public int OffsetOf(int index) => _words[index].Offset;

    public IEnumerator<string> GetEnumerator() => _words.Select(word => word.Text).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static bool TryRead(string text, ValueReading reading, out IReadOnlyList<string> value)
    {
        bool read = new ValueCursor(text, reading).TryItems("a name", out List<ValueWord> words);
        value = new NameList(words);
        return read && (words.Find(word => word.IsUnclosed) is not { Raw: not null } unclosed || reading.Fail(Quoting.NeverClosed, unclosed.Offset));
    }
}
