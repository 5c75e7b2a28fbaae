namespace Godwit.Queues;

/// <summary>A job as an operator sees it.</summary>
/// <param name="Bytes">Octets of content over all its recipients.</param>
public sealed record JobReport(string Job, long Recipients, long Bytes, bool IsPaused);
