// Whether a match can take a time that doubles with every further character. Three things together make it so, and each is proved, not guessed:
// an endless loop reads the same text in two ways (two different paths through its characters that meet again), the text can be read
// as often as one likes, and what must follow the loop cannot be found in it. What cannot be proved is not reported.

namespace Godwit.Patterns;

/// <summary>Finds loops that backtrack without bound.</summary>
internal static class PcreBacktracking
{
    /// <summary>The first such loop of a pattern; null when there is none.</summary>
    public static PcreLoop? Find(PcreNode pattern) => HasSuspect(pattern) ? Find(pattern, PcreRest.Nothing) : null;

    /// <summary>Most patterns repeat single characters only, which is never ambiguous; they are done with here.</summary>
    private static bool HasSuspect(PcreNode node) => node switch
    {
        PcreLoop { Most: PcreLoop.Endless, Body: not PcreLetter } => true,
        PcreLoop loop => HasSuspect(loop.Body),
        PcreGroup group => HasSuspect(group.Body),
        PcreSequence sequence => sequence.Items.Any(HasSuspect),
        PcreChoice choice => choice.Options.Any(HasSuspect),
        _ => false,
    };

    private static PcreLoop? Find(PcreNode node, PcreRest rest)
    {
        switch (node)
        {
            case PcreSequence sequence:
                return FindIn(sequence, rest);
            case PcreChoice choice:
                // A later option is tried only where the earlier ones fail, so there the rest itself must fail.
                return choice.Options.Select((option, i) => Find(option, i == 0 ? rest : rest.Closed())).FirstOrDefault(found => found is not null);
            case PcreGroup group:
                return Find(group.Body, group.Kind == PcreGroupKind.Plain ? rest : PcreRest.Nothing);
            case PcreLoop { IsPossessive: true } loop:
                return Find(loop.Body, PcreRest.Nothing);
            case PcreLoop loop:
                PcreRest again = rest.Behind(loop.Body);
                return loop.Most == PcreLoop.Endless && rest.MissableBehind(loop.Body).Any(missing => PcrePositions.AreAmbiguous(loop, missing)) ? loop
                    : Find(loop.Body, loop.IsLazy ? again.Closed() : again);
            default:
                return null;
        }
    }

    private static PcreLoop? FindIn(PcreSequence sequence, PcreRest rest)
    {
        for (int i = sequence.Items.Count - 1; i >= 0; i--)
        {
            if (Find(sequence.Items[i], rest) is { } found)
            {
                return found;
            }

            rest = rest.Before(sequence.Items[i]);
        }

        return null;
    }
}

/// <summary>What follows a piece of a pattern, as far as it must be there.</summary>
/// <param name="Needed">Characters that must come.</param>
/// <param name="NeedsEnd">The end of the text must come.</param>
/// <param name="Readable">Everything that can be read on the way.</param>
/// <param name="IsClosed">What is put before it counts as readable only.</param>
internal sealed record PcreRest(IReadOnlyList<LetterSet> Needed, bool NeedsEnd, LetterSet Readable, bool IsClosed)
{
    public static PcreRest Nothing { get; } = new([], NeedsEnd: false, LetterSet.None, IsClosed: false);

    public PcreRest Closed() => this with { IsClosed = true };

    /// <summary>The rest with one more piece at its beginning.</summary>
    public PcreRest Before(PcreNode piece)
    {
        PcreRest read = Behind(piece);
        return IsClosed ? read : read with
        {
            Needed = [.. Needed, .. MustRead(piece).Distinct().Except(Needed)],
            NeedsEnd = NeedsEnd || piece is PcreMark { Kind: PcreMarkKind.End },
        };
    }

    /// <summary>The rest where a piece may be read, once more or not, before it.</summary>
    public PcreRest Behind(PcreNode piece) => this with { Readable = Readable.Or(CanRead(piece)) };

    /// <summary>Characters of which one must come behind the loop: a text without them fails. The empty set where the loop's text may have any.</summary>
    public IEnumerable<LetterSet> MissableBehind(PcreNode body)
    {
        // A character that nothing from here on reads keeps the end away; line ends are left out, because texts that patterns are tried on are one line.
        LetterSet passable = Readable.Or(CanRead(body)).Or(LetterSet.Of('\n'));
        bool endIsMissable = NeedsEnd && passable.IsKnown && ~passable.Ascii != 0;
        return Needed.Where(n => n.IsKnown).Concat(endIsMissable ? [LetterSet.None] : []);
    }

    private static IEnumerable<LetterSet> MustRead(PcreNode node) => node switch
    {
        PcreLetter letter => [letter.Letters],
        PcreSequence sequence => sequence.Items.SelectMany(MustRead),
        PcreLoop { Least: > 0 } loop => MustRead(loop.Body),
        PcreGroup { Kind: not PcreGroupKind.Look } group => MustRead(group.Body),
        _ => [],
    };

    private static LetterSet CanRead(PcreNode node) => node switch
    {
        PcreLetter letter => letter.Letters,
        PcreSequence sequence => Union(sequence.Items),
        PcreChoice choice => Union(choice.Options),
        PcreLoop loop => CanRead(loop.Body),
        PcreGroup { Kind: PcreGroupKind.Look } => LetterSet.None,
        PcreGroup group => CanRead(group.Body),
        PcreMark { Kind: PcreMarkKind.Text } => LetterSet.Unknown,
        _ => LetterSet.None,
    };

    private static LetterSet Union(IEnumerable<PcreNode> nodes) => nodes.Select(CanRead).Aggregate(LetterSet.None, (all, one) => all.Or(one));
}
