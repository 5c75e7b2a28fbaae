// A regular expression taken apart: what it is made of, and how .NET writes it. Made by PcreParser; immutable.

using System.Globalization;
using System.Text;

namespace Godwit.Patterns;

/// <summary>A piece of a pattern.</summary>
internal abstract record PcreNode
{
    /// <summary>Appends the piece in .NET's syntax.</summary>
    public abstract void Write(StringBuilder into);

    /// <summary>Whether the piece matches whatever follows: it may be empty and asks for nothing.</summary>
    public abstract bool AlwaysMatches { get; }
}

/// <summary>One character: a letter, <c>.</c>, a class.</summary>
internal sealed record PcreLetter(string Text, LetterSet Letters) : PcreNode
{
    public override bool AlwaysMatches => false;

    public override void Write(StringBuilder into) => into.Append(Text);
}

internal enum PcreMarkKind : byte
{
    /// <summary>Matches nothing and asks for nothing.</summary>
    Flag,

    /// <summary>The start of the text.</summary>
    Start,

    /// <summary>The end of the text, or before its last line end.</summary>
    End,

    /// <summary>Another place, such as the edge of a word.</summary>
    Place,

    /// <summary>Some text that is not known: a back reference, a line end.</summary>
    Text,
}

/// <summary>Anything that is not a character: an anchor, a flag, a back reference.</summary>
internal sealed record PcreMark(PcreMarkKind Kind, string Text) : PcreNode
{
    public override bool AlwaysMatches => Kind == PcreMarkKind.Flag;

    public override void Write(StringBuilder into) => into.Append(Text);
}

/// <summary>One piece behind the other.</summary>
internal sealed record PcreSequence(IReadOnlyList<PcreNode> Items) : PcreNode
{
    public override bool AlwaysMatches => Items.All(item => item.AlwaysMatches);

    public override void Write(StringBuilder into)
    {
        foreach (PcreNode item in Items)
        {
            item.Write(into);
        }
    }
}

/// <summary>One of several pieces.</summary>
internal sealed record PcreChoice(IReadOnlyList<PcreNode> Options) : PcreNode
{
    public override bool AlwaysMatches => Options.Any(option => option.AlwaysMatches);

    public override void Write(StringBuilder into)
    {
        for (int i = 0; i < Options.Count; i++)
        {
            into.Append(i == 0 ? "" : "|");
            Options[i].Write(into);
        }
    }
}

/// <summary>A piece several times.</summary>
/// <param name="Most"><see cref="Endless"/> without a limit.</param>
/// <param name="Tail"><c>?</c> for lazy, <c>+</c> for possessive, which .NET writes as an atomic group.</param>
/// <param name="Source">Where in the pattern it is written.</param>
internal sealed record PcreLoop(PcreNode Body, int Least, int Most, string Tail, Range Source) : PcreNode
{
    public const int Endless = -1;

    public bool IsPossessive => Tail == "+";

    public bool IsLazy => Tail == "?";

    public override bool AlwaysMatches => Least == 0 || Body.AlwaysMatches;

    public override void Write(StringBuilder into)
    {
        into.Append(IsPossessive ? "(?>" : "");
        Body.Write(into);
        into.Append((Least, Most) switch
        {
            (0, Endless) => "*",
            (1, Endless) => "+",
            (0, 1) => "?",
            (_, Endless) => string.Create(CultureInfo.InvariantCulture, $"{{{Least},}}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{{{Least},{Most}}}"),
        });
        into.Append(IsPossessive ? ")" : Tail);
    }
}

internal enum PcreGroupKind : byte
{
    /// <summary>Captured or not, the same to a match.</summary>
    Plain,

    /// <summary>What it matched is not tried otherwise.</summary>
    Atomic,

    /// <summary>Looks ahead or behind.</summary>
    Look,
}

/// <summary>A piece in parentheses.</summary>
/// <param name="Head">From the bracket up to the body, as .NET writes it: <c>(</c>, <c>(?:</c>, <c>(?&lt;name&gt;</c>.</param>
internal sealed record PcreGroup(PcreGroupKind Kind, string Head, PcreNode Body) : PcreNode
{
    public override bool AlwaysMatches => Kind != PcreGroupKind.Look && Body.AlwaysMatches;

    public override void Write(StringBuilder into)
    {
        into.Append(Head);
        Body.Write(into);
        into.Append(')');
    }
}
