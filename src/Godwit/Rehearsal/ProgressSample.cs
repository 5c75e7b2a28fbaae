namespace Godwit.Rehearsal;

/// <summary>How far things were at a time.</summary>
/// <param name="After">Since the start.</param>
/// <param name="Left">Recipients without a final fate, by receiver in the order of the model.</param>
internal readonly record struct ProgressSample(TimeSpan After, int Connections, long[] Left);
