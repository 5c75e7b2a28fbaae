// What a delivery does when there is nobody to deliver to: a host that will not serve us, no host at all, no socket, no virtual MTA.
// Each ends in a wait of the whole queue with its record, or in a verdict for all that it holds.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Smtp;

namespace Godwit.Delivery;

internal sealed partial class SmtpDelivery
{
    /// <summary>Long enough for others to give sockets back, short enough that no campaign is late for it.</summary>
    private static readonly TimeSpan _afterShortage = TimeSpan.FromSeconds(10);

    /// <summary>The host speaks and will not serve us: the next one may, unless a 5xx greeting is the last word for the whole queue.</summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> WithoutServiceAsync(PeerConnection peer, SmtpStage stage, SmtpReply? reply)
    {
        if (abort.IsCancellationRequested)
        {
            _hand.Return();
            return (HostEnd.Finished, null);
        }

        if (stage == SmtpStage.Greeting && reply is { IsPermanent: true } && _settings.BounceUpon5xxGreeting)
        {
            await _hand.SettleQueueAsync(DeliveryVerdicts.FromReply(stage, reply, _settings, tools.Clock.Now), peer.Attempt, minimumAge: default, stopping);
            await QuitAsync(peer);
            return (HostEnd.Finished, null);
        }

        SmtpReply refusal = reply is null ? new SmtpReply(451, $"4.4.2 {peer.LossReason}")
            : stage == SmtpStage.Ehlo ? new SmtpReply(451, $"4.4.2 EHLO failed: {reply}")
            : reply.IsTransient ? reply
            : new SmtpReply(451, $"4.3.2 {peer.Host.Text} refused service: {reply}");
        NoteFailure(peer.Host, reply is null ? peer.LossReason : $"{peer.Host.Text} said {reply}", remember: true);
        if (reply is not null && await peer.SayQuitAsync())
        {
            await peer.LingerAsync();
        }

        return (HostEnd.NextHost, refusal);
    }

    /// <summary>DNS gave no address to connect to.</summary>
    private async ValueTask WithoutHostsAsync(HostPlan plan)
    {
        SmtpReply reply = plan.Reply!;
        Observer?.Note(reply.ToString());
        var attempt = new AttemptContext { DeliveryType = "smtp", SourceAddress = ticket.Source.Address };
        if (plan.Status == HostPlanStatus.NoSuchDestination)
        {
            await _hand.SettleQueueAsync(DeliveryVerdicts.MessageFailed(reply, tools.Clock.Now), attempt, minimumAge: default, stopping);
            return;
        }

        if (plan.Status == HostPlanStatus.NoHosts && _settings.BounceUponNoMx != Timeout.InfiniteTimeSpan)
        {
            var permanent = new SmtpReply(550, string.Concat("5", reply.Text.AsSpan(1)));
            await _hand.SettleQueueAsync(DeliveryVerdicts.MessageFailed(permanent, tools.Clock.Now), attempt, _settings.BounceUponNoMx, stopping);
        }

        await FailQueueAsync(reply, plan.Status is HostPlanStatus.DnsFailed or HostPlanStatus.NoHosts, host: null);
    }

    /// <summary>This machine has no socket to give. That says nothing about the destination, so its retry schedule takes no step.</summary>
    private async ValueTask WithoutSocketAsync(string problem)
    {
        LacksSockets = true;
        _hand.Return();
        Instant retry = ticket.Postpone(problem, _afterShortage, tools.Clock.Now);
        await NoteQueueFailureAsync(new SmtpReply(451, $"4.3.0 {problem}"), problem, retry, host: null);
    }

    /// <summary>Mail of a virtual MTA that a reload has taken away is not sent from other addresses: it goes back, as in PowerMTA.</summary>
    private async ValueTask WithoutVirtualMtaAsync()
    {
        var reply = new SmtpReply(550, $"5.3.5 virtual MTA {ticket.Key.VirtualMta} does not exist any more");
        var attempt = new AttemptContext { DeliveryType = "smtp" };
        await _hand.SettleQueueAsync(DeliveryVerdicts.MessageFailed(reply, tools.Clock.Now), attempt, minimumAge: default, stopping);
    }

    /// <summary>The whole queue goes into retry mode, with its record for the operator.</summary>
    private async ValueTask FailQueueAsync(SmtpReply reply, bool dnsError, HostAddress? host)
    {
        string reason = _lastFailure.Length > 0 ? _lastFailure : reply.Text[Math.Min(reply.Text.Length, reply.Status.ToString().Length + 1)..];
        Instant retry = ticket.ConnectFailed(reason, dnsError, tools.Clock.Now);
        await NoteQueueFailureAsync(reply, reason, retry, host);
    }

    /// <summary>One record for one failure of the queue, however many connections have met it.</summary>
    private async ValueTask NoteQueueFailureAsync(SmtpReply reply, string reason, Instant retry, HostAddress? host)
    {
        if (!ticket.BeganRetry)
        {
            return;
        }

        tools.Log.QueueFailed(ticket.Key, reason, retry);
        await tools.Doors.QueueFailed(ticket.Key, reply, new AttemptContext
        {
            DeliveryType = "smtp",
            Mta = host?.Text ?? "",
            SourceAddress = ticket.Source.Address,
            DestinationAddress = host?.EndPoint.Address,
        });
    }

    private void NoteLookup(int addresses, SmtpReply? reason) => tools.Log.HostsFound(ticket.Key, addresses, reason?.ToString() ?? "");

    private void NoteFailure(HostAddress host, string problem, bool remember)
    {
        _lastFailure = problem;
        Observer?.Note(problem);
        if (remember)
        {
            tools.Hosts.Failed(host);
        }

        if (_settings.LogConnections)
        {
            tools.Log.HostFailed(ticket.Key, problem);
        }
    }

    private void NoteLoss(PeerConnection peer)
    {
        Observer?.Note(peer.LossReason);
        if (_settings.LogTransferFailures)
        {
            tools.Log.ConnectionLost(ticket.Key, peer.LossReason);
        }
    }
}
