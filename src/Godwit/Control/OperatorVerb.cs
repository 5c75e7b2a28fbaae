// The table of verbs: every command an operator may type, PowerMTA's and our own. Those of PowerMTA for which there is nothing to do are here too, so
// that an abbreviation keeps its meaning and a script gets an honest answer.

using System.Text.RegularExpressions;
using Godwit.Settings;

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

/// <param name="Needs">
/// Who may give it over HTTP. Operators: whatever changes something, shows people's addresses or the configuration, or lets the server speak to others. There
/// is no level that is meant when none is written: a verb without one does not compile.
/// </param>
/// <param name="Words">In full, separated by one blank.</param>
/// <param name="Arguments">What follows, as shown to the operator. The options that stand in it are those that the verb takes.</param>
/// <param name="Changes">It changes something: it must be typed unmistakably, and needs a proof of who asks.</param>
internal sealed partial record OperatorVerb(
    VerbId Id, AccessLevel Needs, string Words, string Arguments = "", OperandForm Operand = OperandForm.None, bool Changes = false)
{
    private const AccessLevel Monitor = AccessLevel.Monitor;

    private const AccessLevel Operator = AccessLevel.Operator;

    private const string QueueOptions =
        "[DOMAIN[/VMTA]] [--maxitems=N] [--errors] [--connected=yes|no] [--paused=yes|no] [--mode=normal|backoff] [--sort=rcpt|name|size]"
        + " [--no-rcpt-events] [--mode-events]";

    private const string Filters = "[--rcpt=ADDRESS] [--orig=ADDRESS] [--envId=ID] [--older-than=TIME]";

    /// <summary>Tie breaker for abbreviations of verbs that only look: the first in this order wins ("show top" is topqueues, "show d" is domains).</summary>
    public static readonly IReadOnlyList<OperatorVerb> Table =
    [
        new(VerbId.ShowStatus, Monitor, "show status"),
        new(VerbId.ShowVersion, Monitor, "show version"),
        new(VerbId.ShowQueues, Monitor, "show queues", QueueOptions, OperandForm.AnyQueue),
        new(VerbId.ShowTopQueues, Monitor, "show topqueues", QueueOptions, OperandForm.AnyQueue),
        new(VerbId.ShowSettings, Operator, "show settings", "DOMAIN[/VMTA] [--origin] [--set]", OperandForm.Word),
        new(VerbId.ShowVirtualMtas, Monitor, "show vmtas", "[--maxitems=N] [--sort=name|rcpt|size]"),
        new(VerbId.ShowVirtualMtaSettings, Operator, "show vmta-settings", "VMTA [--origin] [--set]", OperandForm.Word),
        new(VerbId.ShowSourceSettings, Operator, "show source-settings", "IP|NAME [--origin] [--set]", OperandForm.Word),
        new(VerbId.ShowUnclassified, Monitor, "show unclassified", "[--maxitems=N]"),
        new(VerbId.Reload, Operator, "reload", Changes: true),
        new(VerbId.ShowDomains, Monitor, "show domains", "[DOMAIN] [--vmta=VMTA] [--connected=yes|no] [--maxitems=N] [--errors] [--sort=name|rcpt|size]",
            OperandForm.AnyDomain),
        new(VerbId.ShowTopDomains, Monitor, "show topdomains", "[DOMAIN] [--vmta=VMTA] [--connected=yes|no] [--maxitems=N] [--errors] [--sort=rcpt|name|size]",
            OperandForm.AnyDomain),
        new(VerbId.ShowJobs, Monitor, "show jobs", "[--maxitems=N] [--sort=rcpt|name|size]"),
        new(VerbId.ShowDisabledSources, Monitor, "show disabled sources", "[DOMAIN[/VMTA]] [--maxitems=N]", OperandForm.AnyQueue),
        new(VerbId.ShowDisabledClients, Monitor, "show disabled clients", "[--maxitems=N]"),
        new(VerbId.List, Operator, "list", $"[--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters} [--priority=N] [--pause] [--schedule] [--maxitems=N]"),
        new(VerbId.Why, Operator, "why", "ADDRESS|DOMAIN[/VMTA]|JOB", OperandForm.Word),
        new(VerbId.Resolve, Operator, "resolve", "DOMAIN[/VMTA] [--server=IP] [--tcp] [--edns] [--use-dane] [--use-mta-sts] [--connect] [--source=IP]"
            + " [--dumppackets] [--interactive]", OperandForm.Word),
        new(VerbId.PauseQueue, Operator, "pause queue", "DOMAIN[/VMTA]", OperandForm.Queue, Changes: true),
        new(VerbId.PauseJob, Operator, "pause job", "ID", OperandForm.Word, Changes: true),
        new(VerbId.ResumeQueue, Operator, "resume queue", "DOMAIN[/VMTA]", OperandForm.Queue, Changes: true),
        new(VerbId.ResumeJob, Operator, "resume job", "ID", OperandForm.Word, Changes: true),
        new(VerbId.SetQueue, Operator, "set queue", "--mode=normal|backoff DOMAIN[/VMTA]", OperandForm.Queue, Changes: true),
        new(VerbId.SetPriority, Operator, "set priority", $"N [--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters}", OperandForm.Priority, Changes: true),
        new(VerbId.Schedule, Operator, "schedule", "[--retry-recipients] DOMAIN[/VMTA]", OperandForm.Queue, Changes: true),
        new(VerbId.Trace, Operator, "trace", "[--retry-recipients] [--log-data] [--log-resolution] [--to-log] [--source-ip=IP] DOMAIN[/VMTA]",
            OperandForm.Queue, Changes: true),
        new(VerbId.DisableSource, Operator, "disable source", "[--reenable-after=TIME] IP DOMAIN[/VMTA]", OperandForm.SourceAndQueue, Changes: true),
        new(VerbId.EnableSource, Operator, "enable source", "IP DOMAIN[/VMTA]", OperandForm.SourceAndQueue, Changes: true),
        new(VerbId.EnableClient, Operator, "enable client", "IP|*", OperandForm.ClientAddress, Changes: true),
        new(VerbId.Delete, Operator, "delete", $"[--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters} [--priority=N] [--dsn] [--no-accounting]", Changes: true),
        new(VerbId.Reroute, Operator, "reroute", $"VMTA [--queue=DOMAIN[/VMTA]] [--jobId=ID] {Filters} [--priority=N]", OperandForm.Word, Changes: true),
        new(VerbId.ClearDnsCache, Operator, "clear dnscache", "DOMAIN|*", OperandForm.Word, Changes: true),
        new(VerbId.ResetCounters, Operator, "reset counters", Changes: true),
        new(VerbId.ResetStatus, Operator, "reset status", Changes: true),
        new(VerbId.RotateLog, Operator, "rotate log", Changes: true),
        new(VerbId.RotateAccounting, Operator, "rotate acct", "[FILE]", OperandForm.AnyWord, Changes: true),
        new(VerbId.CheckConfig, Monitor, "check config", "FILE", OperandForm.Free),
        new(VerbId.CheckSpf, Operator, "check spf", "IP HELO [MAILFROM] [--tcp] [--dumppackets]", OperandForm.Client),
        new(VerbId.CheckDkim, Operator, "check dkim", "DOMAIN", OperandForm.Word),
        new(VerbId.CheckMailFrom, Operator, "check mfrom", "IP HELO [MAILFROM] [--tcp] [--dumppackets]", OperandForm.Client),
        new(VerbId.TestConfig, Operator, "test config"),
        new(VerbId.Digest, Monitor, "digest", "--siphash|--hmac-sha256 --key=S|--hexkey=S TEXT", OperandForm.Word),
        new(VerbId.ShowLicense, Monitor, "show license"),
        new(VerbId.ShowPrecache, Monitor, "show precache"),
        new(VerbId.ShowRegistration, Monitor, "show registration"),
        new(VerbId.Register, Monitor, "register", "[ANYTHING]", OperandForm.Free),
        new(VerbId.Deregister, Monitor, "deregister", "[ANYTHING]", OperandForm.Free),
        new(VerbId.ClearSecretsCache, Operator, "clear secretscache", Changes: true),
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
