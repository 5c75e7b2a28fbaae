using Godwit.Diagnostics;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>A queue in a list.</summary>
/// <param name="Memory">Its mode and its disabled source addresses.</param>
public readonly record struct ListedQueue(QueueReport Report, QueueMemory Memory)
{
    private readonly IReadOnlyList<RecipientEvent>? _recent;

    /// <summary>What became of single recipients lately; empty when nobody asked.</summary>
    public IReadOnlyList<RecipientEvent> Recent
    {
        get => _recent ?? [];
        init => _recent = value;
    }
}
