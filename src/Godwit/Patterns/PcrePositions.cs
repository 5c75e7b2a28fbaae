// The characters of a loop and which may follow which: its position automaton (Glushkov 1961), with the number of ways for each step.
// A loop is ambiguous without bound when two different walks with the same text start and end together (Weber and Seidl 1991).

namespace Godwit.Patterns;

/// <summary>Owned by one question about one loop.</summary>
internal sealed class PcrePositions(LetterSet without)
{
    /// <summary>Longer loops are not examined: the question is quadratic, and nobody writes them.</summary>
    private const int MaxPositions = 60;

    private readonly List<LetterSet> _letters = [];
    private readonly Dictionary<(int From, int To), int> _steps = [];
    private bool _gaveUp;

    /// <summary>Whether an endless loop can read some text without certain characters in a number of ways that doubles with its length.</summary>
    public static bool AreAmbiguous(PcreLoop loop, LetterSet without)
    {
        var positions = new PcrePositions(without);
        Part body = positions.Add(loop.Body);
        positions.Connect(body, body);
        return !positions._gaveUp && positions._letters.TrueForAll(l => l.IsKnown && l.Ascii != 0)
            && (positions._steps.ContainsValue(2) || positions.WalksMeetAgain());
    }

    private Part Add(PcreNode node)
    {
        if (_gaveUp)
        {
            return Part.Empty;
        }

        switch (node)
        {
            case PcreLetter letter:
                _letters.Add(letter.Letters with { Ascii = letter.Letters.Ascii & ~without.Ascii });
                _gaveUp = _letters.Count > MaxPositions;
                return new Part(0, [_letters.Count - 1], [_letters.Count - 1]);
            case PcreMark { Kind: PcreMarkKind.Flag }:
                return Part.Empty;
            case PcreSequence sequence:
                return sequence.Items.Aggregate(Part.Empty, (before, item) => Join(before, Add(item)));
            case PcreChoice choice:
                return choice.Options.Select(Add).Aggregate(
                    (a, b) => new Part(Ways(a.EmptyWays + b.EmptyWays), [.. a.First, .. b.First], [.. a.Last, .. b.Last]));
            case PcreGroup { Kind: PcreGroupKind.Plain } group:
                return Add(group.Body);
            case PcreLoop { IsPossessive: false } loop:
                return AddLoop(loop);
            default:
                // Places, back references and what is never tried otherwise: nothing is said about them.
                _gaveUp = true;
                return Part.Empty;
        }
    }

    private Part AddLoop(PcreLoop loop)
    {
        Part all = Part.Empty;
        for (int i = 1; i < loop.Least && !_gaveUp; i++)
        {
            all = Join(all, Add(loop.Body));
        }

        if (loop.Most == PcreLoop.Endless)
        {
            Part last = Add(loop.Body);
            Connect(last, last);
            return Join(all, loop.Least == 0 ? last with { EmptyWays = 1 } : last);
        }

        all = loop.Least > 0 ? Join(all, Add(loop.Body)) : all;
        return Join(all, Optional(loop.Body, loop.Most - loop.Least));
    }

    /// <summary>At most so many times, each only behind the one before: <c>x{0,2}</c> is <c>(x(x)?)?</c>.</summary>
    private Part Optional(PcreNode body, int times) =>
        times <= 0 || _gaveUp ? Part.Empty : Join(Add(body), Optional(body, times - 1)) with { EmptyWays = 1 };

    private Part Join(Part a, Part b)
    {
        Connect(a, b);
        return new Part(Ways(a.EmptyWays * b.EmptyWays), [.. a.First, .. Repeat(b.First, a.EmptyWays)], [.. b.Last, .. Repeat(a.Last, b.EmptyWays)]);
    }

    private void Connect(Part a, Part b)
    {
        foreach (int from in a.Last)
        {
            foreach (int to in b.First)
            {
                _steps[(from, to)] = Ways(_steps.GetValueOrDefault((from, to)) + 1);
            }
        }
    }

    /// <summary>Walks in pairs from every single position; pairs of two different ones that lead to a single one again are two readings of one text.</summary>
    private bool WalksMeetAgain()
    {
        ILookup<int, int> next = _steps.Keys.ToLookup(s => s.From, s => s.To);
        var before = new Dictionary<(int, int), List<(int, int)>>();
        var open = new Queue<(int, int)>(Enumerable.Range(0, _letters.Count).Select(i => (i, i)));
        while (open.TryDequeue(out (int A, int B) pair))
        {
            foreach (int a in next[pair.A])
            {
                foreach (int b in next[pair.B].Where(b => _letters[a].Meets(_letters[b])))
                {
                    (int, int) to = (Math.Min(a, b), Math.Max(a, b));
                    if (!before.TryGetValue(to, out List<(int, int)>? from))
                    {
                        before[to] = from = [];
                        if (a != b)
                        {
                            open.Enqueue(to);
                        }
                    }

                    from.Add(pair);
                }
            }
        }

        return before.Any(entry => entry.Key.Item1 == entry.Key.Item2 && entry.Value.Exists(pair => pair.Item1 != pair.Item2));
    }

    private static IEnumerable<int> Repeat(List<int> positions, int times) => Enumerable.Repeat(positions, times).SelectMany(p => p);

    /// <summary>Two ways are as bad as many.</summary>
    private static int Ways(int count) => Math.Min(2, count);

    /// <param name="EmptyWays">In how many ways the part can be empty.</param>
    private sealed record Part(int EmptyWays, List<int> First, List<int> Last)
    {
        public static Part Empty { get; } = new(1, [], []);
    }
}
