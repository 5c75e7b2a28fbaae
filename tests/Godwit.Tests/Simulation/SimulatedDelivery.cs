// One connection of the server to a host, as Delivery works it: ticket, connect, order after order, verdicts, settlement. It has no socket; the
// agenda is its wire.
// Owned by the history; gone when the ticket is closed or the server stops.

using System.Net;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;

namespace Godwit.Tests.Simulation;

/// <summary>Delivers what one ticket hands out.</summary>
internal sealed class SimulatedDelivery(History history, DeliveryTicket ticket, SimulatedHost host, Random random)
{
    private static readonly TimeSpan _shortWait = TimeSpan.FromSeconds(1);
    private static readonly AttemptContext _attempt = new() { DeliveryType = "smtp", Mta = "host.test (192.0.2.1)" };

    private static readonly IPAddress _address = IPAddress.Parse("192.0.2.1");

    private readonly DeliverySettings _settings = ticket.Settings;
    private DeliveryOrder? _order;
    private SpooledContent? _content;
    private WakeSignal? _signal;
    private Instant _idleEnd;
    private Instant _waitEnd;
    private int _waits;
    private int _transactions;
    private bool _stands;

    public QueueKey Key => ticket.Key;

    public void Start()
    {
        if (_settings.Kind == DeliveryKind.Smtp)
        {
            Assert.True(ticket.TryUseHost(host.Domain, _address, history.Now), "a host without limits is full");
            host.CountConnect(Key, _settings, history.Now);
        }

        history.After(host.Latency(), Connect);
    }

    /// <summary>Looks whether the scheduler has woken this idle connection. True when it had.</summary>
    public bool Poll()
    {
        if (_signal is null || !_signal.WaitAsync(TimeSpan.Zero, TimeProvider.System, CancellationToken.None).GetAwaiter().GetResult())
        {
            return false;
        }

        EndWait();
        return true;
    }

    /// <summary>The server ends in the middle of it; the host may have the message all the same.</summary>
    public void Cut()
    {
        if (_order is not null && _settings.Kind == DeliveryKind.Smtp && random.Next(2) == 0)
        {
            foreach (KnownRecipient known in Recipients().Where(known => !IsBad(known)))
            {
                history.Ledger.TakenByHost(known);
            }
        }

        _content?.Dispose();
    }

    private static bool IsBad(KnownRecipient known) => known.Address.Contains("bad", StringComparison.Ordinal);

    private void Connect()
    {
        if (_settings.Kind == DeliveryKind.Discard)
        {
            var discarded = new SmtpReply(250, "2.0.0 discarded");
            SettleQueue(new Verdict(VerdictKind.Delivered, discarded, discarded.Status, history.Now, ""), new AttemptContext { DeliveryType = "discard" });
            return;
        }

        bool banned = host.Mood == HostMood.Banning;
        if (banned && _settings.BounceUpon5xxGreeting)
        {
            SettleQueue(DeliveryVerdicts.FromReply(SmtpStage.Greeting, new SmtpReply(554, "5.7.1 go away"), _settings, history.Now), _attempt);
        }
        else if (banned || host.Mood is HostMood.Refusing or HostMood.Unavailable || host.Connections >= host.MaxConnections)
        {
            history.ConnectFailed(ticket, dnsError: random.Next(4) == 0);
            Close();
        }
        else
        {
            host.Connections++;
            _stands = true;
            ticket.Connected(history.Now);
            NextOrder();
        }
    }

    private void NextOrder()
    {
        _idleEnd = history.Now + _settings.ConnectionIdleTimeout;
        _waitEnd = history.Now + (_settings.ConnectionIdleTimeout > _shortWait ? _settings.ConnectionIdleTimeout : _shortWait);
        Ask();
    }

    private void Ask()
    {
        for (int asked = 0; ; asked++)
        {
            Promise.Holds(asked < 100, $"a connection of {Key} asks without end");
            Instant now = history.Now;
            TicketState state = ticket.Next(now, out DeliveryOrder? order, out Instant notBefore);
            if (state == TicketState.HasOrder)
            {
                Begin(order!);
                return;
            }

            Assert.True(state != TicketState.Wait || notBefore > now, "a wait without a time");
            Instant until = state switch { TicketState.Wait when notBefore <= _waitEnd => notBefore, TicketState.Empty => _idleEnd, _ => now };
            if (until <= now)
            {
                Close();
                return;
            }

            _signal = ticket.BeginWait(until - now);
            if (_signal is not null)
            {
                history.Tally.RateWaits += state == TicketState.Wait ? 1 : 0;
                history.Tally.Idles += state == TicketState.Empty ? 1 : 0;
                int wait = ++_waits;
                history.After(until - now, () => TimeUp(wait));
                return;
            }
        }
    }

