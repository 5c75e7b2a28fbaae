// What a priority of 0 to 100 is worth where turns are dealt: ten points more are twice the share, so 100 against 50 is 32 turns to 1 and nobody ever gets
// none. Turns are dealt by stride: whoever has the lowest pass goes next and pays its stride.

namespace Godwit.Queues;

/// <summary>Strides by priority.</summary>
internal static class PriorityWeight
{
    public const byte Usual = 50;

    public const byte Highest = 100;

    private const double StrideOfUsual = 65536;
    private const double PointsPerDoubling = 10;

    private static readonly long[] _strides =
        [.. Enumerable.Range(0, Highest + 1).Select(static priority => (long)(StrideOfUsual * Math.Pow(2, (Usual - priority) / PointsPerDoubling)))];

    /// <summary>What one turn costs; a priority above 100 counts as 100.</summary>
    public static long StrideOf(int priority) => _strides[Math.Clamp(priority, 0, Highest)];
}
