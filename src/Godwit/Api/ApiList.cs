using System.Buffers.Text;
using System.Text;

namespace Godwit.Api;

/// <summary>A part of a list.</summary>
/// <param name="Total">Items that match, shown or not.</param>
/// <param name="Next">What the parameter <c>cursor</c> of the next page says; null at the end.</param>
internal sealed record ApiList<T>(IReadOnlyList<T> Items, long Total, string? Next);

/// <summary>Cuts lists into pages.</summary>
internal static class Paging
{
    public const int UsualLimit = 100;

    public const int MostItems = 1000;

    public static IReadOnlyList<ApiParameter> Parameters { get; } =
    [
        new("limit", $"Items on this page, 1 to {MostItems}; {UsualLimit} when it is left out.", ParameterForm.Number),
        new("cursor", "Where the page begins: next of the page before."),
    ];

    /// <summary>
    /// The page that a request asks for. A cursor names the last item of the page before it, so that a list that has changed meanwhile goes on behind that
    /// item; where the item has gone, where it stood, for those behind it have moved up.
    /// </summary>
    /// <param name="sorted">The whole list.</param>
    /// <param name="name">What tells one item from the others.</param>
    /// <param name="show">Makes what is told of an item.</param>
    public static ApiList<TShown> Page<T, TShown>(ApiCall call, IReadOnlyList<T> sorted, Func<T, string> name, Func<T, TShown> show)
    {
        int limit = call.Number("limit", UsualLimit, 1, MostItems);
        int start = 0;
        if (call.Text("cursor") is { Length: > 0 } cursor)
        {
            (int place, string last) = Read(call, cursor);
            start = Behind(sorted, name, place, last);
        }

        int end = Math.Min(sorted.Count, start + limit);
        var items = new List<TShown>(end - start);
        for (int i = start; i < end; i++)
        {
            items.Add(show(sorted[i]));
        }

        string? next = end < sorted.Count && end > 0 ? Encode($"{end}\n{name(sorted[end - 1])}") : null;
        return new ApiList<TShown>(items, sorted.Count, next);
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    /// <summary>Empty for what is none of ours.</summary>
    public static string Decode(string cursor)
    {
        byte[] octets = new byte[cursor.Length];
        return Base64Url.IsValid(cursor) && Base64Url.TryDecodeFromChars(cursor, octets, out int written) ? Encoding.UTF8.GetString(octets, 0, written) : "";
    }

    private static (int Place, string Last) Read(ApiCall call, string cursor)
    {
        string[] parts = Decode(cursor).Split('\n', 2);
        return parts.Length == 2 && int.TryParse(parts[0], out int place) && place >= 0
            ? (place, parts[1])
            : call.Wrong("cursor is none that this server has given: begin again without it", (0, ""));
    }

    private static int Behind<T>(IReadOnlyList<T> sorted, Func<T, string> name, int place, string last)
    {
        // Mostly nothing has come or gone meanwhile.
        if (place > 0 && place <= sorted.Count && name(sorted[place - 1]) == last)
        {
            return place;
        }

        for (int i = 0; i < sorted.Count; i++)
        {
            if (name(sorted[i]) == last)
            {
                return i + 1;
            }
        }

        return Math.Clamp(place - 1, 0, sorted.Count);
    }
}
