// What a reply leads to, in Godwit's own words: a small closed language that the provider file and <smtp-pattern-list> share. Immutable.

using System.Globalization;
using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>What is done. Several may stand in one reaction; which exclude each other, <see cref="ReactionReading"/> says.</summary>
[Flags]
public enum ReactionActs
{
    None = 0,

    /// <summary><c>fail</c>: the recipient bounces, whatever the code.</summary>
    Fail = 1,

    /// <summary><c>temporary</c>: a 5xx that is kept and tried again: no bounce, no suppression.</summary>
    Temporary = 1 << 1,

    /// <summary><c>retry</c>: the recipient waits and nothing is slowed.</summary>
    Retry = 1 << 2,

    /// <summary><c>reconnect</c>: the connection has had its share; the next one is opened at once, without penalty.</summary>
    Reconnect = 1 << 3,

    /// <summary><c>same-source</c>: the next attempt comes from the same source address.</summary>
    SameSource = 1 << 4,

    /// <summary><c>next-host</c>: the next host or address of the destination is tried.</summary>
    NextHost = 1 << 5,

    /// <summary><c>tls</c>: nothing more goes there without TLS.</summary>
    RequireTls = 1 << 6,

    /// <summary><c>suspend=T</c>: the scope waits.</summary>
    Suspend = 1 << 7,

    /// <summary><c>recover=gradual</c>: after the wait one connection, then one more at a time.</summary>
    RecoverGradually = 1 << 8,

    /// <summary><c>connections=N</c></summary>
    LimitConnections = 1 << 9,

    /// <summary><c>rate=N/T</c></summary>
    LimitRate = 1 << 10,

    /// <summary><c>messages=N</c>: on one connection.</summary>
    LimitMessages = 1 << 11,

    /// <summary><c>disable-source-ip</c>: the source address sends nothing more to this provider.</summary>
    DisableSource = 1 << 12,

    /// <summary><c>alert</c>: the log and the operator hear of it.</summary>
    Alert = 1 << 13,
}

/// <summary>What a reply leads to.</summary>
/// <param name="Acts">What is done; the properties say for how long and how much.</param>
public sealed record ReplyReaction(ReactionActs Acts)
{
    /// <summary>The word for half of what was in use when the reply came, where the provider names no number.</summary>
    internal const string HalfWord = "half";

    /// <summary>Acts whose word has no value.</summary>
    internal static readonly (string Word, ReactionActs Act)[] Plain =
    [
        ("fail", ReactionActs.Fail), ("temporary", ReactionActs.Temporary), ("retry", ReactionActs.Retry), ("reconnect", ReactionActs.Reconnect),
        ("same-source", ReactionActs.SameSource), ("next-host", ReactionActs.NextHost), ("tls", ReactionActs.RequireTls),
        ("disable-source-ip", ReactionActs.DisableSource), ("alert", ReactionActs.Alert),
    ];

    /// <summary>Acts whose word has a value.</summary>
    internal static readonly (string Word, ReactionActs Act)[] Valued =
    [
        ("suspend", ReactionActs.Suspend), ("recover", ReactionActs.RecoverGradually), ("connections", ReactionActs.LimitConnections),
        ("rate", ReactionActs.LimitRate), ("messages", ReactionActs.LimitMessages),
    ];

    /// <summary>The temporary ceilings.</summary>
    internal const ReactionActs Limits = ReactionActs.LimitConnections | ReactionActs.LimitRate | ReactionActs.LimitMessages;

    /// <summary>Nothing beyond what the reply's code means by itself.</summary>
    public static ReplyReaction None { get; } = new(ReactionActs.None);

    /// <summary>How long the scope waits; set with <see cref="ReactionActs.Suspend"/>, more than zero.</summary>
    public TimeSpan Suspend { get; init; }

    /// <summary>The recipient's least wait; null is the queue's usual one.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Connections at once, from 1; null with <see cref="ReactionActs.LimitConnections"/> is half of those that were open.</summary>
    public int? Connections { get; init; }

    /// <summary>Recipients attempted; null with <see cref="ReactionActs.LimitRate"/> is half of what was attempted in the hour before.</summary>
    public Rate? Rate { get; init; }

    /// <summary>Messages on one connection, from 1; set with <see cref="ReactionActs.LimitMessages"/>.</summary>
    public int? Messages { get; init; }

    /// <summary>How long the ceilings hold; set with any of them, more than zero.</summary>
    public TimeSpan LimitFor { get; init; }

    /// <summary>When a disabled source address is used again; null is when the operator says so.</summary>
    public TimeSpan? ReenableAfter { get; init; }

    /// <summary>The bounce category; empty leaves it to the usual rules.</summary>
    public string Category { get; init; } = "";

    /// <summary>The reaction begins with the n-th match within the period; without a limit, with the first.</summary>
    public Rate Threshold { get; init; }

    public bool Has(ReactionActs act) => (Acts & act) == act;

    /// <summary>Whether it says anything.</summary>
    public bool IsNone => this == None;

    /// <summary>As it is written in a file; reads back as the same.</summary>
    public override string ToString()
    {
        var words = new List<string>();
        foreach ((string word, ReactionActs act) in Plain)
        {
            if (Has(act))
            {
                words.Add(act == ReactionActs.Retry && RetryAfter is { } wait ? $"{word}={ValueParsers.PrintTime(wait)}" : word);
                if (act == ReactionActs.DisableSource && ReenableAfter is { } back)
                {
                    words.Add($"reenable-after={ValueParsers.PrintTime(back)}");
                }
            }
        }

        words.AddRange(Valued.Where(v => Has(v.Act)).Select(v => $"{v.Word}={PrintValue(v.Act)}"));
        Add(words, "for", LimitFor > TimeSpan.Zero ? ValueParsers.PrintTime(LimitFor) : "");
        Add(words, "category", Category);
        Add(words, "threshold", Threshold.IsUnlimited ? "" : ValueParsers.RateForm.Print(Threshold));
        return string.Join(',', words);
    }

    private string PrintValue(ReactionActs act) => act switch
    {
        ReactionActs.Suspend => ValueParsers.PrintTime(Suspend),
        ReactionActs.RecoverGradually => "gradual",
        ReactionActs.LimitConnections => Connections?.ToString(CultureInfo.InvariantCulture) ?? HalfWord,
        ReactionActs.LimitRate => Rate is { } rate ? ValueParsers.RateForm.Print(rate) : HalfWord,
        _ => Messages?.ToString(CultureInfo.InvariantCulture) ?? "",
    };

    private static void Add(List<string> words, string name, string value)
    {
        if (value.Length > 0)
        {
            words.Add($"{name}={value}");
        }
    }
}
