using Godwit.Queues;

namespace Godwit.Control;

/// <summary>A queue in a list.</summary>
/// <param name="Memory">Its mode and its disabled source addresses.</param>
public readonly record struct ListedQueue(QueueReport Report, QueueMemory Memory);
