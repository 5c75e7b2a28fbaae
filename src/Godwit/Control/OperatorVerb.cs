// The table of verbs: every command an operator may type, those of this version and those of PowerMTA that are still to come.
// The latter are known by name so that an abbreviation keeps its meaning from version to version and a script gets an honest answer.

namespace Godwit.Control;

/// <summary>Which verb it is; <see cref="Later"/> stands for all that this version does not have.</summary>
internal enum VerbId : byte
{
    Later,
    ShowStatus,
    ShowVersion,
    ShowQueues,
    ShowTopQueues,
    ShowUnclassified,
    Reload,
    CheckConfig,
    ShowSettings,
    ShowVirtualMtaSettings,
    ShowSourceSettings,
}

/// <param name="Words">In full, separated by one blank.</param>
/// <param name="Arguments">What follows, as shown to the operator.</param>
/// <param name="Changes">It changes something: it must be typed unmistakably, and needs the token.</param>
internal sealed record OperatorVerb(VerbId Id, string Words, string Arguments = "", bool Changes = false)
{
    /// <summary>Tie breaker for abbreviations of verbs that only look: the first in this order wins ("show top" is topqueues, "show d" is domains).</summary>
    public static readonly IReadOnlyList<OperatorVerb> Table =
    [
        new(VerbId.ShowStatus, "show status"),
        new(VerbId.ShowVersion, "show version"),
        new(VerbId.ShowQueues, "show queues", "[DOMAIN[/VMTA]] [--maxitems=N] [--errors]"),
        new(VerbId.ShowTopQueues, "show topqueues", "[DOMAIN[/VMTA]] [--maxitems=N] [--errors]"),
        new(VerbId.ShowUnclassified, "show unclassified", "[--maxitems=N]"),
        new(VerbId.ShowSettings, "show settings", "DOMAIN[/VMTA] [--origin] [--set]"),
        new(VerbId.ShowVirtualMtaSettings, "show vmta-settings", "VMTA [--origin] [--set]"),
        new(VerbId.ShowSourceSettings, "show source-settings", "IP|NAME [--origin] [--set]"),
        new(VerbId.Reload, "reload", Changes: true),
        new(VerbId.CheckConfig, "check config", "FILE"),
        .. Later(
            changes: false, "show domains", "show topdomains", "show vmtas", "show jobs", "show disabled sources",
            "show license", "show precache", "show registration", "list", "trace", "resolve", "check spf", "check mfrom", "test config", "digest"),
        .. Later(
            changes: true, "delete", "pause queue", "pause job", "resume queue", "resume job", "set queue", "set priority", "schedule", "disable source",
            "enable source", "clear dnscache", "clear secretscache", "reset counters", "reset status", "rotate log", "rotate acct", "register", "deregister"),
    ];

    private readonly string[] _parts = Words.Split(' ');

    public int WordCount => _parts.Length;

    /// <summary>Whether the typed words begin with this verb, each in full or abbreviated.</summary>
    public bool IsAbbreviatedBy(IReadOnlyList<string> typed) => CountMatching(typed) == _parts.Length;

    /// <summary>Whether the typed words begin with this verb, each in full.</summary>
    public bool IsSpelledOutBy(IReadOnlyList<string> typed) =>
        CountMatching(typed) == _parts.Length && _parts.Zip(typed).All(pair => pair.First.Length == pair.Second.Length);

    private static IEnumerable<OperatorVerb> Later(bool changes, params string[] verbs) =>
        verbs.Select(words => new OperatorVerb(VerbId.Later, words, Changes: changes));

    private int CountMatching(IReadOnlyList<string> typed)
    {
        int most = Math.Min(_parts.Length, typed.Count);
        int count = 0;
        while (count < most && typed[count].Length > 0 && _parts[count].StartsWith(typed[count], StringComparison.OrdinalIgnoreCase))
        {
            count++;
        }

        return count;
    }
}
