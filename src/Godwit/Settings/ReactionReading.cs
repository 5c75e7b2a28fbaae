// Reads the words of a reaction one after the other, in any order, and says which of them cannot stand together. Owned by one reading of one line.

using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>Puts a <see cref="ReplyReaction"/> together. Every method that ends in false has said why in the reading.</summary>
internal sealed class ReactionReading(ValueReading reading)
{
    /// <summary>Every word, for hints.</summary>
    public static IReadOnlyList<string> AllWords { get; } =
    [
        "suspend=TIME", "recover=gradual", "connections=N", "rate=N/TIME", "messages=N", "for=TIME", "reconnect", "retry=TIME", "temporary",
        "disable-source-ip", "reenable-after=TIME", "same-source", "tls", "next-host", "fail", "category=NAME", "alert", "threshold=N/TIME",
    ];

    private const ReactionActs Slowing = ReactionActs.Suspend | ReactionActs.LimitConnections | ReactionActs.LimitRate | ReactionActs.DisableSource;

    private const ReactionActs Waits = ReactionActs.Suspend | ReactionActs.DisableSource;

    /// <summary>Acts that contradict each other.</summary>
    private static readonly (ReactionActs One, ReactionActs Others)[] _exclusive =
    [
        (ReactionActs.Fail, ReactionActs.Temporary | ReactionActs.Retry | ReactionActs.Reconnect | ReactionActs.SameSource | ReactionActs.NextHost),
        (ReactionActs.Retry, Slowing | ReactionActs.Reconnect),
        (ReactionActs.Reconnect, Slowing),
        (ReactionActs.SameSource, ReactionActs.DisableSource | ReactionActs.NextHost),
    ];

    private static readonly ValueForm<TimeSpan> _time = new(
        "a time such as 10m",
        (text, reading, out value) => ValueParsers.Time.TryReadPart(new ValueWord(text, 0, text), reading, out value)
            && (value > TimeSpan.Zero || reading.Fail("the time is zero; leave the word out, or write a time such as 10m")));

    private static readonly ValueForm<int> _number = ValueParsers.Integer(1);

    private static readonly ValueForm<Rate> _rate = new(
        "a number and a time such as 60/h",
        (text, reading, out value) => ValueParsers.RateForm.TryReadPart(new ValueWord(text, 0, text), reading, out value)
            && (!value.IsUnlimited || reading.Fail($"{ValueParsers.Show(text)} limits nothing; write a number and a time such as 60/h")));

    private readonly List<string> _seen = [];
    private ReplyReaction _reaction = ReplyReaction.None;
    private int _first = -1;

    /// <summary>Where a word stands, for faults that concern the whole.</summary>
    public int First => Math.Max(_first, 0);

    public bool IsEmpty => _first < 0;

    /// <summary>Takes a word. False with <paramref name="known"/> unset is a word of another language, which is left to the caller.</summary>
    public bool TryTake(ValueWord word, out bool known)
    {
        string name = word.Text.Split('=')[0].ToLowerInvariant();
        bool valued = name.Length < word.Text.Length;
        ValueWord value = default;
        known = valued ? word.TryValueOf(name, out value) && IsValued(name) : Array.Exists(ReplyReaction.Plain, p => p.Word == name);
        if (!known)
        {
            return false;
        }

        _first = _first < 0 ? word.Offset : _first;
        if (_seen.Contains(name))
        {
            return reading.Fail($"{name} is given twice in one rule", word.Offset);
        }

        _seen.Add(name);
        if (!valued)
        {
            return TryAdd(Array.Find(ReplyReaction.Plain, p => p.Word == name).Act, word);
        }

        (_, ReactionActs act) = Array.Find(ReplyReaction.Valued, v => v.Word == name);
        return TryValue(name, value) && TryAdd(name == "retry" ? ReactionActs.Retry : act, word);
    }

