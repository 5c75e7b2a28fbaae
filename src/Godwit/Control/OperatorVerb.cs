// The table of verbs: every command an operator may type, PowerMTA's and our own. Those of PowerMTA for which there is nothing to do are here too, so
// that an abbreviation keeps its meaning and a script gets an honest answer.

using System.Text.RegularExpressions;

namespace Godwit.Control;

/// <summary>Which verb it is.</summary>
internal enum VerbId : byte
{
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
    ShowDomains,
    ShowTopDomains,
    ShowVirtualMtas,
    ShowJobs,
    ShowDisabledSources,
    ShowDisabledClients,
    List,
    Why,
    Delete,
    Resolve,
    CheckSpf,
    PauseQueue,
    PauseJob,
    ResumeQueue,
    ResumeJob,
    SetQueue,
    SetPriority,
    Schedule,
    Trace,
    DisableSource,
    EnableSource,
    EnableClient,
    ClearDnsCache,
    ResetCounters,
    ResetStatus,
    RotateLog,
    RotateAccounting,
    CheckDkim,
    Reroute,
    CheckMailFrom,
    TestConfig,
    Digest,
    ShowLicense,
    ShowPrecache,
    ShowRegistration,
    Register,
    Deregister,
    ClearSecretsCache,
}

/// <summary>What stands behind a verb beside its options.</summary>
internal enum OperandForm : byte
{
    None,

    /// <summary>Words of its own, read elsewhere.</summary>
    Free,

    /// <summary>One word.</summary>
    Word,

    /// <summary>One word, or none.</summary>
    AnyWord,

    /// <summary>A queue, a star standing for anything.</summary>
    Queue,

    /// <summary>The same, or nothing: all queues.</summary>
    AnyQueue,

    /// <summary>A domain, a star standing for anything; or nothing: all of them.</summary>
    AnyDomain,

    /// <summary>A source address, then a queue.</summary>
    SourceAndQueue,

    /// <summary>An address, a name, and perhaps a sender.</summary>
    Client,

    /// <summary>A priority.</summary>
    Priority,

    /// <summary>A client's address, an IPv6 network of 64 bits, or a star for all.</summary>
    ClientAddress,
}

