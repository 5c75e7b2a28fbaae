// Counts of things that have names: categories, versions, reasons. The names come from a closed set in the code, or nearly so; what is beyond the bound
// counts as "other".

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Godwit.Diagnostics;

/// <summary>One count a name. Thread safe; a name that is known costs a look-up and an addition.</summary>
public sealed class LabelledCounter
{
    /// <summary>More names than any such set has.</summary>
    private const int MostNames = 100;

    private const string Other = "other";

    private readonly ConcurrentDictionary<(string First, string Second), StrongBox<long>> _counts = new();

    /// <param name="second">What else tells it apart; empty where the name does alone.</param>
    public void Add(string name, string second = "", long amount = 1)
    {
        if (!_counts.TryGetValue((name, second), out StrongBox<long>? count))
        {
            (string, string) key = _counts.Count < MostNames ? (name, second) : (Other, second.Length == 0 ? "" : Other);
            count = _counts.GetOrAdd(key, static _ => new StrongBox<long>());
        }

        Interlocked.Add(ref count.Value, amount);
    }

    /// <summary>All counts, by name.</summary>
    public IReadOnlyList<(string Name, string Second, long Count)> Read()
    {
        List<(string Name, string Second, long Count)> all = [];
        foreach (((string first, string second), StrongBox<long> count) in _counts)
        {
            all.Add((first, second, Volatile.Read(ref count.Value)));
        }

        all.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is var order and not 0 ? order : string.CompareOrdinal(a.Second, b.Second));
        return all;
    }
}
