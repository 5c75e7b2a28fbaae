// Filter and order of lists of sums: destinations and virtual MTAs. Static.

using System.IO.Enumeration;
using Godwit.Control;

namespace Godwit.Api;

internal static class SumList
{
    public static IReadOnlyList<ApiParameter> Parameters { get; } =
    [
        new("q", "A part of the name; with stars, the whole name."),
        new("sort", "What the order is by; recipients when it is left out. Equal ones stand by name.", ParameterForm.Text,
            "recipients", "name", "size", "connections", "delivered", "deferred", "bounced"),
        new("order", "asc or desc; when it is left out, names ascend and numbers descend.", ParameterForm.Text, "asc", "desc"),
        .. Paging.Parameters,
    ];

    public static IReadOnlyList<MailSum> Sorted(ApiCall call, IReadOnlyList<MailSum> sums)
    {
        string text = call.Text("q");
        Func<MailSum, long>? number = call.Word<Func<MailSum, long>?>(
            "sort", ("recipients", static sum => sum.Waits.Recipients), ("name", null), ("size", static sum => sum.Waits.Bytes),
            ("connections", static sum => sum.Waits.Connections), ("delivered", static sum => sum.Fates.Delivered),
            ("deferred", static sum => sum.Fates.Deferred), ("bounced", static sum => sum.Fates.Bounced));
        bool descends = call.Word<bool?>("order", ("", null), ("asc", false), ("desc", true)) ?? number is not null;
        IEnumerable<MailSum> matching = text.Length == 0 ? sums : sums.Where(sum => Matches(sum.Name, text));
        return number is null
            ? descends
                ? [.. matching.OrderByDescending(static sum => sum.Name, StringComparer.Ordinal)]
                : [.. matching.OrderBy(static sum => sum.Name, StringComparer.Ordinal)]
            : [.. matching.OrderBy(sum => descends ? -number(sum) : number(sum)).ThenBy(static sum => sum.Name, StringComparer.Ordinal)];
    }

    /// <summary>A part of the name; with stars, all of it. Case does not count.</summary>
    public static bool Matches(string name, string text) => text.AsSpan().ContainsAny('*', '?')
        ? FileSystemName.MatchesSimpleExpression(text, name)
        : name.Contains(text, StringComparison.OrdinalIgnoreCase);
}
