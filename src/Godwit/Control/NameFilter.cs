// Filters on names as lists take them. Static. What a filter may look like is bounded: it is held against every queue of a server with a million of them.

using System.IO.Enumeration;

namespace Godwit.Control;

/// <summary>A part of a name; with stars, the whole name. Case does not count.</summary>
internal static class NameFilter
{
    /// <summary>Of a filter with stars: no name that somebody types has more. Without stars a name costs next to nothing.</summary>
    public const int MostLetters = 100;

    /// <summary>What one name costs grows with them.</summary>
    public const int MostStars = 8;

    /// <summary>What is wrong with a filter; empty when nothing is.</summary>
    public static string Trouble(string text) =>
        !text.AsSpan().ContainsAny('*', '?') ? ""
        : text.Length > MostLetters ? $"has {text.Length} characters: with stars, write at most {MostLetters}"
        : text.AsSpan().Count('*') + text.AsSpan().Count('?') > MostStars ? $"has more than {MostStars} stars and question marks"
        : "";

    public static bool Matches(string name, string text) => text.AsSpan().ContainsAny('*', '?')
        ? FileSystemName.MatchesSimpleExpression(text, name)
        : name.Contains(text, StringComparison.OrdinalIgnoreCase);
}
