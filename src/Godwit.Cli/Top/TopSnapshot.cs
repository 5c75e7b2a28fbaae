namespace Godwit.Cli.Top;

/// <summary>What one look at the server brought. <paramref name="Trouble"/>: why it brought nothing; empty when it did.</summary>
internal sealed record TopSnapshot(TopStatus Status, IReadOnlyList<TopQueue> Queues, string Trouble);
