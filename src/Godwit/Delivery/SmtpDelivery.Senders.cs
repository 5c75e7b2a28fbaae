// check-spf-outbound: mail whose sender's domain does not allow this source address is not sent from it. What the receiver would refuse costs its sender
// reputation. Only where the configuration names the source address: one that the system chooses may be another by the time it arrives.

using Godwit.Disposition;
using Godwit.Mail;
using Godwit.Verification;

namespace Godwit.Delivery;

internal sealed partial class SmtpDelivery
{
    /// <summary>
    /// Whether the order in hand is settled already, because SPF does not pass: a temporary error is tried again, everything else bounces. Mail without a
    /// sender, bounce messages, is never stopped here.
    /// </summary>
    private async ValueTask<bool> IsStoppedBySpfAsync(PeerConnection peer, MessageContent content)
    {
        EmailAddress sender = content.Envelope.Sender;
        if (!_settings.CheckSpfOutbound || sender.IsNull || tools.Doors.CheckSender is not { } check || peer.Source.Address is not { } source)
        {
            return false;
        }

        SpfVerdict verdict = await check(source, peer.Source.HostName, sender.WireText, abort);

        // Cut off, it has found nothing; whoever gave the ticket puts the order back.
        abort.ThrowIfCancellationRequested();
        Observer?.Note($"spf of <{sender.Text}> for {source} is {verdict.Word}: {verdict.Reason}");
        if (verdict.Result == SpfResult.Pass)
        {
            return false;
        }

        Verdict fate = verdict.Result == SpfResult.TempError
            ? DeliveryVerdicts.FromReply(
                SmtpStage.Mail, new SmtpReply(451, $"4.4.3 SPF of the sender cannot be checked for now: {verdict.Reason}"), _settings, tools.Clock.Now) with
                { IsLocal = true }
            : DeliveryVerdicts.MessageFailed(
                new SmtpReply(550, $"5.7.23 not sent from {source}: SPF of the sender is {verdict.Word}: {verdict.Reason}"), tools.Clock.Now);
        var fates = new Verdict?[_hand.Current!.Count];
        Array.Fill(fates, fate);
        await _hand.SettleAsync(content.Envelope, fates, peer.Attempt);
        return true;
    }
}
