using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>A recipient as it waits, for an operator.</summary>
/// <param name="NotBefore">Its own time; in the past when only its queue holds it.</param>
/// <param name="IsUnderWay">A connection has it.</param>
public readonly record struct WaitingRecipient(QueueKey Queue, QueuedRecipient Recipient, Instant NotBefore, int Attempts, bool IsUnderWay);
