// From the words an operator typed to a verb with its options; or to a usage report that says what there is.

using Godwit.Settings;

namespace Godwit.Control;

/// <summary>A command that was understood.</summary>
public sealed class OperatorCommand
{
    /// <summary>Queues listed when the operator does not say how many, as PowerMTA does.</summary>
    public const int DefaultMaxItems = 20;

    /// <summary>The longest list that one reply carries: some 30 MB of JSON.</summary>
    public const int MostMaxItems = 100_000;

    /// <summary>Verbs that hold a typed word and are named to whoever typed no more; "show" is a part of too many.</summary>
    private const int MaxHinted = 3;

    private readonly OperatorVerb _verb;

    private OperatorCommand(OperatorVerb verb) => _verb = verb;

    /// <summary>It changes something in the server.</summary>
    public bool Changes => _verb.Changes;

    /// <summary>The verb in full, for the log.</summary>
    public string Name => _verb.Words;

    internal VerbId Verb => _verb.Id;

    internal int MaxItems { get; private set; } = DefaultMaxItems;

    internal bool Errors { get; private set; }

    /// <summary>Values come with where they came from.</summary>
    internal bool Origin { get; private set; }

    /// <summary>Values that nobody has set are left out.</summary>
    internal bool OnlySet { get; private set; }

    /// <summary>What a question about settings is about; empty for other verbs.</summary>
    internal string Operand { get; private set; } = "";

    private bool IsAboutSettings => SettingsQuestion.IsAskedBy(this);

    internal QueuePattern Queues { get; private set; } = QueuePattern.All;

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

        command = new OperatorCommand(verb);
        problem = command.ReadArguments(words.Skip(verb.WordCount));
        usage = new MessageReport(ReportOutcome.Usage, $"{problem}\nusage: {verb.Words} {verb.Arguments}".TrimEnd());
        return problem.Length == 0;
    }

    private static MessageReport Usage(string problem)
    {
        IEnumerable<string> lines = OperatorVerb.Table
            .Where(verb => verb.Id != VerbId.Later)
            .Select(verb => $"  {verb.Words} {verb.Arguments}".TrimEnd());
        return new MessageReport(ReportOutcome.Usage, $"{problem}\nThis version has:\n{string.Join('\n', lines)}");
    }

    private static OperatorVerb? FindVerb(IReadOnlyList<string> words, out string problem)
    {
        problem = "";
        if (words.Count == 0)
        {
            problem = "no command was given";
            return null;
        }

        List<OperatorVerb> meant = [.. OperatorVerb.Table.Where(verb => verb.IsAbbreviatedBy(words))];
        OperatorVerb? verb = meant.Find(candidate => candidate.IsSpelledOutBy(words)) ?? meant.FirstOrDefault();
        if (verb is null)
        {
            problem = $"unknown command \"{string.Join(' ', words.Take(3))}\"{Hint(words)}";
        }
        else if (meant.Count > 1 && meant.Exists(candidate => candidate.Changes) && !verb.IsSpelledOutBy(words))
        {
            string typed = string.Join(' ', words.Take(verb.WordCount));
            problem = $"\"{typed}\" could mean {string.Join(" or ", meant.Select(candidate => candidate.Words))}: type more of it";
        }
        else if (verb.Id == VerbId.Later)
        {
            problem = $"\"{verb.Words}\" is not yet in this version of Godwit";
        }

        return problem.Length > 0 ? null : verb;
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

    private string ReadArguments(IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            string problem = word.StartsWith("--", StringComparison.Ordinal) ? ReadOption(word) : ReadOperand(word);
            if (problem.Length > 0)
            {
                return problem;
            }
        }

        return IsAboutSettings && Operand.Length == 0 ? $"{_verb.Words} needs {_verb.Arguments.Split(' ')[0]}" : "";
    }

    private string ReadOption(string word)
    {
        if (IsAboutSettings && word is ("--origin" or "--set"))
        {
            (Origin, OnlySet) = (Origin || word == "--origin", OnlySet || word == "--set");
            return "";
        }

        if (Verb is not (VerbId.ShowQueues or VerbId.ShowTopQueues or VerbId.ShowUnclassified))
        {
            return $"{_verb.Words} takes no option {word}";
        }

        string[] parts = word.Split('=', 2);
        switch (parts[0])
        {
            case "--errors" when parts.Length == 1 && Verb != VerbId.ShowUnclassified:
                Errors = true;
                return "";
            case "--maxitems" when parts.Length == 2 && int.TryParse(parts[1], out int most) && most is > 0 and <= MostMaxItems:
                MaxItems = most;
                return "";
            case "--maxitems":
                return $"--maxitems needs a number from 1 to {MostMaxItems}, as in --maxitems=50";
            default:
                return $"{_verb.Words} has no option {word} in this version";
        }
    }

    private string ReadOperand(string word)
    {
        if (Verb == VerbId.CheckConfig)
        {
            return "";
        }

        if (IsAboutSettings && Operand.Length == 0 && word.Length > 0)
        {
            Operand = word;
            return "";
        }

        if (Verb is not (VerbId.ShowQueues or VerbId.ShowTopQueues) || !Queues.IsAll)
        {
            return $"{_verb.Words} does not take \"{word}\"";
        }

        if (!QueuePattern.TryParse(word, out QueuePattern pattern))
        {
            return $"\"{word}\" does not name a queue: write DOMAIN or DOMAIN/VMTA; a star stands for anything";
        }

        Queues = pattern;
        return "";
    }
}