/// <param name="Words">In full, separated by one blank.</param>
/// <param name="Arguments">What follows, as shown to the operator. The options that stand in it are those that the verb takes.</param>
/// <param name="Changes">It changes something: it must be typed unmistakably, and needs the token.</param>
/// <param name="ShowsAddresses">It shows people's addresses, which not everybody on the machine may see: it needs the token too.</param>
internal sealed partial record OperatorVerb(
    VerbId Id, string Words, string Arguments = "", OperandForm Operand = OperandForm.None, bool Changes = false, bool ShowsAddresses = false)
{
    private const string QueueOptions =
        "[DOMAIN[/VMTA]] [--maxitems=N] [--errors] [--connected=yes|no] [--paused=yes|no] [--mode=normal|backoff] [--sort=rcpt|name|size]"
        + " [--no-rcpt-events] [--mode-events]";

    private const string Filters = "[--rcpt=ADDRESS] [--orig=ADDRESS] [--envId=ID] [--older-than=TIME]";

    /// <summary>Tie breaker for abbreviations of verbs that only look: the first in this order wins ("show top" is topqueues, "show d" is domains).</summary>
    public static readonly IReadOnlyList<OperatorVerb> Table =
    [
        new(VerbId.ShowStatus, "show status"),
        new(VerbId.ShowVersion, "show version"),
        new(VerbId.ShowQueues, "show queues", QueueOptions, OperandForm.AnyQueue),
        new(VerbId.ShowTopQueues, "show topqueues", QueueOptions, OperandForm.AnyQueue),
        new(VerbId.ShowSettings, "show settings", "DOMAIN[/VMTA] [--origin] [--set]", OperandForm.Word),
        new(VerbId.ShowVirtualMtas, "show vmtas", "[--maxitems=N] [--sort=name|rcpt|size]"),
        new(VerbId.ShowVirtualMtaSettings, "show vmta-settings", "VMTA [--origin] [--set]", OperandForm.Word),
        new(VerbId.ShowSourceSettings, "show source-settings", "IP|NAME [--origin] [--set]", OperandForm.Word),
        new(VerbId.ShowUnclassified, "show unclassified", "[--maxitems=N]"),
        new(VerbId.Reload, "reload", Changes: true),
        new(VerbId.ShowDomains, "show domains", "[DOMAIN] [--vmta=VMTA] [--connected=yes|no] [--maxitems=N] [--errors] [--sort=name|rcpt|size]",
            OperandForm.AnyDomain),
        new(VerbId.ShowTopDomains, "show topdomains", "[DOMAIN] [--vmta=VMTA] [--connected=yes|no] [--maxitems=N] [--errors] [--sort=rcpt|name|size]",
            OperandForm.AnyDomain),
        new(VerbId.ShowJobs, "show jobs", "[--maxitems=N] [--sort=rcpt|name|size]"),
        new(VerbId.ShowDisabledSources, "show disabled sources", "[DOMAIN[/VMTA]] [--maxitems=N]", OperandForm.AnyQueue),
        new(VerbId.ShowDisabledClients, "show disabled clients", "[--maxitems=N]"),
        new(VerbId.List, "list", $"[--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters} [--priority=N] [--pause] [--schedule] [--maxitems=N]",
            ShowsAddresses: true),
        new(VerbId.Why, "why", "ADDRESS|DOMAIN[/VMTA]|JOB", OperandForm.Word, ShowsAddresses: true),
        new(VerbId.Resolve, "resolve", "DOMAIN[/VMTA] [--server=IP] [--tcp] [--edns] [--use-dane] [--use-mta-sts] [--connect] [--source=IP]"
            + " [--dumppackets] [--interactive]", OperandForm.Word),
        new(VerbId.PauseQueue, "pause queue", "DOMAIN[/VMTA]", OperandForm.Queue, Changes: true),
        new(VerbId.PauseJob, "pause job", "ID", OperandForm.Word, Changes: true),
        new(VerbId.ResumeQueue, "resume queue", "DOMAIN[/VMTA]", OperandForm.Queue, Changes: true),
        new(VerbId.ResumeJob, "resume job", "ID", OperandForm.Word, Changes: true),
        new(VerbId.SetQueue, "set queue", "--mode=normal|backoff DOMAIN[/VMTA]", OperandForm.Queue, Changes: true),
        new(VerbId.SetPriority, "set priority", $"N [--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters}", OperandForm.Priority, Changes: true),
        new(VerbId.Schedule, "schedule", "[--retry-recipients] DOMAIN[/VMTA]", OperandForm.Queue, Changes: true),
        new(VerbId.Trace, "trace", "[--retry-recipients] [--log-data] [--log-resolution] [--to-log] [--source-ip=IP] DOMAIN[/VMTA]", OperandForm.Queue,
            Changes: true),
        new(VerbId.DisableSource, "disable source", "[--reenable-after=TIME] IP DOMAIN[/VMTA]", OperandForm.SourceAndQueue, Changes: true),
        new(VerbId.EnableSource, "enable source", "IP DOMAIN[/VMTA]", OperandForm.SourceAndQueue, Changes: true),
        new(VerbId.EnableClient, "enable client", "IP|*", OperandForm.ClientAddress, Changes: true),
        new(VerbId.Delete, "delete", $"[--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters} [--priority=N] [--dsn] [--no-accounting]", Changes: true),
        new(VerbId.Reroute, "reroute", $"VMTA [--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters} [--priority=N]", OperandForm.Word, Changes: true),
        new(VerbId.ClearDnsCache, "clear dnscache", "DOMAIN|*", OperandForm.Word, Changes: true),
        new(VerbId.ResetCounters, "reset counters", Changes: true),
        new(VerbId.ResetStatus, "reset status", Changes: true),
        new(VerbId.RotateLog, "rotate log", Changes: true),
        new(VerbId.RotateAccounting, "rotate acct", "[FILE]", OperandForm.AnyWord, Changes: true),
        new(VerbId.CheckConfig, "check config", "FILE", OperandForm.Free),
        new(VerbId.CheckSpf, "check spf", "IP HELO [MAILFROM] [--tcp] [--dumppackets]", OperandForm.Client),
        new(VerbId.CheckDkim, "check dkim", "DOMAIN", OperandForm.Word),
        new(VerbId.CheckMailFrom, "check mfrom", "IP HELO [MAILFROM] [--tcp] [--dumppackets]", OperandForm.Client),
        new(VerbId.TestConfig, "test config"),
        new(VerbId.Digest, "digest", "--siphash|--hmac-sha256 --key=S|--hexkey=S TEXT", OperandForm.Word),
        new(VerbId.ShowLicense, "show license"),
        new(VerbId.ShowPrecache, "show precache"),
        new(VerbId.ShowRegistration, "show registration"),
        new(VerbId.Register, "register", "[ANYTHING]", OperandForm.Free),
        new(VerbId.Deregister, "deregister", "[ANYTHING]", OperandForm.Free),
        new(VerbId.ClearSecretsCache, "clear secretscache", Changes: true),
    ];

    private readonly string[] _parts = Words.Split(' ');

    private readonly string[] _options = [.. OptionName().Matches(Arguments).Select(match => match.Value)];

    public int WordCount => _parts.Length;

    /// <summary>Whether it takes an option of this name, in whatever case.</summary>
    public bool Takes(string option) => _options.Contains(option, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it takes any option.</summary>
    public bool HasOptions => _options.Length > 0;

    /// <summary>Whether the typed words begin with this verb, each in full or abbreviated.</summary>
    public bool IsAbbreviatedBy(IReadOnlyList<string> typed) => CountMatching(typed) == _parts.Length;

    /// <summary>Whether the typed words begin with this verb, each in full.</summary>
    public bool IsSpelledOutBy(IReadOnlyList<string> typed) =>
        CountMatching(typed) == _parts.Length && _parts.Zip(typed).All(pair => pair.First.Length == pair.Second.Length);

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

    [GeneratedRegex("--[A-Za-z][A-Za-z0-9-]*", RegexOptions.NonBacktracking)]
    private static partial Regex OptionName();
}