    private void TimeUp(int wait)
    {
        if (_signal is not null && wait == _waits)
        {
            EndWait();
        }
    }

    private void EndWait()
    {
        _signal = null;
        ticket.EndWait();
        Ask();
    }

    private void Begin(DeliveryOrder order)
    {
        Take(order);
        host.CountRecipients(Key, _settings, history.Now, order.Count);
        history.After(host.Latency(), Reply);
    }

    private void Take(DeliveryOrder order)
    {
        _order = order;
        history.Ledger.HandedOut(order, Key, history.Now);
        _content = history.Read(order, Recipients());
    }

    private IEnumerable<KnownRecipient> Recipients() => _order!.Recipients.Select(history.Ledger.Of);

    private void Reply()
    {
        DeliveryOrder order = _order!;
        bool troubled = !history.IsCalm && random.Next(30) == 0;
        if (troubled && _transactions > 0)
        {
            // A connection used before was found closed: nothing was attempted.
            _order = null;
            _content!.Dispose();
            history.Ledger.PutBack(order, history.Now);
            ticket.Return(order, history.Now);
            Close();
            return;
        }

        _transactions++;
        bool hungUp = troubled || (host.Mood == HostMood.HangingUp && random.Next(2) == 0);
        bool duringTransfer = random.Next(4) > 0;
        bool taken = duringTransfer && random.Next(2) == 0;
        var outcomes = new List<RecipientOutcome>(order.Count);
        foreach (QueuedRecipient recipient in order.Recipients)
        {
            KnownRecipient known = history.Ledger.Of(recipient);
            Verdict verdict = Judge(known) ?? (hungUp ? Lost(known, duringTransfer, taken) : Accepted(known));
            outcomes.Add(new RecipientOutcome(recipient, verdict));
        }

        if (outcomes.Exists(outcome => outcome.Verdict.Kind == VerdictKind.Delivered))
        {
            ticket.Delivered(history.Now);
        }

        Settle(outcomes, _attempt);
        if (hungUp)
        {
            Close();
        }
        else
        {
            NextOrder();
        }
    }

    /// <summary>The answer to RCPT when it is no.</summary>
    private Verdict? Judge(KnownRecipient known)
    {
        SmtpReply? reply = IsBad(known) ? new SmtpReply(550, "5.1.1 no such user")
            : host.Mood == HostMood.Deferring && random.Next(4) > 0 ? new SmtpReply(451, "4.7.1 try again later")
            : host.Mood == HostMood.Rejecting && random.Next(3) == 0 ? new SmtpReply(554, "5.7.1 not wanted")
            : null;
        return reply is null ? null : DeliveryVerdicts.FromReply(SmtpStage.Rcpt, reply, _settings, history.Now);
    }

    private Verdict Accepted(KnownRecipient known)
    {
        history.Ledger.TakenByHost(known);
        return DeliveryVerdicts.FromReply(SmtpStage.EndOfData, new SmtpReply(250, "2.0.0 ok"), _settings, history.Now);
    }

    private Verdict Lost(KnownRecipient known, bool duringTransfer, bool taken)
    {
        history.Tally.UnknownFates++;
        if (taken)
        {
            history.Ledger.TakenByHost(known);
            known.InDoubt = true;
        }

        return DeliveryVerdicts.ConnectionLost(duringTransfer, "reset by peer", _settings, history.Now);
    }

    private void SettleQueue(Verdict verdict, AttemptContext attempt)
    {
        while (ticket.Next(history.Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
        {
            Take(order!);
            Settle([.. order!.Recipients.Select(recipient => new RecipientOutcome(recipient, verdict))], attempt);
            if (verdict.Kind == VerdictKind.Delivered)
            {
                ticket.Delivered(history.Now);
            }
        }

        Close();
    }

    private void Settle(List<RecipientOutcome> outcomes, AttemptContext attempt)
    {
        Envelope envelope = _content!.Envelope;
        _content.Dispose();
        (_order, _content) = (null, null);
        history.Settle(Key, envelope, outcomes, attempt);
    }

    private void Close()
    {
        host.Connections -= _stands ? 1 : 0;
        history.Closed(this);
        ticket.Close(history.Now);
    }
}
