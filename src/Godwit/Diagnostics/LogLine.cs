using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

/// <summary>One line of the log, as followers get it.</summary>
/// <param name="Sequence">Counts from 1 since the start; a gap between two lines is what a slow follower has missed.</param>
/// <param name="Time">Local time of the server.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="Text">One line, without control characters; at most 8,000 characters.</param>
public sealed record LogLine(long Sequence, DateTimeOffset Time, LogLevel Level, string Text);
