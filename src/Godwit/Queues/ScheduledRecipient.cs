using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

/// <summary>A recipient whose message says when it may be delivered (X-Schedule): that replaces bounce-after.</summary>
public sealed class ScheduledRecipient : QueuedRecipient
{
    /// <param name="end">When its last window closes.</param>
    public ScheduledRecipient(StoredMessage message, int index, byte priority, Instant end)
        : base(message, index, priority)
    {
        End = end;
        IsScheduled = true;
    }

    /// <summary>When it has waited too long.</summary>
    internal Instant End { get; }
}
