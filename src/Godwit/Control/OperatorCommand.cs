// From the words an operator typed to a verb with its options; or to a usage report that says what there is.

using System.Net;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>A command that was understood.</summary>
public sealed class OperatorCommand
{
    /// <summary>Queues listed when the operator does not say how many, as PowerMTA does.</summary>
    public const int DefaultMaxItems = 20;

    /// <summary>The same for recipients.</summary>
    public const int DefaultMaxRecipients = 100;

    /// <summary>Verbs that hold a typed word and are named to whoever typed no more; "show" is a part of too many.</summary>
    private const int MaxHinted = 3;

    /// <summary>Letters of a first word that changes something, where another word begins alike.</summary>
    private const int LeastOfChange = 4;

    private readonly OperatorVerb _verb;

    private OperatorCommand(OperatorVerb verb) => _verb = verb;

    /// <summary>It changes something in the server.</summary>
    public bool Changes => _verb.Changes;

    /// <summary>Who may give it over HTTP.</summary>
    public AccessLevel Needs => _verb.Needs;

    /// <summary>Whoever asks may see people's addresses: what a verb would show of them beside its answer is left out otherwise.</summary>
    public bool MaySeeAddresses { get; internal set; }

    /// <summary>The verb in full, for the log.</summary>
    public string Name => _verb.Words;

    /// <summary>The verb in full with what was typed behind it.</summary>
    public string Line { get; private set; } = "";

    internal VerbId Verb => _verb.Id;

    internal CommandOptions Options { get; } = new();

    /// <summary>Virtual MTAs and jobs are listed whole: scripts find out from such a list which there are.</summary>
    internal int MaxItems => Options.MaxItems ?? Verb switch
    {
        VerbId.List => DefaultMaxRecipients,
        VerbId.ShowVirtualMtas or VerbId.ShowJobs => CommandOptions.MostMaxItems,
        _ => DefaultMaxItems,
    };

    internal bool Errors => Options.Errors;

    /// <summary>What became of single recipients lately is told below each queue.</summary>
    internal bool RecipientEvents => MaySeeAddresses && Options is { Errors: true, NoRecipientEvents: false };

    /// <summary>Values come with where they came from.</summary>
    internal bool Origin => Options.Origin;

    /// <summary>Values that nobody has set are left out.</summary>
    internal bool OnlySet => Options.OnlySet;

    /// <summary>The one word a verb is about: a virtual MTA, a job, a domain; empty when there is none.</summary>
    internal string Operand { get; private set; } = "";

    internal QueuePattern Queues { get; private set; } = QueuePattern.All;

    internal IPAddress? Address { get; private set; }

    internal byte Priority { get; private set; }

    /// <summary>The reverse-path that a check is about; empty for none.</summary>
    internal string Sender { get; private set; } = "";

    /// <summary>Reads a command line. On false, <paramref name="usage"/> says why and what can be typed.</summary>
    public static bool TryParse(string line, out OperatorCommand command, out MessageReport usage)
    {
        if (CommandWords.Split(line, out string problem) is { } words)
        {
            return TryParse(words, out command, out usage);
        }

        command = new OperatorCommand(OperatorVerb.Table[0]);
        usage = Usage(problem);
        return false;
    }

    /// <summary>The same for a command that is in words already.</summary>
    public static bool TryParse(IReadOnlyList<string> words, out OperatorCommand command, out MessageReport usage)
    {
        command = new OperatorCommand(OperatorVerb.Table[0]);
        if (FindVerb(words, out string problem) is not { } verb)
        {
            usage = Usage(problem);
            return false;
        }

        command = new OperatorCommand(verb) { Line = string.Join(' ', [verb.Words, .. words.Skip(verb.WordCount)]) };
        problem = command.ReadArguments([.. words.Skip(verb.WordCount)]);
        usage = new MessageReport(ReportOutcome.Usage, $"{problem}\nusage: {verb.Words} {verb.Arguments}".TrimEnd());
        return problem.Length == 0;
    }

    private static MessageReport Usage(string problem)
    {
        IEnumerable<string> verbs = OperatorVerb.Table.Select(verb => verb.Words);
        return new MessageReport(ReportOutcome.Usage, problem.EndsWith('?') ? problem // The nearest verb is all that is needed.
            : problem.Length > 0 ? $"{problem}; \"godwit help\" lists what there is"
            : $"no command was given; there are: {string.Join(", ", verbs)}");
    }

