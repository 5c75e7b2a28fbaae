// A rate as an operator writes it: so many per period, or no limit. "83/5s", "100/15m", "unlimited".

namespace Godwit.Foundation;

/// <summary>At most <paramref name="Count"/> units in each <paramref name="Period"/>; a count of 0 means no limit.</summary>
public readonly record struct Rate(long Count, TimeSpan Period)
{
    public static readonly Rate Unlimited;

    public bool IsUnlimited => Count == 0;

    /// <summary>The time between two units when they are spread evenly; zero without a limit.</summary>
    public TimeSpan Interval => IsUnlimited ? TimeSpan.Zero : Period / Count;

    /// <summary>As a configuration has it: <c>60/m</c>, or <c>60/90s</c> where the time has no unit of its own.</summary>
    public override string ToString() => IsUnlimited ? "unlimited" : $"{Count}/{Period.TotalSeconds switch
    {
        1 => "s",
        60 => "m",
        3600 => "h",
        86400 => "d",
        double seconds => $"{seconds:0.###}s",
    }}";
}
