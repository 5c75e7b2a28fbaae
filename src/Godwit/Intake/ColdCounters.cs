// How many messages each cold virtual MTA has had today, for each destination. Owned by the door in; thread safe. What is counted is handed to the spool
// before the message it was counted for, and the message is acknowledged when both are durable: a crash forgets no count, but one may stand there for a
// message that was refused after all. Only where the committer's line is full may two counts of one queue change places, and a crash then forget one.

using System.Globalization;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Spool;

namespace Godwit.Intake;

/// <summary>Counts messages a day.</summary>
internal sealed class ColdCounters
{
    /// <summary>Queues of cold virtual MTAs that are counted; mail of further ones stays where it is. Some 20 MB here and in the spool's memory.</summary>
    internal const int MaxCounters = 100_000;

    /// <summary>A warm-up that rests this long begins again: receivers have forgotten the address by then.</summary>
    internal const int RememberedDays = 30;

    /// <summary>
    /// Counters of past days that each message takes away: midnight costs no message much, and all are gone before new ones have taken their places.
    /// </summary>
    private const int RemovedAtOnce = 8;

    private const string KeyPrefix = "cold/";

    private readonly Dictionary<string, Counter> _counters = new(StringComparer.Ordinal);
    private readonly Stack<string> _stale = new();
    private readonly Func<string, byte[], ValueTask> _keep;
    private readonly Lock _lock = new();
    private int _today;

    /// <param name="recovered">What the spool remembers; other keys are passed over.</param>
    /// <param name="keep">Writes a value under a key, or removes it when empty; returns when that is durable.</param>
    public ColdCounters(IReadOnlyDictionary<string, byte[]> recovered, Func<string, byte[], ValueTask> keep)
    {
        _keep = keep;
        foreach ((string key, byte[] value) in recovered)
        {
            if (key.StartsWith(KeyPrefix, StringComparison.Ordinal) && Counter.TryRead(value, out Counter counter))
            {
                _counters[key] = counter;
            }
        }
    }

    /// <summary>Counters that are held.</summary>
    internal int Count => _counters.Count;

    /// <summary>
    /// Chooses the candidate that has had the fewest messages today and may have more, and counts one for it: that is each in turn, also over a restart.
    /// </summary>
    /// <param name="today">The day's number, as <see cref="DateOnly.DayNumber"/>.</param>
    /// <param name="kept">Completes when the count is durable; throws <see cref="SpoolException"/>.</param>
    /// <returns>The candidate's place; -1 when none may have more today.</returns>
    public int Take(IReadOnlyList<ColdCandidate> candidates, DomainName destination, int today, out Task kept)
    {
        kept = Task.CompletedTask;
        lock (_lock)
        {
            BeginDay(today);
            int best = -1;
            string bestKey = "";
            Counter bestCounter = default;
            for (int i = 0; i < candidates.Count; i++)
            {
                string key = $"{KeyPrefix}{candidates[i].VirtualMta}/{destination.Text}";
                Counter counter = _counters.GetValueOrDefault(key).On(today, candidates[i].Steps.Count > 1);
                bool hasRoom = counter.Messages < counter.Limit(candidates[i].Steps)
                    && key.Length <= SpoolFormat.MaxStateKeyChars && (_counters.Count < MaxCounters || _counters.ContainsKey(key));
                if (hasRoom && (best < 0 || counter.Messages < bestCounter.Messages))
                {
                    (best, bestKey, bestCounter) = (i, key, counter);
                }
            }

            if (best >= 0)
            {
                bestCounter = bestCounter with { Messages = bestCounter.Messages + 1 };
                _counters[bestKey] = bestCounter;

                // Under the lock, so that counts of one queue reach the spool in their order.
                kept = KeepAsync(bestKey, bestCounter.ToOctets());
                RemoveStale(ref kept);
            }

            return best;
        }
    }

