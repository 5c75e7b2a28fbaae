namespace Godwit.Queues;

/// <summary>How much a queue holds, or several together.</summary>
public readonly record struct QueueSize(long Recipients, int Connections);
