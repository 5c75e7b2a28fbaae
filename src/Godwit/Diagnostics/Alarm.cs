using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Something that a person should look at, as long as it lasts.</summary>
/// <param name="Name">Whose it is, the same every time: <c>statistics graphite 10.0.0.9:2003</c>.</param>
/// <param name="Since">When it began.</param>
/// <param name="Text">What is wrong and what to do, as its owner said it last.</param>
public sealed record Alarm(string Name, Instant Since, string Text);
