// One reply that a mailbox provider is known to give, and what is done about it. Immutable.

using System.Globalization;
using Godwit.Patterns;

namespace Godwit.Settings;

/// <summary>A whole reply, composed around what identifies it.</summary>
/// <param name="Month">The month in which this wording was last known to be in use; its first day.</param>
/// <param name="Text">Code, enhanced status and text, the lines joined by a blank.</param>
public sealed record ReplySample(DateOnly Month, string Text)
{
    private const string MonthFormat = "yyyy-MM";

    /// <summary>How a sample writes the sign that starts a comment.</summary>
    private const string Hash = "\\x23";

    private static readonly ValueForm<DateOnly> _month = new(
        "a month such as 2026-03",
        (text, reading, out value) => DateOnly.TryParseExact(text, MonthFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out value)
            || reading.Fail($"{ValueParsers.Show(text)} is not a month such as 2026-03"),
        v => v.ToString(MonthFormat, CultureInfo.InvariantCulture));

    internal static ValueForm<ReplySample> Form { get; } = new(
        "a month such as 2026-03 and a reply",
        (text, reading, out value) =>
        {
            value = null!;
            var cursor = new ValueCursor(text, reading);
            if (!cursor.TryPart(_month, out DateOnly month) || !cursor.TryRest(ValueParsers.RawText, out string reply))
            {
                return false;
            }

            value = new ReplySample(month, reply.Replace(Hash, "#", StringComparison.Ordinal));
            return true;
        },
        v => $"{_month.Print(v.Month)} {v.Text.Replace("#", Hash, StringComparison.Ordinal)}") { Quotes = QuoteUse.Raw };
}

/// <summary>One rule: <c>reply ID CLASS SCOPE /pattern/ REACTION</c>.</summary>
/// <param name="Id">Names the rule within its provider.</param>
/// <param name="Pattern">Tried on the whole reply, its lines joined by a blank.</param>
public sealed record ProviderReply(string Id, ReplyClass Class, ReplyScope Scope, PcrePattern Pattern, ReplyReaction Reaction)
{
    /// <summary>The provider whose rule it is; empty until it stands in a table.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Replies of this kind.</summary>
    public IReadOnlyList<ReplySample> Samples { get; init; } = [];

    /// <summary>As the operator sees it: <c>google/ip-quota</c>.</summary>
    public string Name => $"{Provider}/{Id}";

    internal static ValueForm<ProviderReply> Form { get; } = new(
        "a name, a class, a scope, a /pattern/ and a reaction", TryRead,
        v => $"{v.Id} {ReplyWords.Class.Print(v.Class)} {ReplyWords.Scope.Print(v.Scope)} {v.Pattern} {v.Reaction}") { Quotes = QuoteUse.Raw };

    private static bool TryRead(string text, ValueReading reading, out ProviderReply value)
    {
        value = null!;
        var cursor = new ValueCursor(text, reading);
        if (!cursor.TryPart(ValueParsers.Category, out string id)
            || !cursor.TryPart(ReplyWords.Class, out ReplyClass kind)
            || !cursor.TryPart(ReplyWords.Scope, out ReplyScope scope)
            || !cursor.TryPattern(out PcrePattern pattern)
            || !cursor.TryItems("a reaction such as suspend=10m", out List<ValueWord> words)
            || !TryReadReaction(words, scope, reading, out ReplyReaction reaction))
        {
            return false;
        }

        value = new ProviderReply(id, kind, scope, pattern, reaction);
        return true;
    }

    private static bool TryReadReaction(List<ValueWord> words, ReplyScope scope, ValueReading reading, out ReplyReaction reaction)
    {
        reaction = ReplyReaction.None;
        var parts = new ReactionReading(reading);
        foreach (ValueWord word in words)
        {
            if (!parts.TryTake(word, out bool known))
            {
                return known ? false : reading.Fail(
                    $"{ValueParsers.Show(word.Text)} is not a reaction{Hint(word.Text)}", word.Offset);
            }
        }

        return parts.TryFinish(waits: false, out reaction) && Fits(reaction, scope, parts.First, reading);
    }

    private static string Hint(string written) =>
        ReactionReading.Near(written) is { } near ? $"; did you mean \"{near}\"?" : $"; they are {string.Join(", ", ReactionReading.AllWords)}";

    /// <summary>Whether the scope is something that the acts can act on.</summary>
    private static bool Fits(ReplyReaction reaction, ReplyScope scope, int at, ValueReading reading)
    {
        const ReactionActs Waiting = ReactionActs.Suspend | ReactionActs.LimitConnections | ReactionActs.LimitRate;
        string word = ReplyWords.Scope.Print(scope);
        if (ReplyWords.IsOneAttempt(scope) && (reaction.Acts & Waiting) is not ReactionActs.None and var waits)
        {
            string acts = ReactionReading.WordsOf(waits);
            return reading.Fail($"{acts} cannot act on a {word}, which is over with the attempt; write retry=TIME, or a wider scope", at);
        }

        if (reaction.Has(ReactionActs.DisableSource) && scope is not (ReplyScope.SourceIp or ReplyScope.SourceNet))
        {
            return reading.Fail($"disable-source-ip needs the scope source-ip or source-net, not {word}", at);
        }

        if (reaction.Has(ReactionActs.Reconnect) && scope is not (ReplyScope.Connection or ReplyScope.Session))
        {
            return reading.Fail($"reconnect needs the scope connection or session, not {word}", at);
        }

        return (reaction.Acts != ReactionActs.None || reaction.Category.Length > 0)
            || reading.Fail("nothing is done; write what, such as suspend=10m, retry, fail or alert", at);
    }
}