    private static OperatorVerb? FindVerb(IReadOnlyList<string> words, out string problem)
    {
        problem = "";
        if (words.Count == 0)
        {
            return null;
        }

        List<OperatorVerb> meant = [.. OperatorVerb.Table.Where(verb => verb.IsAbbreviatedBy(words))];
        OperatorVerb? verb = meant.Find(candidate => candidate.IsSpelledOutBy(words)) ?? meant.FirstOrDefault();
        if (verb is null)
        {
            string behind = Behind(words[0]);
            bool isBare = words.Count == 1 || words[1].StartsWith("--", StringComparison.Ordinal);
            string hint = Hint(words) is { Length: > 0 } near ? near : behind.Length > 0 ? $"; behind \"{words[0]}\" stands one of {behind}" : "";
            problem = isBare && behind.Length > 0 ? $"\"{words[0]}\" needs another word: {behind}"
                : $"unknown command \"{string.Join(' ', words.Take(3))}\"{hint}";
        }
        else if (verb.Changes && words[0].Length < LeastOfChange && OtherBeginning(verb, words[0]) is { } other)
        {
            problem = $"\"{words[0]}\" could mean {verb.Words} or {other}: type more of it";
        }
        else if (meant.Count > 1 && meant.Exists(candidate => candidate.Changes) && !verb.IsSpelledOutBy(words))
        {
            string typed = string.Join(' ', words.Take(verb.WordCount));
            problem = $"\"{typed}\" could mean {string.Join(" or ", meant.Select(candidate => candidate.Words))}: type more of it";
        }

        return problem.Length > 0 ? null : verb;
    }

