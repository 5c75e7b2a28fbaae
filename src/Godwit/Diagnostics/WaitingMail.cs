namespace Godwit.Diagnostics;

/// <summary>What waits in a queue or for a destination at one moment, and the connections that are open.</summary>
public readonly record struct WaitingMail<TKey>(TKey Key, long Recipients, int Connections);
