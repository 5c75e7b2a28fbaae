// Walks a value of several parts from left to right. A part is a word, quoted or not, or a /pattern/; what is wrong is said with its place.
// Owned by one reading.

using Godwit.Patterns;

namespace Godwit.Settings;

/// <summary>Takes the parts of one value in turn. Every method that ends in false has said why in the reading.</summary>
internal sealed class ValueCursor(string text, ValueReading reading)
{
    private int _at;

    /// <summary>Where the next part stands, or the end of the value.</summary>
    public int Position
    {
        get
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            {
                _at++;
            }

            return _at;
        }
    }

    public bool AtEnd => Position == text.Length;

    public bool StartsPattern => Position < text.Length && text[_at] == '/';

    /// <summary>The next word, read by <paramref name="form"/>.</summary>
    public bool TryPart<T>(ValueForm<T> form, out T value)
        where T : notnull
    {
        value = default!;
        return IsThere(form.Shape) && form.TryReadPart(Word(EndOfWord()), reading, out value);
    }

    /// <summary>What stands before the next comma, which is left.</summary>
    public bool TryItem<T>(ValueForm<T> form, out T value)
        where T : notnull
    {
        value = default!;
        int comma = AtEnd ? -1 : text.IndexOf(',', _at);
        return IsThere(form.Shape) && form.TryReadPart(Word(comma < 0 ? text.Length : comma), reading, out value);
    }

    /// <summary>All that is left, as one word.</summary>
    public bool TryRest<T>(ValueForm<T> form, out T value)
        where T : notnull
    {
        value = default!;
        return IsThere(form.Shape) && form.TryReadPart(Word(text.Length), reading, out value);
    }

    /// <summary>All that is left, as a list.</summary>
    /// <param name="what">For "is missing".</param>
    public bool TryItems(string what, out List<ValueWord> items)
    {
        items = [];
        if (!IsThere(what))
        {
            return false;
        }

        items = Quoting.SplitItems(text[_at..], ',').ConvertAll(word => word with { Offset = _at + word.Offset });
        ValueWord empty = items.Find(word => word.Text.Length == 0);
        _at = text.Length;
        return empty.Raw is null || reading.Fail("an entry of the list is empty", empty.Offset);
    }

    /// <summary>A <c>/pattern/</c>.</summary>
    public bool TryPattern(out PcrePattern pattern)
    {
        pattern = null!;
        if (!IsThere("a /pattern/") || !PatternLiteral.TryTake(text, _at, reading, out pattern, out int end))
        {
            return false;
        }

        _at = end;
        return true;
    }

    /// <summary>Takes a word that a value may have, or leaves everything as it is.</summary>
    public bool TakeWord(string word)
    {
        bool there = !AtEnd && text.AsSpan(_at, EndOfWord() - _at).Equals(word, StringComparison.OrdinalIgnoreCase);
        _at += there ? word.Length : 0;
        return there;
    }

    /// <summary>Takes the beginning of a word, such as <c>call-to:</c>, or leaves everything as it is.</summary>
    public bool TakePrefix(string prefix)
    {
        bool there = !AtEnd && text.AsSpan(_at).StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
        _at += there ? prefix.Length : 0;
        return there;
    }

    /// <summary>Nothing may follow.</summary>
    public bool TryEnd() => AtEnd || reading.Fail($"{ValueParsers.Show(text[_at..])} is too much; remove it", _at);

    private bool IsThere(string what) => !AtEnd || reading.Fail($"{what} is missing", text.Length);

    private ValueWord Word(int end)
    {
        ValueWord word = Quoting.Word(text, _at, end);
        _at = end;
        return word;
    }

    private int EndOfWord() => Quoting.EndOfWord(text, _at);
}