    /// <summary>What may stand behind a first word that is no verb by itself; empty for any other.</summary>
    private static string Behind(string first)
    {
        OperatorVerb[] begun = [.. OperatorVerb.Table.Where(verb => first.Length > 0 && verb.Words.StartsWith(first, StringComparison.OrdinalIgnoreCase))];
        return begun.Length == 0 || begun.Any(verb => verb.WordCount == 1) || begun.DistinctBy(verb => verb.Words.Split(' ')[0]).Count() > 1 ? ""
            : string.Join(", ", begun.Select(verb => verb.Words[(verb.Words.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
    }

    /// <summary>Another first word that was perhaps begun: what changes something is not to be hit by a slip.</summary>
    private static string? OtherBeginning(OperatorVerb verb, string typed)
    {
        string first = verb.Words.Split(' ')[0];
        return OperatorVerb.Table.Select(each => each.Words.Split(' ')[0])
            .FirstOrDefault(word => word != first && word.StartsWith(typed, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The verb that was nearly typed, arguments left aside.</summary>
    private static string Hint(IReadOnlyList<string> words)
    {
        foreach (int count in (int[])[3, 2, 1])
        {
            IEnumerable<string> verbs = OperatorVerb.Table.Where(verb => verb.WordCount == count).Select(verb => verb.Words);
            if (words.Count >= count && Spelling.Hint(string.Join(' ', words.Take(count)), verbs) is { Length: > 0 } hint)
            {
                return hint;
            }
        }

        List<string> holding = [.. OperatorVerb.Table.Select(verb => verb.Words)
            .Where(verb => verb.Split(' ').Contains(words[0], StringComparer.OrdinalIgnoreCase))];
        return holding.Count is 0 or > MaxHinted ? "" : $"; did you mean {string.Join(" or ", holding.Select(verb => $"\"{verb}\""))}?";
    }

    private string ReadArguments(IReadOnlyList<string> words)
    {
        int operands = 0;
        for (int i = 0; i < words.Count && _verb.Operand != OperandForm.Free; i++)
        {
            string problem = words[i].StartsWith("--", StringComparison.Ordinal) ? ReadOption(words, ref i) : ReadOperand(words[i], operands++);
            if (problem.Length > 0)
            {
                return problem;
            }
        }

        return Missing(operands);
    }

    private string ReadOption(IReadOnlyList<string> words, ref int at)
    {
        string[] parts = words[at].Split('=', 2);
        if (!_verb.Takes(parts[0]))
        {
            return _verb.HasOptions ? $"{_verb.Words} has no option {words[at]} in this version" : $"{_verb.Words} takes no option {words[at]}";
        }

        bool standsBehind = parts.Length == 1 && CommandOptions.NeedsValue(parts[0]) && at + 1 < words.Count
            && !words[at + 1].StartsWith("--", StringComparison.Ordinal);
        return Options.Read(parts[0], standsBehind ? words[++at] : parts.Length == 2 ? parts[1] : null);
    }

    private string ReadOperand(string word, int number)
    {
        switch (_verb.Operand)
        {
            case OperandForm.Word or OperandForm.AnyWord or OperandForm.AnyDomain when number == 0 && word.Length > 0:
                Operand = word;
                return "";
            case OperandForm.Queue or OperandForm.AnyQueue when number == 0:
            case OperandForm.SourceAndQueue when number == 1:
                return ReadQueue(word);
            case OperandForm.SourceAndQueue when number == 0:
                Address = IPAddress.TryParse(word, out IPAddress? address) ? address : null;
                return Address is null ? $"\"{word}\" is not an address: {_verb.Words} needs IP DOMAIN[/VMTA]" : "";
            case OperandForm.Client when number == 0:
                Address = IPAddress.TryParse(word, out IPAddress? client) ? client : null;
                return Address is null ? $"\"{word}\" is not an address: {_verb.Words} needs IP HELO [MAILFROM]" : "";
            case OperandForm.ClientAddress when number == 0:
                Operand = word;
                string one = word.EndsWith("/64", StringComparison.Ordinal) && word.Contains(':', StringComparison.Ordinal) ? word[..^3] : word;
                Address = IPAddress.TryParse(one, out IPAddress? shutOut) ? shutOut : null;
                return Address is null && word != "*" ? $"\"{word}\" is not an address: {_verb.Words} needs IP, as \"show disabled clients\" has it, or *" : "";
            case OperandForm.Client when number == 1:
                Operand = word;
                return "";
            case OperandForm.Client when number == 2:
                Sender = word;
                return "";
            case OperandForm.Priority when number == 0:
                Priority = CommandOptions.TryPriority(word, out byte priority) ? priority : byte.MaxValue;
                return Priority == byte.MaxValue ? $"\"{word}\" is not a priority: write a number from 0 to 100" : "";
            default:
                return $"{_verb.Words} does not take \"{word}\"";
        }
    }

    private string ReadQueue(string word)
    {
        if (!QueuePattern.TryParse(word, out QueuePattern pattern))
        {
            return $"\"{word}\" does not name a queue: write DOMAIN or DOMAIN/VMTA; a star stands for anything";
        }

        if (!pattern.MayBeDomain)
        {
            return $"\"{pattern.Destination}\" is no domain, so it names no queue: write DOMAIN or DOMAIN/VMTA; a star stands for anything";
        }

        Queues = pattern;
        return "";
    }

    /// <summary>What was not typed and must be. What a slip would make of all mail at once needs more than the verb alone.</summary>
    private string Missing(int operands)
    {
        (int needed, string what) = _verb.Operand switch
        {
            OperandForm.Word => (1, _verb.Arguments.Split(' ').First(static part => part[0] is not ('-' or '['))),
            OperandForm.Queue => (1, "DOMAIN[/VMTA]"),
            OperandForm.Client => (2, "IP HELO [MAILFROM]"),
            OperandForm.ClientAddress => (1, "IP, as \"show disabled clients\" has it, or *"),
            OperandForm.SourceAndQueue => (2, "IP DOMAIN[/VMTA]"),
            OperandForm.Priority => (1, "N, a number from 0 to 100"),
            _ => (0, ""),
        };
        return operands < needed ? $"{_verb.Words} needs {what}"
            : Verb == VerbId.SetQueue && Options.Mode is null ? $"{_verb.Words} needs --mode=normal or --mode=backoff"
            : Verb == VerbId.Delete && Options.Filter is { Queue: null, Job: null } ? $"{_verb.Words} needs --queue or --jobId; --queue=*/* is all mail"
            : Verb == VerbId.Reroute && Options.Filter is { Queue: null, Job: null } ? $"{_verb.Words} needs --queue or --jobId; --queue=*/* is all mail"
            : Verb == VerbId.Digest ? MissingOfDigest()
            : Verb == VerbId.SetPriority && Options.Filter.IsOpen ? $"{_verb.Words} needs a filter, as in --queue=*/* for all mail"
            : "";
    }

    private string MissingOfDigest() =>
        Options.SipHash == Options.HmacSha256 ? $"{_verb.Words} needs one of --siphash and --hmac-sha256"
        : Options.Key is not { } key ? $"{_verb.Words} needs --key=S or --hexkey=S"
        : Options.SipHash && key.Length > KeyedDigest.MaxSipHashKey ? $"a key for --siphash has at most {KeyedDigest.MaxSipHashKey} octets"
        : "";
}