    /// <summary>What each cold virtual MTA has had of each destination's mail on a day. The lock is held for a copy of the day's counters only.</summary>
    /// <param name="today">As for <see cref="Take"/>.</param>
    public IReadOnlyList<ColdUse> Read(int today, ColdShares shares)
    {
        var counted = new List<(string Key, Counter Counter)>();
        lock (_lock)
        {
            foreach ((string key, Counter counter) in _counters)
            {
                if (counter.Day >= today && counter.Messages > 0)
                {
                    counted.Add((key, counter));
                }
            }
        }

        var uses = new List<ColdUse>(counted.Count);

        // By destination: the cold ones of a pool ask the same of the same members, and what these say need be remembered for one destination only.
        var known = new Dictionary<string, IReadOnlyList<int>>(StringComparer.OrdinalIgnoreCase);
        foreach (IGrouping<string, (string Key, Counter Counter)> same in counted.GroupBy(static each => each.Key[(Slash(each.Key) + 1)..]))
        {
            if (!DomainName.TryParse(same.Key, out DomainName destination))
            {
                continue;
            }

            known.Clear();
            foreach ((string key, Counter counter) in same)
            {
                string virtualMta = key[KeyPrefix.Length..Slash(key)];
                int limit = shares.StepsOf(virtualMta, destination, known).Max(steps => counter.On(today, steps.Count > 1).Limit(steps));
                uses.Add(new ColdUse(virtualMta, destination.Text, counter.Messages, limit));
            }
        }

        return uses;
    }

    /// <summary>Where a key's destination begins: a domain has no slash; a virtual MTA might.</summary>
    private static int Slash(string key) => key.LastIndexOf('/');

    private void BeginDay(int today)
    {
        if (today <= _today)
        {
            return;
        }

        _today = today;
        _stale.Clear();
        foreach ((string key, Counter counter) in _counters)
        {
            if (counter.IsForgotten(today))
            {
                _stale.Push(key);
            }
        }
    }

    private void RemoveStale(ref Task kept)
    {
        for (int i = 0; i < RemovedAtOnce && _stale.TryPop(out string? key); i++)
        {
            if (_counters.TryGetValue(key, out Counter counter) && counter.IsForgotten(_today))
            {
                _counters.Remove(key);
                kept = Task.WhenAll(kept, KeepAsync(key, []));
            }
        }
    }

    /// <summary>Asynchronous so that a spool that refuses at once says so where the count is awaited.</summary>
    private async Task KeepAsync(string key, byte[] value) => await _keep(key, value);

    /// <summary>What is known about one queue of a cold virtual MTA.</summary>
    /// <param name="Day">The day that <paramref name="Messages"/> are of.</param>
    /// <param name="FirstDay">The day the steps count from; 0 where there are none.</param>
    private readonly record struct Counter(int Day, int FirstDay, int Messages)
    {
        /// <summary>The counter as it stands on a day. A clock that went back leaves it as it is.</summary>
        public Counter On(int today, bool hasSteps)
        {
            int first = !hasSteps ? 0 : FirstDay == 0 || Day + RememberedDays < today ? Math.Max(today, Day) : FirstDay;
            return today > Day ? new Counter(today, first, 0) : this with { FirstDay = first };
        }

        public int Limit(IReadOnlyList<int> steps) => steps[FirstDay == 0 ? 0 : Math.Clamp(Day - FirstDay, 0, steps.Count - 1)];

        /// <summary>Nothing in it matters any more: yesterday's count, and no steps or a warm-up that rests too long.</summary>
        public bool IsForgotten(int today) => Day < today && (FirstDay == 0 || Day + RememberedDays < today);

        public byte[] ToOctets() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Day} {FirstDay} {Messages}"));

        public static bool TryRead(byte[] octets, out Counter counter)
        {
            string[] words = Encoding.ASCII.GetString(octets).Split(' ');
            counter = default;
            if (words.Length != 3 || !TryNumber(words[0], out int day) || !TryNumber(words[1], out int first) || !TryNumber(words[2], out int messages))
            {
                return false;
            }

            counter = new Counter(day, first, messages);
            return true;
        }

        private static bool TryNumber(string word, out int number) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}

/// <summary>A cold virtual MTA that a message may go to.</summary>
/// <param name="Steps">Messages it may have on the first day, the second and so on; the last number stays.</param>
internal readonly record struct ColdCandidate(string VirtualMta, IReadOnlyList<int> Steps);
