namespace Godwit.Diagnostics;

/// <summary>A queue as its mail is counted: destination and virtual MTA.</summary>
public readonly record struct QueueName(string Destination, string VirtualMta);
