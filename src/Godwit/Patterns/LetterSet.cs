// The characters that one place of a regular expression takes: ASCII exactly, the rest as "some" or "all". Enough to prove that one pattern
// always matches where another does; where a set is not known, nothing is proved with it.

namespace Godwit.Patterns;

/// <summary>A set of characters.</summary>
/// <param name="Ascii">One bit for each of the 128.</param>
/// <param name="SomeBeyond">Whether characters beyond ASCII may be in it.</param>
/// <param name="AllBeyond">Whether all of them are.</param>
/// <param name="IsKnown">False for sets of which only their name is known, such as a Unicode category.</param>
internal readonly record struct LetterSet(UInt128 Ascii, bool SomeBeyond, bool AllBeyond, bool IsKnown = true)
{
    private static readonly UInt128 _upper = ((UInt128.One << 26) - 1) << 'A';

    public static LetterSet All { get; } = new(UInt128.MaxValue, SomeBeyond: true, AllBeyond: true);

    public static LetterSet None { get; } = new(0, SomeBeyond: false, AllBeyond: false);

    public static LetterSet Unknown { get; } = new(0, SomeBeyond: true, AllBeyond: false, IsKnown: false);

    public static LetterSet Of(char letter) => Range(letter, letter);

    public static LetterSet Range(char from, char to)
    {
        UInt128 bits = 0;
        for (int c = from; c <= Math.Min(to, (char)127); c++)
        {
            bits |= UInt128.One << c;
        }

        return new LetterSet(bits, to > 127, from <= 128 && to == char.MaxValue);
    }

    /// <summary>A set written as in brackets: single characters and ranges such as <c>a-z</c>.</summary>
    public static LetterSet Written(string items) => Ranges(items).Aggregate(None, (set, range) => set.Or(Range(range.From, range.To)));

    /// <summary>What is written in brackets, one by one; a single character is a range of one.</summary>
    public static IEnumerable<(char From, char To)> Ranges(string items)
    {
        for (int i = 0; i < items.Length; i++)
        {
            bool range = i + 2 < items.Length && items[i + 1] == '-';
            yield return (items[i], items[range ? i + 2 : i]);
            i += range ? 2 : 0;
        }
    }

    public LetterSet Or(LetterSet other) =>
        new(Ascii | other.Ascii, SomeBeyond || other.SomeBeyond, AllBeyond || other.AllBeyond, IsKnown && other.IsKnown);

    public LetterSet Not() => new(~Ascii, !AllBeyond, !SomeBeyond, IsKnown);

    /// <summary>With each letter also the one of the other case.</summary>
    public LetterSet IgnoringCase() => this with { Ascii = Ascii | ((Ascii & _upper) << 32) | ((Ascii & (_upper << 32)) >> 32) };

    /// <summary>Whether every character of <paramref name="inner"/> is certainly in this set.</summary>
    public bool Covers(LetterSet inner) => IsKnown && (inner.IsKnown || this == All) && (inner.Ascii & ~Ascii) == 0 && (!inner.SomeBeyond || AllBeyond);

    /// <summary>Whether some character is certainly in both.</summary>
    public bool Meets(LetterSet other) => IsKnown && other.IsKnown && (Ascii & other.Ascii) != 0;
}
