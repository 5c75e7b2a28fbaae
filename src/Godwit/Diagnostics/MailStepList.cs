using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>The history of one queue or destination.</summary>
/// <param name="Step">The length of each step.</param>
/// <param name="Start">The end of the first step.</param>
/// <param name="Steps">Null where nothing was kept.</param>
public sealed record MailStepList(TimeSpan Step, Instant Start, IReadOnlyList<MailStep?> Steps);
