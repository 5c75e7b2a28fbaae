// One line of <bounce-category-patterns>. Immutable.

using Godwit.Patterns;

namespace Godwit.Settings;

/// <summary>A name for the reason of a bounce: <c>/pattern/ category</c>.</summary>
/// <param name="Pattern">Tried on the status, a semicolon and the diagnostic: <c>5.1.1;smtp;550 5.1.1 no such user</c>.</param>
/// <param name="Category">One of <see cref="Known"/>, or a name of the user's own.</param>
public sealed record BounceCategoryRule(PcrePattern Pattern, string Category)
{
    /// <summary>The categories that reports and other programs know.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        "bad-configuration", "bad-connection", "bad-domain", "bad-mailbox", "content-related", "inactive-mailbox", "invalid-sender", "message-expired",
        "no-answer-from-host", "other", "policy-related", "protocol-errors", "quota-issues", "relaying-issues", "routing-errors", "spam-related",
        "success", "virus-related",
    ];

    internal static ValueForm<BounceCategoryRule> Form { get; } = new(
        "/pattern/ and a category",
        (text, reading, out value) =>
        {
            value = null!;
            var cursor = new ValueCursor(text, reading);
            if (!cursor.TryPattern(out PcrePattern pattern) || !cursor.TryPart(ValueParsers.Category, out string category) || !cursor.TryEnd())
            {
                return false;
            }

            value = new BounceCategoryRule(pattern, category);
            return true;
        },
        v => $"{v.Pattern} {v.Category}") { Quotes = QuoteUse.Raw };
}
