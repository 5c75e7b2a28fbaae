// The warm-up of today by virtual MTA. Made by MailLook, kept with its snapshot and thrown away with it. Immutable.

using Godwit.Intake;

namespace Godwit.Control;

/// <summary>Warm-ups of one moment.</summary>
internal sealed class WarmUpBook(ColdMail cold)
{
    private readonly ILookup<string, ColdUse> _uses = cold.Today.ToLookup(static use => use.VirtualMta, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, WarmUpSum> _sums = cold.Today.GroupBy(static use => use.VirtualMta, StringComparer.OrdinalIgnoreCase).ToDictionary(
        static uses => uses.Key,
        static uses => new WarmUpSum(uses.Sum(static use => (long)use.Messages), uses.Sum(static use => (long)use.Limit), uses.Count(IsFull), uses.Count()),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Null for a virtual MTA that is not cold.</summary>
    public WarmUpSum? Find(string virtualMta) =>
        cold.VirtualMtas.Contains(virtualMta) ? _sums.GetValueOrDefault(virtualMta) ?? new WarmUpSum(0, 0, 0, 0) : null;

    /// <summary>What each destination has had, the fullest first.</summary>
    public IReadOnlyList<ColdUse> Fullest(string virtualMta, int most) => !cold.VirtualMtas.Contains(virtualMta) ? [] :
    [
        .. _uses[virtualMta].OrderByDescending(static use => use.Limit == 0 ? double.MaxValue : (double)use.Messages / use.Limit)
            .ThenByDescending(static use => use.Messages).ThenBy(static use => use.Destination, StringComparer.Ordinal).Take(most),
    ];

    private static bool IsFull(ColdUse use) => use.Messages >= use.Limit;
}