    /// <summary>What was read, when its words fit together.</summary>
    /// <param name="waits">The rule makes something wait by words of another language.</param>
    public bool TryFinish(bool waits, out ReplyReaction reaction)
    {
        reaction = _reaction;
        string fault = true switch
        {
            _ when reaction.Has(ReactionActs.RecoverGradually) && !waits && (reaction.Acts & Waits) == ReactionActs.None =>
                "recover=gradual follows a wait; put suspend=TIME beside it",
            _ when (reaction.Acts & ReplyReaction.Limits) != ReactionActs.None && reaction.LimitFor == TimeSpan.Zero =>
                $"{WordsOf(reaction.Acts & ReplyReaction.Limits)} holds for a time; put for=TIME beside it",
            _ when (reaction.Acts & ReplyReaction.Limits) == ReactionActs.None && reaction.LimitFor > TimeSpan.Zero =>
                "for=TIME belongs beside connections, rate or messages",
            _ when !reaction.Has(ReactionActs.DisableSource) && reaction.ReenableAfter is not null => "reenable-after belongs beside disable-source-ip",
            _ => "",
        };
        return fault.Length == 0 || reading.Fail(fault, First);
    }

    /// <summary>The word that a slip was meant to be, by what stands before its <c>=</c>; null when none is near.</summary>
    public static string? Near(string written) =>
        Spelling.Nearest(written.Split('=')[0], AllWords.Select(NameOf)) is { } near ? AllWords.First(word => NameOf(word) == near) : null;

    private static string NameOf(string word) => word.Split('=')[0];

    /// <summary>The words of acts.</summary>
    public static string WordsOf(ReactionActs acts) =>
        string.Join(" and ", ReplyReaction.Plain.Concat(ReplyReaction.Valued).Where(w => (acts & w.Act) != ReactionActs.None).Select(w => w.Word));

    private static bool IsValued(string name) =>
        name is "retry" or "for" or "reenable-after" or "category" or "threshold" || Array.Exists(ReplyReaction.Valued, v => v.Word == name);

    private bool TryAdd(ReactionActs act, ValueWord word)
    {
        ReactionActs before = _reaction.Acts;
        _reaction = _reaction with { Acts = before | act };
        foreach ((ReactionActs one, ReactionActs others) in _exclusive)
        {
            ReactionActs conflict = act == one ? before & others : (act & others) != ReactionActs.None ? before & one : ReactionActs.None;
            if (conflict != ReactionActs.None)
            {
                return reading.Fail($"{WordsOf(act)} cannot stand beside {WordsOf(conflict)} in one rule; keep one of them", word.Offset);
            }
        }

        return true;
    }

    private bool TryValue(string name, ValueWord given)
    {
        TimeSpan time = default;
        bool half = given.Text?.Equals(ReplyReaction.HalfWord, StringComparison.OrdinalIgnoreCase) == true;
        Rate rate = default;
        int number = 0;
        string word = "";
        bool fine = name switch
        {
            "connections" or "rate" when half => true,
            "recover" => given.Text?.Equals("gradual", StringComparison.OrdinalIgnoreCase) == true
                || reading.Fail($"recover={ValueParsers.Show(given.Text ?? "")} is not known; write recover=gradual", given.Offset),
            "connections" or "messages" => _number.TryReadPart(given, reading, out number),
            "rate" or "threshold" => _rate.TryReadPart(given, reading, out rate),
            "category" => ValueParsers.Category.TryReadPart(given, reading, out word),
            _ => _time.TryReadPart(given, reading, out time),
        };
        _reaction = name switch
        {
            "suspend" => _reaction with { Suspend = time },
            "retry" => _reaction with { RetryAfter = time },
            "for" => _reaction with { LimitFor = time },
            "reenable-after" => _reaction with { ReenableAfter = time },
            "connections" => _reaction with { Connections = half ? null : number },
            "messages" => _reaction with { Messages = number },
            "rate" => _reaction with { Rate = half ? null : rate },
            "threshold" => _reaction with { Threshold = rate },
            "category" => _reaction with { Category = word },
            _ => _reaction,
        };
        return fine;
    }
}
