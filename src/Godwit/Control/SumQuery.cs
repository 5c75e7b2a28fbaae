namespace Godwit.Control;

/// <summary>What a list of sums is ordered by.</summary>
internal enum SumSort : byte
{
    Recipients,
    Name,
    Size,
    Connections,
    Delivered,
    Deferred,
    Bounced,
}

/// <summary>Which sums a list is about, and their order. Two that are equal give the same list.</summary>
/// <param name="Text">A part of the name; with stars, all of it; empty for all.</param>
internal sealed record SumQuery(string Text, SumSort Sort, bool Descending);
