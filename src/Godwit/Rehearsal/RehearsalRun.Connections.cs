// A connection in virtual time: connect, take orders, hear what the receiver says, end. It asks its ticket exactly what a delivery asks.

using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Rehearsal;

internal sealed partial class RehearsalRun
{
    /// <summary>A connection that waits for a rate looks this often whether somebody else needs its slot.</summary>
    private static readonly TimeSpan _longestWait = TimeSpan.FromMinutes(1);

    /// <summary>Of files and programs, which leave from no address.</summary>
    private readonly SourceTally _noSource = new(null, 0);

    private int _localUnderWay;

    private void GrantAll(Instant now)
    {
        while (_scheduler.TryGrant(now) is { } ticket)
        {
            Begin(ticket, now);
        }
    }

    /// <summary>As in the server: hosts of one's own, and who opts out, stay out of a provider's group.</summary>
    private static bool MayShare(DeliverySettings settings) =>
        settings is { MxRollupProviders: true, DisableMxRollup: false, Kind: DeliveryKind.Smtp } && settings.SmtpHosts.Count == 0;

    private void Begin(DeliveryTicket ticket, Instant now)
    {
        CampaignQueue queue = Find(ticket.Key);
        Receiver receiver = queue.Receiver;
        if (receiver.IsShared && MayShare(ticket.Settings) && ticket.JoinGroup(receiver.Group, receiver.Provider!.MainDomain, now))
        {
            ticket.Close(now);
            return;
        }

        SourceTally source = receiver.IsLocal ? _noSource : SourceOf(ticket.Source.Address);
        source.Open();
        _peak = Math.Max(_peak, _connections.Count + 1);
        if (!_spare.TryPop(out ModelledConnection? connection))
        {
            connection = new ModelledConnection();
        }

        (connection.Ticket, connection.Queue, connection.Source, connection.Door) = (ticket, queue, source, queue.Door(source.Index));
        Await(connection, ConnectionStep.Connecting, now + About(receiver.Settings.ConnectTime));
    }

    private void Proceed(ModelledConnection connection, Instant now)
    {
        switch (connection.Step)
        {
            case ConnectionStep.Connecting:
                Connect(connection, now);
                break;
            case ConnectionStep.Sending:
                Answer(connection, now);
                break;
            default:
                TakeOrder(connection, now);
                break;
        }
    }

    private void Connect(ModelledConnection connection, Instant now)
    {
        Receiver receiver = connection.Queue.Receiver;
        if (receiver.Settings.Unreachable > 0 && _draws.Next() * 100 < receiver.Settings.Unreachable)
        {
            connection.Ticket.ConnectFailed("451 4.4.1 no answer", dnsError: false, now);
            EndConnection(connection, now);
            return;
        }

        int most = receiver.Settings.MaxConnectionsPerSource;
        if (most > 0 && connection.Door.Connections >= most)
        {
            React(connection, receiver.TooMany, now);
            connection.Ticket.ConnectFailed(receiver.TooMany.Reply.ToString(), dnsError: false, now);
            EndConnection(connection, now);
            return;
        }

        connection.Door.Connections++;
        connection.IsCounted = true;
        connection.Ticket.Connected(now);
        TakeOrder(connection, now);
    }

    private void TakeOrder(ModelledConnection connection, Instant now)
    {
        TicketState state = connection.Ticket.Next(now, out DeliveryOrder? order, out Instant notBefore);
        switch (state)
        {
            case TicketState.HasOrder:
                connection.Order = order;
                if (order![0].Attempts == 0)
                {
                    Feed(connection.Queue, order.Count, now);
                }

                Await(connection, ConnectionStep.Sending, now + About(SendingTime(connection.Queue.Receiver)));
                break;
            case TicketState.Wait:
                Await(connection, ConnectionStep.Waiting, Instant.Min(notBefore, now + _longestWait));
                break;
            default:
                EndConnection(connection, now);
                break;
        }
    }

    /// <summary>More files and programs than <c>total-max-file</c> wait for each other: all of them take longer by as much.</summary>
    private TimeSpan SendingTime(Receiver receiver)
    {
        if (receiver.Kind is not (DeliveryKind.File or DeliveryKind.Pipe))
        {
            return receiver.Settings.MessageTime;
        }

        _localUnderWay++;
        return receiver.Settings.MessageTime * Math.Max(1, _localUnderWay / (double)_settings.TotalMaxFile);
    }

    /// <summary>The receiver has its say about each recipient of the transaction.</summary>
    private void Answer(ModelledConnection connection, Instant now)
    {
        DeliveryOrder order = connection.Order!;
        connection.Order = null;
        Receiver receiver = connection.Queue.Receiver;
        _localUnderWay -= receiver.Kind is DeliveryKind.File or DeliveryKind.Pipe ? 1 : 0;
        ModelledAnswer? last = null;
        for (int i = 0; i < order.Count; i++)
        {
            ModelledAnswer? answer = connection.Door.TryTake(receiver.Settings.MaxRatePerSource, now) ? receiver.Answer(_draws.Next()) : receiver.TooFast;
            Settle(connection, order[i], answer, now);
            last = answer ?? last;
        }

        if (last is not null)
        {
            React(connection, last, now);
        }

        if (last is { EndsConnection: true })
        {
            EndConnection(connection, now);
            return;
        }

        TakeOrder(connection, now);
    }

    private void Settle(ModelledConnection connection, QueuedRecipient recipient, ModelledAnswer? answer, Instant now)
    {
        CampaignQueue queue = connection.Queue;
        ReceiverTally tally = queue.Receiver.Tally;
        DeliveryTicket ticket = connection.Ticket;
        if (answer is null)
        {
            ticket.Delivered(now);
            _scheduler.Finish(ticket.Key, recipient, now);
            queue.Open--;
            _open--;
            if (queue.Receiver.Kind == DeliveryKind.Discard && ticket.Settings.DiscardAsBounce)
            {
                tally.Bounce(now);
            }
            else
            {
                tally.Deliver(now);
            }

            return;
        }

        AnswerEffect effect = answer.Under(ticket.Settings, _settings);
        if (effect.Bounces)
        {
            _scheduler.Finish(ticket.Key, recipient, now);
            queue.Open--;
            _open--;
            tally.Bounce(now);
            return;
        }

        _scheduler.Defer(ticket.Key, recipient, now + effect.Wait, counted: true, now);
        tally.Deferrals++;
    }

    private void React(ModelledConnection connection, ModelledAnswer answer, Instant now)
    {
        connection.Queue.Receiver.Tally.Replied(answer);
        AnswerEffect effect = answer.Under(connection.Ticket.Settings, _settings);
        if (effect.Own is { } own)
        {
            connection.Ticket.React(own, now, _stream);
        }

        if (effect.AsksShipped)
        {
            connection.Ticket.React(answer.ReactionFor(connection.Door.Connections, connection.Door.LastHour), now, _stream);
        }
    }

    private void EndConnection(ModelledConnection connection, Instant now)
    {
        if (connection.IsCounted)
        {
            connection.Door.Connections--;
            connection.IsCounted = false;
        }

        connection.Source.Close();
        connection.Ticket.Close(now);
        _spare.Push(connection);
    }

    private void Await(ModelledConnection connection, ConnectionStep step, Instant due)
    {
        connection.Step = step;
        _connections.Set(connection, due);
    }

    /// <summary>A time that varies by a quarter to both sides.</summary>
    private TimeSpan About(TimeSpan usual) => new((long)(usual.Ticks * (0.75 + _draws.Next() / 2)));
}
