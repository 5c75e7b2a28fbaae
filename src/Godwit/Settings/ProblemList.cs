// What is wrong with a configuration, gathered while it is read. Owned by one load.
// The same complaint about the same directive is made once, at its first place, and knows the further places: a file with
// 50,000 domains must not answer with 50,000 sentences. The first error is never dropped, so "no error here" can be trusted.

namespace Godwit.Settings;

/// <summary>Collects problems; never stops a load. Not thread safe.</summary>
internal sealed class ProblemList
{
    /// <summary>Of each severity: more than anyone reads, and little memory when every line of a huge file is wrong.</summary>
    public const int MaxPerSeverity = 1000;

    /// <summary>Places of one complaint that are listed one by one, where each sentence names something else: as many as anyone mends in one go.</summary>
    public const int MaxFew = 20;

    /// <summary>Further places kept in all: 24 MB of them, more than a file of the largest size that anyone has written by hand has lines.</summary>
    public const int MaxPlaces = 1_000_000;

    private readonly List<ConfigProblem> _problems = [];
    private readonly Dictionary<string, int> _few = [];
    private readonly Dictionary<string, Repeated> _once = [];
    private readonly int[] _counts = new int[3];
    private int _places;

    public bool HasErrors => _counts[(int)ConfigSeverity.Error] > 0;

    public void Error(ConfigPosition at, string message) => Add(at, ConfigSeverity.Error, message);

    public void Warn(ConfigPosition at, string message) => Add(at, ConfigSeverity.Warning, message);

    public void Note(ConfigPosition at, string message) => Add(at, ConfigSeverity.Note, message);

    /// <summary>
    /// Notes one more place for what was said already under <paramref name="key"/>; false when it was not said yet. Asked before a costly sentence
    /// is made.
    /// </summary>
    public bool Again(string key, ConfigPosition at)
    {
        if (!_once.TryGetValue(key, out Repeated? known))
        {
            return false;
        }

        known.Times++;
        if (_places < MaxPlaces)
        {
            known.Places.Add(new ConfigPlace(at.File, at.Line, at.Column));
            _places++;
        }

        return true;
    }

    /// <summary>Whether further problems of this severity are only counted.</summary>
    public bool IsFull(ConfigSeverity severity) => _counts[(int)severity] > MaxPerSeverity;

    /// <summary>Says <paramref name="message"/> once for all places that share <paramref name="key"/>.</summary>
    public void Once(string key, ConfigPosition at, ConfigSeverity severity, string message)
    {
        if (!Again(key, at) && Add(at, severity, message))
        {
            _once[key] = new Repeated(_problems.Count - 1);
        }
    }

    /// <summary>
    /// Warns of each of the first places in a sentence of its own and only counts the further ones, so that one mistake made everywhere does not
    /// drown the others.
    /// </summary>
    public void WarnFew(string key, ConfigPosition at, Func<string> message)
    {
        int places = _few[key] = _few.GetValueOrDefault(key) + 1;
        if (places < MaxFew)
        {
            Warn(at, message());
        }
        else if (!Again(key, at))
        {
            Once(key, at, ConfigSeverity.Warning, message());
        }
    }

    /// <summary>Everything found: errors first, and of each severity in the order of files and lines.</summary>
    public IReadOnlyList<ConfigProblem> ToList()
    {
        var all = new List<ConfigProblem>(_problems);
        foreach (Repeated said in _once.Values)
        {
            if (said.Times > 0)
            {
                string message = $"{all[said.Index].Message} (and in {said.Times} more place{(said.Times == 1 ? "" : "s")})";
                all[said.Index] = all[said.Index] with { Message = message, Also = said.Places };
            }
        }

        var files = new Dictionary<string, int>();
        foreach (ConfigProblem problem in all)
        {
            files.TryAdd(problem.File, files.Count);
        }

        return [.. all.OrderBy(p => Rank(p.Severity)).ThenBy(p => files[p.File]).ThenBy(p => p.Line).ThenBy(p => p.Column)];
    }

    private static int Rank(ConfigSeverity severity) => severity switch { ConfigSeverity.Error => 0, ConfigSeverity.Warning => 1, _ => 2 };

    private bool Add(ConfigPosition at, ConfigSeverity severity, string message)
    {
        int count = ++_counts[(int)severity];
        if (count > MaxPerSeverity + 1)
        {
            return false;
        }

        string sentence = count <= MaxPerSeverity ? message : "there are more like this; they are not listed";
        _problems.Add(new ConfigProblem(at.File, at.Line, at.Column, severity, sentence));
        return count <= MaxPerSeverity;
    }

    /// <summary>What was said once for many places.</summary>
    private sealed class Repeated(int index)
    {
        public int Index => index;

        /// <summary>Places behind the first one.</summary>
        public int Times { get; set; }

        /// <summary>Those of them that were kept.</summary>
        public List<ConfigPlace> Places { get; } = [];
    }
}
