// The one order that a delivery holds between its queue and its fate. Owned by one delivery.
// Promises that an order is forgotten only when settlement has taken it over or its queue has it back; so whatever throws, Current says who is still
// without a fate. Knows whether the fates handed over last are durable: whoever waits for that before the next message keeps what a crash can repeat
// to one transaction.

using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Delivery;

/// <summary>Takes orders from a ticket and gives their recipients away. Not thread safe.</summary>
internal sealed class OrderInHand(DeliveryTicket ticket, DeliveryDoors doors, ServerClock clock)
{
    /// <summary>Recipients taken out of the queue at once when all of them bounce: each time costs a pass over the queue.</summary>
    private const int WithdrawnAtOnce = 20_000;

    private Task _durable = Task.CompletedTask;

    /// <summary>The order without a fate; null when there is none.</summary>
    public DeliveryOrder? Current { get; private set; }

    /// <summary>Recipients that were not delivered, over all orders.</summary>
    public int Errors { get; private set; }

    /// <summary>Makes the ticket's next order the current one.</summary>
    public TicketState Take(Instant now, out Instant notBefore)
    {
        TicketState state = ticket.Next(now, out DeliveryOrder? order, out notBefore);
        Current = order;
        return state;
    }

    /// <summary>Puts the current order, if any, back into its queue: not an attempt.</summary>
    public void Return()
    {
        if (Current is { } order)
        {
            Current = null;
            ticket.Return(order, clock.Now);
        }
    }

    /// <summary>Hands over what a transaction has decided. Recipients without a verdict stay in hand.</summary>
    public ValueTask SettleAsync(Envelope envelope, OutgoingTransaction transaction, AttemptContext attempt) =>
        SettleAsync(envelope, transaction.Verdicts, attempt);

    /// <summary>The same for verdicts in the order of the recipients; null is a recipient without one.</summary>
    public ValueTask SettleAsync(Envelope envelope, ReadOnlySpan<Verdict?> verdicts, AttemptContext attempt)
    {
        RecipientOutcome[] outcomes = Divide(Current!, verdicts, out DeliveryOrder? left);
        return HandOverAsync(envelope, outcomes, left, attempt);
    }

    private async ValueTask HandOverAsync(Envelope envelope, RecipientOutcome[] outcomes, DeliveryOrder? left, AttemptContext attempt)
    {
        if (outcomes.Length > 0)
        {
            _durable = await doors.Settle(ticket.Key, envelope, outcomes, attempt);
        }

        Current = left;
    }

    /// <summary>Returns when the fates handed over last are durable.</summary>
    public Task DurableAsync(CancellationToken abort) => _durable.IsCompleted ? _durable : _durable.WaitAsync(abort);

    /// <summary>
    /// Gives one verdict to all that the ticket hands out, the current order first; with <paramref name="minimumAge"/> only until the first message
    /// that is younger.
    /// </summary>
    public async ValueTask SettleQueueAsync(Verdict verdict, AttemptContext attempt, TimeSpan minimumAge, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Instant now = clock.Now;
            if (Current is null && Take(now, out _) != TicketState.HasOrder)
            {
                return;
            }

            DeliveryOrder order = Current!;
            if (now - order.Message.Id.Time < minimumAge)
            {
                // A queue hands out its oldest first, so the rest is younger still.
                Return();
                return;
            }

            await SettleAllAsync(order, verdict, attempt);
        }
    }

    /// <summary>
    /// Gives one verdict to the current order and to everyone who waits in the queue, whatever rate or time holds them. Whoever is under way on another
    /// connection has a verdict of its own.
    /// </summary>
    public async ValueTask SettleEveryoneAsync(Verdict verdict, AttemptContext attempt, CancellationToken stopping)
    {
        if (Current is { } order)
        {
            await SettleAllAsync(order, verdict, attempt);
        }

        IReadOnlyList<WaitingRecipient> waiting = doors.Waiting(ticket.Key);
        for (int start = 0; start < waiting.Count && !stopping.IsCancellationRequested; start += WithdrawnAtOnce)
        {
            HashSet<QueuedRecipient> some = [.. waiting.Skip(start).Take(WithdrawnAtOnce).Select(one => one.Recipient)];
            await SettleWithdrawnAsync(OrdersOf(doors.Withdraw(ticket.Key, some)), verdict, attempt);
        }
    }

    /// <summary>Settles orders that were taken past the ticket. What cannot be settled goes back into the queue.</summary>
    private async ValueTask SettleWithdrawnAsync(Queue<DeliveryOrder> orders, Verdict verdict, AttemptContext attempt)
    {
        try
        {
            while (orders.TryDequeue(out DeliveryOrder? order))
            {
                Current = order;
                await SettleAllAsync(order, verdict, attempt);
            }
        }
        finally
        {
            foreach (DeliveryOrder left in orders)
            {
                ticket.ReturnWithdrawn(left, clock.Now);
            }
        }
    }

    /// <summary>Recipients of one message that stand one behind the other are one order.</summary>
    private static Queue<DeliveryOrder> OrdersOf(IReadOnlyList<ExpiredRecipient> withdrawn)
    {
        var orders = new Queue<DeliveryOrder>();
        for (int start = 0, end; start < withdrawn.Count; start = end)
        {
            for (end = start + 1; end < withdrawn.Count && ReferenceEquals(withdrawn[end].Recipient.Message, withdrawn[start].Recipient.Message); end++)
            {
            }

            orders.Enqueue(new DeliveryOrder([.. withdrawn.Skip(start).Take(end - start).Select(one => one.Recipient)]));
        }

        return orders;
    }

    private async ValueTask SettleAllAsync(DeliveryOrder order, Verdict verdict, AttemptContext attempt)
    {
        using MessageContent content = doors.Open(order.Message);
        var outcomes = new RecipientOutcome[order.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = new RecipientOutcome(order[i], verdict);
        }

        Note(verdict.Kind == VerdictKind.Delivered, verdict.Kind == VerdictKind.Delivered ? 0 : outcomes.Length);
        _durable = await doors.Settle(ticket.Key, content.Envelope, outcomes, attempt);
        Current = null;
    }

    private RecipientOutcome[] Divide(DeliveryOrder order, ReadOnlySpan<Verdict?> verdicts, out DeliveryOrder? left)
    {
        int open = verdicts.Count((Verdict?)null);
        var outcomes = new RecipientOutcome[verdicts.Length - open];
        QueuedRecipient[] undecided = open == 0 ? [] : new QueuedRecipient[open];
        int settled = 0;
        int failed = 0;
        for (int i = 0; i < verdicts.Length; i++)
        {
            if (verdicts[i] is { } verdict)
            {
                outcomes[settled++] = new RecipientOutcome(order[i], verdict);
                failed += verdict.Kind == VerdictKind.Delivered ? 0 : 1;
            }
            else
            {
                undecided[i - settled] = order[i];
            }
        }

        Note(settled > failed, failed);
        left = open == 0 ? null : open == order.Count ? order : new DeliveryOrder(order.Message, undecided);
        return outcomes;
    }

    private void Note(bool delivered, int failed)
    {
        Errors += failed;
        if (delivered)
        {
            ticket.Delivered(clock.Now);
        }
    }
}
