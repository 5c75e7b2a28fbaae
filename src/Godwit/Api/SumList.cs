// Filter and order of lists of sums: destinations and virtual MTAs. Static.

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

    /// <summary>What a request asks for.</summary>
    public static SumQuery Query(ApiCall call)
    {
        SumSort sort = call.Word(
            "sort", ("recipients", SumSort.Recipients), ("name", SumSort.Name), ("size", SumSort.Size), ("connections", SumSort.Connections),
            ("delivered", SumSort.Delivered), ("deferred", SumSort.Deferred), ("bounced", SumSort.Bounced));
        return new SumQuery(call.Filter("q"), sort, call.Word<bool?>("order", ("", null), ("asc", false), ("desc", true)) ?? sort != SumSort.Name);
    }
}
