// Whether one pattern matches wherever another does. Proved for what lists of patterns are made of: fixed texts, with classes and anchors at the start.
// What cannot be proved is no.

namespace Godwit.Patterns;

/// <summary>The parts of a pattern that matter for the comparison with others; made once for each.</summary>
internal sealed class PcreCover
{
    private readonly List<Text> _wanted;
    private readonly List<List<Text>> _held;

    public PcreCover(PcreNode pattern)
    {
        List<List<PcreNode>> options = Options(pattern);
        _wanted = options.ConvertAll(WholeText).FindAll(t => t is not null)!;
        _held = options.ConvertAll(HeldTexts);
        MatchesAll = _wanted.Exists(t => t.Letters.Count == 0);
    }

    /// <summary>Whether it matches every text.</summary>
    public bool MatchesAll { get; }

    /// <summary>Whether every text that <paramref name="other"/> matches is certainly matched by this pattern too.</summary>
    public bool Covers(PcreCover other) => MatchesAll || other._held.TrueForAll(held => _wanted.Exists(wanted => held.Exists(wanted.IsIn)));

    private static List<List<PcreNode>> Options(PcreNode pattern) => pattern switch
    {
        PcreChoice choice => [.. choice.Options.SelectMany(Options)],
        PcreSequence { Items: [PcreGroup { Kind: PcreGroupKind.Plain } group] } => Options(group.Body),
        _ => [[.. Flat(pattern)]],
    };

    /// <summary>Pieces one behind the other, without the groups around them.</summary>
    private static IEnumerable<PcreNode> Flat(PcreNode node) => node switch
    {
        PcreSequence sequence => sequence.Items.SelectMany(Flat),
        PcreGroup { Kind: PcreGroupKind.Plain, Body: PcreSequence body } => Flat(body),
        PcreMark { Kind: PcreMarkKind.Flag } => [],
        _ => [node],
    };

    /// <summary>The text that an option asks for when it asks for nothing else; null when it does.</summary>
    private static Text? WholeText(List<PcreNode> pieces)
    {
        bool fromStart = pieces is [PcreMark { Kind: PcreMarkKind.Start }, ..];
        IEnumerable<PcreNode> rest = fromStart ? pieces.Skip(1) : pieces.SkipWhile(p => p.AlwaysMatches);
        List<PcreNode> asked = [.. rest.Reverse().SkipWhile(p => p.AlwaysMatches).Reverse()];
        return asked.TrueForAll(p => p is PcreLetter) ? new Text(fromStart, asked.ConvertAll(p => ((PcreLetter)p).Letters)) : null;
    }

    /// <summary>Texts that stand in whatever an option matches.</summary>
    private static List<Text> HeldTexts(List<PcreNode> pieces)
    {
        var all = new List<Text>();
        bool fromStart = pieces is [PcreMark { Kind: PcreMarkKind.Start }, ..];
        var letters = new List<LetterSet>();
        foreach (PcreNode piece in pieces)
        {
            List<LetterSet> next = [];
            switch (piece)
            {
                case PcreLetter letter:
                    letters.Add(letter.Letters);
                    continue;
                case PcreMark { Kind: not PcreMarkKind.Text } or PcreGroup { Kind: PcreGroupKind.Look }:
                    // A place between two characters keeps them side by side.
                    continue;
                case PcreLoop { Least: > 0, Body: PcreLetter repeated }:
                    // Whatever follows stands behind the last of them.
                    letters.Add(repeated.Letters);
                    next.Add(repeated.Letters);
                    break;
            }

            all.Add(new Text(fromStart, letters));
            (fromStart, letters) = (false, next);
        }

        all.Add(new Text(fromStart, letters));
        return all;
    }

    /// <summary>Characters side by side.</summary>
    /// <param name="FromStart">They begin the whole text.</param>
    private sealed record Text(bool FromStart, List<LetterSet> Letters)
    {
        public bool IsIn(Text held)
        {
            int last = FromStart ? (held.FromStart ? 0 : -1) : held.Letters.Count - Letters.Count;
            for (int at = 0; at <= last && at + Letters.Count <= held.Letters.Count; at++)
            {
                int from = at;
                if (Letters.Index().All(l => l.Item.Covers(held.Letters[from + l.Index])))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
