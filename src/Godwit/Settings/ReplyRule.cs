// One line of <smtp-pattern-list>: what a reply of a receiving host leads to, in PowerMTA's words and in Godwit's. Immutable.

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
/// <param name="Actions">PowerMTA's actions; none only where there is a <see cref="Reaction"/>.</param>
public sealed record ReplyRule(PcrePattern Pattern, ReplyActions Actions)
{
    private const string BackoffTimer = "backoff-to-normal-after";
    private const string ReenableTimer = "reenable-after";

    private const string ScopeWord = "scope";

    private static readonly (string Word, ReplyActions Action)[] _words =
    [
        ("mode=backoff", ReplyActions.Backoff), ("mode=normal", ReplyActions.Normal), ("skip-mx", ReplyActions.SkipMx),
        ("bounce-queue", ReplyActions.BounceQueue), ("bounce-rcpt", ReplyActions.BounceRecipient),
        ("disable-source-ip", ReplyActions.DisableSourceAddress), ("defer-queue", ReplyActions.DeferQueue),
    ];

    /// <summary>Actions of which one reply can lead to one only.</summary>
    private static readonly ReplyActions[] _exclusive = [ReplyActions.Backoff | ReplyActions.Normal, ReplyActions.SkipMx | ReplyActions.BounceQueue];

    /// <summary>What PowerMTA's words and Godwit's must not ask for together.</summary>
    private static readonly (ReplyActions Action, ReactionActs Acts)[] _opposed =
    [
        (ReplyActions.SkipMx, ReactionActs.Fail), (ReplyActions.BounceQueue, ReactionActs.Temporary | ReactionActs.Retry | ReactionActs.Suspend),
        (ReplyActions.BounceRecipient, ReactionActs.Temporary | ReactionActs.Retry), (ReplyActions.Backoff, ReactionActs.Retry | ReactionActs.Reconnect),
        (ReplyActions.DeferQueue, ReactionActs.Retry | ReactionActs.Reconnect | ReactionActs.Suspend),
        (ReplyActions.DisableSourceAddress, ReactionActs.Retry | ReactionActs.Reconnect | ReactionActs.SameSource),
    ];

    /// <summary>Godwit's words that PowerMTA has not, for hints.</summary>
    private static readonly string[] _ownWords =
        [.. ReactionReading.AllWords.Except(["disable-source-ip", ReenableTimer + "=TIME", "next-host"]), ScopeWord + "=SCOPE"];

    /// <summary>What Godwit's words add; <see cref="ReplyReaction.None"/> in a rule that PowerMTA would read too.</summary>
    public ReplyReaction Reaction { get; init; } = ReplyReaction.None;

    /// <summary>What the reaction acts on; null is the queue, as for PowerMTA's actions.</summary>
    public ReplyScope? Scope { get; init; }

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
        var reaction = new ReactionReading(reading);
        foreach (ValueWord action in actions)
        {
            if (!TryAdd(action, reading, reaction, ref value))
            {
                return false;
            }
        }

        return TryFinish(reaction, reading, ref value);
    }

    /// <summary>Looks at the words together.</summary>
    private static bool TryFinish(ReactionReading parts, ValueReading reading, ref ReplyRule rule)
    {
        const ReplyActions Waiting = ReplyActions.Backoff | ReplyActions.DeferQueue | ReplyActions.DisableSourceAddress;
        if (!parts.TryFinish((rule.Actions & Waiting) != ReplyActions.None, out ReplyReaction reaction))
        {
            return false;
        }

        rule = rule with { Reaction = reaction };
        foreach ((ReplyActions action, ReactionActs acts) in _opposed)
        {
            if (rule.Actions.HasFlag(action) && (reaction.Acts & acts) is not ReactionActs.None and var opposed)
            {
                return reading.Fail($"{Words(action)} and {ReactionReading.WordsOf(opposed)} contradict each other; keep one of them", parts.First);
            }
        }

        const ReactionActs Scoped = ReactionActs.Suspend | ReplyReaction.Limits;
        if (rule.Scope is { } scope && ((reaction.Acts & Scoped) == ReactionActs.None || ReplyWords.IsOneAttempt(scope)))
        {
            return reading.Fail(ReplyWords.IsOneAttempt(scope)
                ? $"{ScopeWord}={ReplyWords.Scope.Print(scope)} is over with the attempt: nothing of it can wait or be slowed"
                : $"{ScopeWord} says what waits or is slowed; put suspend=TIME or a limit beside it, or leave it out", parts.First);
        }

        return rule.Actions != ReplyActions.None || reaction.Acts != ReactionActs.None || reaction.Category.Length > 0
            || reading.Fail("nothing is done; write an action such as mode=backoff", parts.First);
    }

    private static bool TryAdd(ValueWord word, ValueReading reading, ReactionReading reaction, ref ReplyRule rule)
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
        if (known is null && TryAddOwn(word, reading, reaction, ref rule) is { } own)
        {
            return own;
        }

        if (known is null)
        {
            return reading.Fail($"{ValueParsers.Show(word.Text)} is not an action{Hint(word.Text)}", word.Offset);
        }

        ReplyActions conflict = Excluded(action) & ~action & rule.Actions;
        rule = rule with { Actions = rule.Actions | action };
        return conflict == ReplyActions.None || reading.Fail($"{known} cannot stand beside {Words(conflict)} in one rule; keep one of them", word.Offset);
    }

    /// <summary>A word of Godwit's; null when it is none.</summary>
    private static bool? TryAddOwn(ValueWord word, ValueReading reading, ReactionReading reaction, ref ReplyRule rule)
    {
        if (word.TryValueOf(ScopeWord, out ValueWord given))
        {
            bool once = rule.Scope is null;
            bool fine = ReplyWords.Scope.TryReadPart(given, reading, out ReplyScope scope);
            rule = rule with { Scope = scope };
            return fine && (once || reading.Fail($"{ScopeWord} is given twice in one rule", word.Offset));
        }

        if (word.Text.Equals(ReactionReading.WordsOf(ReactionActs.NextHost), StringComparison.OrdinalIgnoreCase))
        {
            return reading.Fail($"{word.Text} is written {Words(ReplyActions.SkipMx)} here", word.Offset);
        }

        return reaction.TryTake(word, out bool known) ? true : known ? false : null;
    }

    private static string Hint(string written)
    {
        string first = written.Split(' ', '\t')[0];
        if (first.Length < written.Length && Array.Exists(_words, w => w.Word.Equals(first, StringComparison.OrdinalIgnoreCase)))
        {
            return "; put a comma between actions";
        }

        string[] all = [.. _words.Select(w => w.Word), BackoffTimer + "=TIME", ReenableTimer + "=TIME", .. _ownWords];
        return Array.Find(all, word => word.EndsWith($"={written}", StringComparison.OrdinalIgnoreCase)) is { } whole
            ? $"; did you mean \"{whole}\"?"
            : Spelling.Hint(written, all) is { Length: > 0 } hint ? hint
            : written.Contains('=', StringComparison.Ordinal) && ReactionReading.Near(written) is { } near ? $"; did you mean \"{near}\"?"
            : $"; they are {string.Join(", ", all)}";
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

        if (!rule.Reaction.IsNone)
        {
            words.Add(rule.Reaction.ToString());
        }

        if (rule.Scope is { } scope)
        {
            words.Add($"{ScopeWord}={ReplyWords.Scope.Print(scope)}");
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
