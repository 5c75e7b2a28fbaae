// Delivery on this machine: orders of one ticket into files or programs, a recipient at a time. Owned by the ticket's delivery, whose order in hand it uses,
// so whatever throws, nobody is lost. Each recipient's fate is durable before the next is served: a crash repeats one at most.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>Serves one ticket of a queue of <c>type file</c> or <c>type pipe</c>.</summary>
internal sealed class LocalDelivery(DeliveryTicket ticket, DeliveryTools tools, OrderInHand hand, CancellationToken stopping, CancellationToken abort)
{
    /// <summary>A rate that lets the next recipient go this soon is waited for here; a longer wait gives the slot back.</summary>
    private static readonly TimeSpan _shortWait = TimeSpan.FromSeconds(1);

    private readonly DeliverySettings _settings = ticket.Settings;
    private readonly AttemptContext _attempt = new() { DeliveryType = AttemptContext.TypeOf(ticket.Settings.Kind) };

    /// <summary>Runs until the ticket has nothing more to do. What is still in hand then is back in its queue.</summary>
    public async Task RunAsync()
    {
        IRecipientDrop drop = _settings.Kind == DeliveryKind.File ? new FileDelivery(_settings, tools.Clock) : new PipeDelivery(_settings, tools.Clock);
        while (await NextOrderAsync())
        {
            if (!await ServeAsync(hand.Current!, drop))
            {
                hand.Return();
                return;
            }
        }
    }

    private async ValueTask<bool> NextOrderAsync()
    {
        while (!stopping.IsCancellationRequested && tools.Doors.Held() is null)
        {
            Instant now = tools.Clock.Now;
            TicketState state = hand.Take(now, out Instant notBefore);
            if (state == TicketState.HasOrder)
            {
                return true;
            }

            if (state != TicketState.Wait || notBefore - now > _shortWait)
            {
                return false;
            }

            try
            {
                await ticket.WaitAsync(notBefore - now, tools.Clock.Time, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>One order. False when the ticket is to end: what is left of the order is still in hand.</summary>
    private async ValueTask<bool> ServeAsync(DeliveryOrder order, IRecipientDrop drop)
    {
        using MessageContent content = tools.Doors.Open(order.Message);
        if (content.Envelope.Windows is { } windows && !windows.IsOpen(tools.Clock.Now))
        {
            var outside = new Verdict?[order.Count];
            Array.Fill(outside, DeliveryVerdicts.OutsideWindows(windows, tools.Clock.Now));
            await hand.SettleAsync(content.Envelope, outside, _attempt);
            return true;
        }

        while (hand.Current is { } left)
        {
            if (stopping.IsCancellationRequested || tools.Doors.Held() is not null)
            {
                return false;
            }

            DropResult result = await TakeTurnAsync(content, left[0].Index, drop);
            if (result.Verdict is not { } verdict)
            {
                await EndAsync(result.QueueProblem);
                return false;
            }

            ticket.Connected(tools.Clock.Now);
            var verdicts = new Verdict?[left.Count];
            verdicts[0] = verdict;
            await hand.SettleAsync(content.Envelope, verdicts, _attempt);
            await hand.DurableAsync(abort);
        }

        return true;
    }

    private async ValueTask<DropResult> TakeTurnAsync(MessageContent content, int index, IRecipientDrop drop)
    {
        if (!await tools.Turns.EnterAsync(abort))
        {
            return DropResult.Queue("");
        }

        try
        {
            content.Rewind();
            return await drop.DeliverAsync(content, index, abort);
        }
        finally
        {
            tools.Turns.Leave();
        }
    }

    /// <summary>The queue waits: a step of its retry schedule when the place is at fault, a moment when there was no turn.</summary>
    private async ValueTask EndAsync(string problem)
    {
        hand.Return();
        if (problem.Length == 0)
        {
            ticket.Postpone("total-max-file: so many files and programs are under way", _shortWait, tools.Clock.Now);
            return;
        }

        Instant retry = ticket.ConnectFailed(problem, dnsError: false, tools.Clock.Now);
        if (ticket.BeganRetry)
        {
            tools.Log.QueueFailed(ticket.Key, problem, retry);
            await tools.Doors.QueueFailed(ticket.Key, new SmtpReply(451, $"4.3.0 {problem}"), _attempt);
        }
    }
}
