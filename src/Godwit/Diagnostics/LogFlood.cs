// Keeps one kind of line from filling the log: strangers write some of them, and ten thousand queues fail together. The first lines of a kind pass, the
// others are counted, and the count is logged a minute later. Lines that a directive asked for are all written. Owned by the log; thread safe.
// Bounded by the number of kinds, which is that of the LogMessages.

using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

/// <summary>Bounds each kind of line by rate.</summary>
internal sealed class LogFlood(TimeProvider time)
{
    /// <summary>Lines of one kind in a minute: more than anybody reads, and at most some 40 MB a day.</summary>
    public const int MostOfAKind = 100;

    /// <summary>How long the count of a kind runs, and how often the sums are due.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Category, int Id), Kind> _kinds = [];

    /// <summary>Counts a line. False: it is to be left out.</summary>
    public bool Admits(string category, LogLevel level, EventId line)
    {
        if (LogMessages.IsAskedFor(line))
        {
            return true;
        }

        lock (_gate)
        {
            if (!_kinds.TryGetValue((category, line.Id), out Kind? kind))
            {
                _kinds.Add((category, line.Id), kind = new Kind(line.Name ?? category, level) { Began = time.GetTimestamp() });
            }

            if (time.GetElapsedTime(kind.Began) >= Window)
            {
                (kind.Began, kind.Lines) = (time.GetTimestamp(), 0);
            }

            bool admitted = ++kind.Lines <= MostOfAKind;
            kind.LeftOut += admitted ? 0 : 1;
            return admitted;
        }
    }

    /// <summary>What was left out since the last call, a sentence for each kind.</summary>
    public IReadOnlyList<(LogLevel Level, string Text)> TakeSums()
    {
        lock (_gate)
        {
            List<(LogLevel, string)>? sums = null;
            foreach (Kind kind in _kinds.Values)
            {
                if (kind.LeftOut > 0)
                {
                    (sums ??= []).Add((kind.Level, $"{kind.LeftOut} more lines of the kind {kind.Name} were left out: more than {MostOfAKind} a minute"));
                    kind.LeftOut = 0;
                }
            }

            return sums ?? [];
        }
    }

    private sealed class Kind(string name, LogLevel level)
    {
        public string Name => name;

        public LogLevel Level => level;

        public long Began { get; set; }

        public int Lines { get; set; }

        public long LeftOut { get; set; }
    }
}
