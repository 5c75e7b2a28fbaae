// Recipients of one message, taken out of their queue for one transaction. Most orders have one recipient, and then this object is all that is allocated.

using Godwit.Mail;

namespace Godwit.Queues;

/// <summary>What a delivery carries in one transaction. Whoever holds it owes each recipient a fate: settled, deferred or returned.</summary>
public sealed class DeliveryOrder
{
    private readonly QueuedRecipient _first;
    private QueuedRecipient[]? _all;

    /// <summary>An order of recipients that are out already: what is left of a larger one.</summary>
    public DeliveryOrder(StoredMessage message, IReadOnlyList<QueuedRecipient> recipients)
    {
        if (recipients.Count == 0)
        {
            throw new ArgumentException("an order has at least one recipient", nameof(recipients));
        }

        foreach (QueuedRecipient recipient in recipients)
        {
            if (!ReferenceEquals(recipient.Message, message))
            {
                throw new ArgumentException("all recipients of an order are of one message", nameof(recipients));
            }
        }

        _first = recipients[0];
        _all = recipients.Count == 1 ? null : [.. recipients];
    }

    internal DeliveryOrder(QueuedRecipient only) => _first = only;

    internal DeliveryOrder(QueuedRecipient[] several) => (_first, _all) = (several[0], several);

    public StoredMessage Message => _first.Message;

    public int Count => _all?.Length ?? 1;

    /// <summary>All of them as a list; made when first asked for. Hot paths use <see cref="Count"/> and the index.</summary>
    public IReadOnlyList<QueuedRecipient> Recipients => _all ??= [_first];

    public QueuedRecipient this[int index] => _all is not null ? _all[index] : index == 0 ? _first : throw new ArgumentOutOfRangeException(nameof(index));
}
