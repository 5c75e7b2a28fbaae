namespace Godwit.Control;

/// <summary>How far the warm-up of a cold virtual MTA has come today.</summary>
/// <param name="Used">Messages.</param>
/// <param name="Limit">The sum of the limits of the destinations that had any.</param>
/// <param name="Full">Of these, those at their limit.</param>
/// <param name="Destinations">Those that had any.</param>
internal sealed record WarmUpSum(long Used, long Limit, int Full, int Destinations);
