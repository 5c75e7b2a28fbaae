// What a delivery does when there is nobody to deliver to: a host that will not serve us, no host at all, no socket, no virtual MTA.
// Each ends in a wait of the whole queue with its record, or in a verdict for all that it holds.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Delivery;

internal sealed partial class SmtpDelivery
{
    /// <summary>Long enough for others to give sockets back, short enough that no campaign is late for it.</summary>
    private static readonly TimeSpan _afterShortage = TimeSpan.FromSeconds(10);

    /// <summary>Each queue that tries holds one of the server's connections up to connect-timeout, so not as soon as behind a shortage of our own.</summary>
    private static readonly TimeSpan _afterProxies = TimeSpan.FromMinutes(1);

    /// <summary>The host speaks and will not serve us: the next one may, unless a 5xx greeting is the last word for the whole queue.</summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> WithoutServiceAsync(PeerConnection peer, SmtpStage stage, SmtpReply? reply)
    {
        if (abort.IsCancellationRequested)
        {
            _hand.Return();
            return (HostEnd.Finished, null);
        }

        if (reply is not null)
        {
            WatchOpening(peer, reply);
        }

        ReplyConsequence led = reply is null ? ReplyConsequence.None : _reactions.To(stage, reply, peer.Host);
        if (led.Has(ReplyActions.BounceQueue))
        {
            return await BounceQueueAsync(peer, DeliveryVerdicts.BouncedByRule(reply!), mayQuit: true);
        }

        if (_reactions.EndsDelivery)
        {
            return await EndForReactionAsync(peer, reply!, led);
        }

        if (stage == SmtpStage.Greeting && reply is { IsPermanent: true } && _settings.BounceUpon5xxGreeting
            && !led.Has(ReplyActions.SkipMx) && !led.KeepsMail)
        {
            await _hand.SettleQueueAsync(DeliveryVerdicts.FromReply(stage, reply, _settings, tools.Clock.Now), peer.Attempt, minimumAge: default, stopping);
            await QuitAsync(peer);
            return (HostEnd.Finished, null);
        }

        SmtpReply refusal = reply is null ? new SmtpReply(451, $"4.4.2 {peer.LossReason}")
            : stage == SmtpStage.Ehlo ? new SmtpReply(451, $"4.4.2 EHLO failed: {reply}")
            : AsWait(reply, peer.Host);
        NoteFailure(peer.Host, reply is null ? peer.LossReason : $"{peer.Host.Text} said {reply}", remember: true);
        if (reply is not null && await peer.SayQuitAsync())
        {
            await peer.LingerAsync();
        }

        return (HostEnd.NextHost, refusal);
    }

    /// <summary>
    /// A rule has disabled the source address or deferred the queue in reply to a greeting or EHLO: no other host is tried from here, and even a 5xx greeting
    /// bounces nothing, for other addresses or a later time may be welcome.
    /// </summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> EndForReactionAsync(PeerConnection peer, SmtpReply reply, ReplyConsequence led)
    {
        _hand.Return();
        if (!led.Has(ReplyActions.DeferQueue))
        {
            await tools.Doors.QueueFailed(ticket.Key, reply, peer.Attempt);
        }

        await NoteDeferralAsync(peer);
        await QuitAsync(peer);
        return (HostEnd.Finished, null);
    }

    /// <summary>The next host is to take what is in hand; unless a rule has ended the whole delivery.</summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> LeaveHostAsync(PeerConnection peer, OutgoingTransaction transaction)
    {
        SmtpReply reply = transaction.Unavailable!;
        NoteFailure(peer.Host, reply.ToString(), remember: true);
        if (_reactions.EndsDelivery)
        {
            _hand.Return();
        }

        // 421 has said goodbye already.
        if (reply.Code != 421 && !transaction.AwaitsContent && await peer.SayQuitAsync())
        {
            await peer.LingerAsync();
        }

        return _reactions.EndsDelivery ? (HostEnd.Finished, null) : (HostEnd.NextHost, AsWait(reply, peer.Host));
    }

    /// <summary>A rule bounces everything queued, each recipient with the reply that the rule is about.</summary>
    /// <param name="mayQuit">The peer expects a command.</param>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> BounceQueueAsync(PeerConnection peer, Verdict verdict, bool mayQuit)
    {
        tools.Log.QueueBouncedByRule(ticket.Key, peer.Host.Text, verdict.Reply);
        await _hand.SettleEveryoneAsync(verdict, peer.Attempt, stopping);
        await NoteDeferralAsync(peer);
        if (mayQuit)
        {
            await QuitAsync(peer);
        }

        return (HostEnd.Finished, null);
    }

