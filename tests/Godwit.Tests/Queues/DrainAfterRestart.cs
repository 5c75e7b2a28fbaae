// The time after a restart, or after the point where one would have been: no more mail comes, receivers take everything, and what was said before must hold.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Tests.Queues;

/// <param name="said">Of each queue alone and of each group, at the restart.</param>
/// <param name="groupOf">What DNS says.</param>
internal sealed class DrainAfterRestart(QueueWorld world, IReadOnlyDictionary<QueueKey, QueueMemory> said, Func<QueueKey, QueueKey?> groupOf)
{
    /// <summary>Ends that moved by less were not written anew.</summary>
    private static readonly TimeSpan _slack = TimeSpan.FromMinutes(1);

    private readonly HashSet<QueuedRecipient> _delivered = [];
    private readonly Dictionary<(QueueKey Queue, IPAddress Source), int> _attempts = [];
    private readonly Dictionary<(QueueKey Together, StreamTerms Terms), int> _ofStream = [];
    private readonly Instant _start = world.Now;

    /// <summary>Returns who is left.</summary>
    public HashSet<(long Message, int Index)> Run(Instant end, IEnumerable<QueuedRecipient> all)
    {
        for (int turn = 0; ; turn++)
        {
            Assert.True(turn < 200_000, "it does not end");
            List<DeliveryTicket> tickets = Grant();
            CheckConnections(tickets);
            tickets.ForEach(Serve);
            Instant next = world.Scheduler.NextDue(world.Now);
            if (next > end)
            {
                break;
            }

            world.PassTo(Instant.Max(world.Now, next));
            Assert.Empty(world.Scheduler.TakeExpired(world.Now, 1));
        }

        return [.. all.Where(recipient => !_delivered.Contains(recipient)).Select(recipient => (recipient.Message.Id.Value, recipient.Index))];
    }

    /// <summary>Every connection that is to be had and that DNS leaves where it was granted.</summary>
    private List<DeliveryTicket> Grant()
    {
        var tickets = new List<DeliveryTicket>();
        while (world.Grant() is { } ticket)
        {
            bool isElsewhere = groupOf(ticket.Key) is { } group
                ? ticket.JoinGroup(group.Destination, DomainName.Parse("big.example"), world.Now)
                : ticket.LeaveGroup(world.Now);
            if (isElsewhere)
            {
                ticket.Close(world.Now);
            }
            else
            {
                tickets.Add(ticket);
            }
        }

        return tickets;
    }

    private void CheckConnections(List<DeliveryTicket> tickets)
    {
        foreach (IGrouping<QueueKey, DeliveryTicket> together in tickets.GroupBy(ticket => groupOf(ticket.Key) ?? ticket.Key))
        {
            QueueMemory memory = said.GetValueOrDefault(together.Key) ?? new QueueMemory();
            Assert.True(memory.Mode == QueueMode.Normal || IsOver(memory.ModeUntil) || together.Count() <= 2, $"{together.Key} is in backoff mode");
            foreach (DisabledSource disabled in memory.Disabled.Where(source => !IsOver(source.Until)))
            {
                Assert.DoesNotContain(together, ticket => Equals(ticket.Source.Address, disabled.Address));
            }

            foreach (SlowedSource slowed in memory.Slowed.Where(source => !IsOver(source.Until) && source.Connections > 0))
            {
                int open = together.Count(ticket => Equals(ticket.Source.Address, slowed.Address));
                Assert.True(open <= slowed.Connections, $"{together.Key} has {open} connections from {slowed.Address} of {slowed.Connections}");
            }
        }
    }

    private void Serve(DeliveryTicket ticket)
    {
        if (ticket.Next(world.Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
        {
            CheckOrder(ticket, order!);
            for (int i = 0; i < order!.Count; i++)
            {
                Assert.True(_delivered.Add(order[i]), "a recipient is delivered twice");
            }

            world.Finish(ticket, order);
        }

        ticket.Close(world.Now);
    }

    private void CheckOrder(DeliveryTicket ticket, DeliveryOrder order)
    {
        StreamKey stream = world.Scheduler.StreamOf(order.Message);
        if (said.TryGetValue(ticket.Key, out QueueMemory? own))
        {
            Assert.False(own.IsPaused, $"{ticket.Key} is paused");
            Assert.True(IsOver(own.DeferredUntil), $"{ticket.Key} is deferred");
            Assert.True(Find(own.Streams, stream) is not { } held || IsOver(held.HeldUntil), $"mail of {stream} is held in {ticket.Key}");
        }

        // A ceiling on the rate, counted from the start.
        QueueKey together = groupOf(ticket.Key) ?? ticket.Key;
        CheckStream(together, stream, order.Count);
        IPAddress source = ticket.Source.Address!;
        int attempts = _attempts[(together, source)] = _attempts.GetValueOrDefault((together, source)) + order.Count;
        Rate rate = said.GetValueOrDefault(together)?.Slowed.FirstOrDefault(slowed => !IsOver(slowed.Until) && Equals(slowed.Address, source))?.Rate ?? default;
        Assert.True(rate.IsUnlimited || attempts <= 1 + (world.Now - _start) / rate.Interval + 1e-6, $"{together} is faster than {rate} from {source}");
    }

    /// <summary>What was said about certain mail of all of them.</summary>
    private void CheckStream(QueueKey together, StreamKey stream, int count)
    {
        if (Find(said.GetValueOrDefault(together)?.Streams ?? [], stream) is { } terms)
        {
            Assert.True(IsOver(terms.HeldUntil), $"{terms} is held in {together}");
            int orders = _ofStream[(together, terms)] = _ofStream.GetValueOrDefault((together, terms)) + count;
            bool isSlowed = !IsOver(terms.CeilingUntil) && !terms.Rate.IsUnlimited;
            Assert.True(!isSlowed || orders <= 1 + (world.Now - _start) / terms.Rate.Interval + 1e-6, $"{terms} is faster than {terms.Rate} in {together}");
        }
    }

    /// <summary>What is about the job goes before what is about its sender.</summary>
    private static StreamTerms? Find(IReadOnlyList<StreamTerms> all, StreamKey stream) =>
        all.FirstOrDefault(each => each.Job == stream.Job) ?? all.FirstOrDefault(each => each.Job is null && each.Tenant == stream.Tenant);

    private bool IsOver(Instant until) => until != Instant.Never && until <= world.Now + _slack;
}
