namespace Godwit.Cli.Top;

/// <summary>What one look at the server brought. <paramref name="Trouble"/>: why it brought nothing; empty when it did.</summary>
/// <param name="ExitCode">Of the look, where it brought nothing.</param>
internal sealed record TopSnapshot(TopStatus Status, IReadOnlyList<TopQueue> Queues, string Trouble, int ExitCode = Godwit.Cli.ExitCode.Done);