    /// <summary>One record when a rule has put the queue into retry mode.</summary>
    private async ValueTask NoteDeferralAsync(PeerConnection peer)
    {
        if (_reactions.TakeDeferral() is { } reply)
        {
            tools.Log.QueueDeferredByRule(ticket.Key, peer.Host.Text, reply);
            await tools.Doors.QueueFailed(ticket.Key, reply, peer.Attempt);
        }
    }

    /// <summary>What a host has said, as the reason for a wait of the whole queue.</summary>
    private static SmtpReply AsWait(SmtpReply reply, HostAddress host) =>
        reply.IsTransient ? reply : new SmtpReply(451, $"4.3.2 {host.Text} refused service: {reply}");

    /// <summary>A host at its limit is there and well: the queue waits for it and takes no step of its retry schedule.</summary>
    private ValueTask WithoutRoomAsync()
    {
        _hand.Return();
        Observer?.Note("every host has as many connections as mx-connection-limit or ip-connection-limit allow: the queue waits for one to end");
        ticket.WaitForHost(tools.Clock.Now);
        return ValueTask.CompletedTask;
    }

    /// <summary>No host will have us: the whole queue waits.</summary>
    private ValueTask WithoutWelcomeAsync(SmtpReply refusal, HostAddress last)
    {
        _hand.Return();
        return FailQueueAsync(refusal, dnsError: false, last);
    }

    /// <summary>DNS gave no address to connect to.</summary>
    private async ValueTask WithoutHostsAsync(HostPlan plan)
    {
        SmtpReply reply = plan.Reply!;
        Watch()?.Note(reply.ToString());
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

    /// <summary>
    /// This machine has no socket to give, or none of the source's proxies answers. That says nothing about the destination, so its retry schedule takes
    /// no step.
    /// </summary>
    private async ValueTask WithoutSocketAsync(ConnectResult result)
    {
        LacksSockets = result.Failure == ConnectFailure.Resources;
        _hand.Return();
        Watch()?.Note(result.Problem);
        Instant retry = ticket.Postpone(result.Problem, LacksSockets ? _afterShortage : _afterProxies, tools.Clock.Now);
        await NoteQueueFailureAsync(new SmtpReply(451, $"4.3.0 {result.Problem}"), result.Problem, retry, host: null);
    }

    /// <summary>Mail of a virtual MTA that a reload has taken away is not sent from other addresses: it goes back, as in PowerMTA.</summary>
    private async ValueTask WithoutVirtualMtaAsync()
    {
        var reply = new SmtpReply(550, $"5.3.5 virtual MTA {ticket.Key.VirtualMta} does not exist any more");
        Observer?.Note(reply.ToString());
        var attempt = new AttemptContext { DeliveryType = "smtp" };
        await _hand.SettleQueueAsync(DeliveryVerdicts.MessageFailed(reply, tools.Clock.Now), attempt, minimumAge: default, stopping);
    }

    /// <summary>One connection that breaks is an accident. A host that ends one after the other is left alone for a while.</summary>
    private async ValueTask NoteDropAsync(PeerConnection peer)
    {
        if (!peer.IsCut && peer.Lost && ticket.Dropped(peer.LossReason, tools.Clock.Now, out Instant retry))
        {
            await NoteQueueFailureAsync(new SmtpReply(451, $"4.4.2 {peer.LossReason}"), peer.LossReason, retry, peer.Host);
        }
    }

    /// <summary>The whole queue goes into retry mode, with its record for the operator.</summary>
    private async ValueTask FailQueueAsync(SmtpReply reply, bool dnsError, HostAddress? host)
    {
        string reason = _lastFailure.Length > 0 ? _lastFailure : reply.Text[Math.Min(reply.Text.Length, reply.Status.ToString().Length + 1)..];
        Instant retry = ticket.ConnectFailed(reason, dnsError, tools.Clock.Now, lasts: _allLast == true);
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

    /// <param name="remember">The host is tried after others for a while.</param>
    /// <param name="lasts">The next try will meet the same, until somebody has changed something here or there.</param>
    private void NoteFailure(HostAddress host, string problem, bool remember, bool lasts = false)
    {
        (_lastFailure, _allLast) = (problem, lasts && _allLast != false);
        Watch()?.Note(problem);
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
        Observer?.Note(peer.TimedOut || peer.IsCut ? peer.LossReason : $"{peer.LossReason}: the host closed the connection");
        if (_settings.LogTransferFailures)
        {
            tools.Log.ConnectionLost(ticket.Key, peer.LossReason);
        }
    }
}
