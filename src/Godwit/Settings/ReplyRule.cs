// One line of <smtp-pattern-list>: what a reply of a receiving host leads to. Immutable.

using Godwit.Patterns;

namespace Godwit.Settings;

/// <summary>What a reply leads to. <c>mode=backoff</c> and <c>mode=normal</c> exclude each other, and so do skip-mx and bounce-queue.</summary>
[Flags]
public enum ReplyActions
{
    None = 0,

    /// <summary><c>mode=backoff</c></summary>
    Backoff = 1,

    /// <summary><c>mode=normal</c></summary>
    Normal = 1 << 1,

    /// <summary>The next MX host is tried and the mail is kept, even after a 5xx.</summary>
    SkipMx = 1 << 2,

    /// <summary>Everything in the queue bounces.</summary>
    BounceQueue = 1 << 3,

    /// <summary>This recipient bounces; only for a 4xx to RCPT.</summary>
    BounceRecipient = 1 << 4,

    /// <summary>The queue uses this source address no more.</summary>
    DisableSourceAddress = 1 << 5,

    /// <summary>The queue waits as after a failed connection.</summary>
    DeferQueue = 1 << 6,
}

/// <summary>One rule: <c>reply /pattern/ action,action</c>.</summary>
/// <param name="Pattern">Tried on the reply, its lines joined.</param>
/// <param name="Actions">At least one.</param>
public sealed record ReplyRule(PcrePattern Pattern, ReplyActions Actions)
{
    private const string BackoffTimer = "backoff-to-normal-after";
    private const string ReenableTimer = "reenable-after";

    private static readonly (string Word, ReplyActions Action)[] _words =
    [
        ("mode=backoff", ReplyActions.Backoff), ("mode=normal", ReplyActions.Normal), ("skip-mx", ReplyActions.SkipMx),
        ("bounce-queue", ReplyActions.BounceQueue), ("bounce-rcpt", ReplyActions.BounceRecipient),
        ("disable-source-ip", ReplyActions.DisableSourceAddress), ("defer-queue", ReplyActions.DeferQueue),
    ];

    /// <summary>Actions of which one reply can lead to one only.</summary>
    private static readonly ReplyActions[] _exclusive = [ReplyActions.Backoff | ReplyActions.Normal, ReplyActions.SkipMx | ReplyActions.BounceQueue];

    /// <summary>Ends the backoff mode that this rule began; null leaves it to <c>backoff-to-normal-after</c>, infinite is never.</summary>
    public TimeSpan? BackoffToNormalAfter { get; init; }

    /// <summary>When the source address is used again; null leaves it to <c>reenable-source-ip-after</c>, infinite is never.</summary>
    public TimeSpan? ReenableAfter { get; init; }

    internal static ValueForm<ReplyRule> Form { get; } = new("/pattern/ and actions, comma separated", TryRead, Print) { Quotes = QuoteUse.Raw };

    /// <summary>Every action that cannot be taken where one of <paramref name="actions"/> is, these included.</summary>
    public static ReplyActions Excluded(ReplyActions actions) =>
        _exclusive.Where(pair => (pair & actions) != ReplyActions.None).Aggregate(actions, (all, pair) => all | pair);

    /// <summary>The actions as they are written.</summary>
    internal static string Words(ReplyActions actions) => string.Join(',', _words.Where(w => actions.HasFlag(w.Action)).Select(w => w.Word));

    private static bool TryRead(string text, ValueReading reading, out ReplyRule value)
    {
        value = null!;
        var cursor = new ValueCursor(text, reading);
        if (!cursor.TryPattern(out PcrePattern pattern) || !cursor.TryItems("an action such as mode=backoff", out List<ValueWord> actions))
        {
            return false;
        }

        value = new ReplyRule(pattern, ReplyActions.None);
        foreach (ValueWord action in actions)
        {
            if (!TryAdd(action, reading, ref value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(ValueWord word, ValueReading reading, ref ReplyRule rule)
    {
        TimeSpan time = default;
        if (word.TryValueOf(BackoffTimer, out ValueWord given))
        {
            bool fine = MayStand(word, rule.BackoffToNormalAfter, rule, ReplyActions.Backoff, reading)
                && ValueParsers.TimeOrNever.TryReadPart(given, reading, out time);
            rule = rule with { BackoffToNormalAfter = time };
            return fine;
        }

        if (word.TryValueOf(ReenableTimer, out given))
        {
            bool fine = MayStand(word, rule.ReenableAfter, rule, ReplyActions.DisableSourceAddress, reading)
                && ValueParsers.TimeOrNever.TryReadPart(given, reading, out time);
            rule = rule with { ReenableAfter = time };
            return fine;
        }

        (string known, ReplyActions action) = Array.Find(_words, w => w.Word.Equals(word.Text, StringComparison.OrdinalIgnoreCase));
        if (known is null)
        {
            return reading.Fail($"{ValueParsers.Show(word.Text)} is not an action{Hint(word.Text)}", word.Offset);
        }

        ReplyActions conflict = Excluded(action) & ~action & rule.Actions;
        rule = rule with { Actions = rule.Actions | action };
        return conflict == ReplyActions.None || reading.Fail($"{known} cannot stand beside {Words(conflict)} in one rule; keep one of them", word.Offset);
    }

    private static string Hint(string written)
    {
        string first = written.Split(' ', '\t')[0];
        if (first.Length < written.Length && Array.Exists(_words, w => w.Word.Equals(first, StringComparison.OrdinalIgnoreCase)))
        {
            return "; put a comma between actions";
        }

        string[] all = [.. _words.Select(w => w.Word), BackoffTimer + "=TIME", ReenableTimer + "=TIME"];
        return Array.Find(all, word => word.EndsWith($"={written}", StringComparison.OrdinalIgnoreCase)) is { } whole
            ? $"; did you mean \"{whole}\"?"
            : Spelling.HintOrAll(written, all);
    }

    /// <summary>A timer stands behind the action that it belongs to, once.</summary>
    private static bool MayStand(ValueWord timer, TimeSpan? before, ReplyRule rule, ReplyActions action, ValueReading reading)
    {
        string name = timer.Text.Split('=')[0];
        return before is null
            ? rule.Actions.HasFlag(action) || reading.Fail($"{name} belongs behind {Words(action)} in the same rule", timer.Offset)
            : reading.Fail($"{name} is given twice in one rule", timer.Offset);
    }

    private static string Print(ReplyRule rule)
    {
        var words = new List<string>();
        foreach ((string word, ReplyActions action) in _words)
        {
            if (rule.Actions.HasFlag(action))
            {
                words.Add(word);
                AddTime(words, BackoffTimer, action == ReplyActions.Backoff ? rule.BackoffToNormalAfter : null);
                AddTime(words, ReenableTimer, action == ReplyActions.DisableSourceAddress ? rule.ReenableAfter : null);
            }
        }

        return $"{rule.Pattern} {string.Join(',', words)}";
    }

    private static void AddTime(List<string> words, string name, TimeSpan? time)
    {
        if (time is { } given)
        {
            words.Add($"{name}={ValueParsers.PrintTime(given)}");
        }
    }
}
