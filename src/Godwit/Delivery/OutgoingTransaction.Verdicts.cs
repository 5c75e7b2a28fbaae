// What the replies of one transaction mean: verdicts, and whether it goes on. Rules for replies are asked here, once for each reply that is about the message.

using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Delivery;

internal sealed partial class OutgoingTransaction
{
    /// <summary>
    /// Stands for the verdict of a recipient that goes to the next host, where the rest of its transaction goes on: it must not get the verdict of the rest.
    /// </summary>
    private static readonly Verdict _goesOn = new(VerdictKind.Deferred, new SmtpReply(451, ""), default, default, "");

    /// <summary>Stands for the verdict of a recipient whose domain is not this transaction's: it stays in hand for the next one.</summary>
    private static readonly Verdict _ofOtherDomain = new(VerdictKind.Deferred, new SmtpReply(451, ""), default, default, "");

    /// <summary>
    /// 421 ends this host's part, where the configuration says so; unless the content is out already: then its reply counts. So does a reply with skip-mx;
    /// behind a refused MAIL there is nobody whom content could reach.
    /// </summary>
    private bool LeavesForNextHost =>
        (settings.Smtp421MeansMxUnavailable && _unavailable is not null && (!_inContent || _dataReply is { Code: 421 }))
        || (_skipped is not null && (!_inContent || !MailAccepted || _skipped == _dataReply));

    /// <summary>Nothing more of this message is sent here.</summary>
    private bool StopsHere => LeavesForNextHost || (_queueVerdict is not null && !_inContent);

    /// <summary>Whether a reply stands that decides for all recipients who were not refused one by one.</summary>
    private bool IsDecided => _mailReply is { IsPositive: false, Code: not 421 } || _dataReply is { IsIntermediate: false };

    /// <summary>A host that closes an idle connection may leave a 421 in it, which then looks like the reply to MAIL: it was not about this message.</summary>
    private bool NothingSaidAboutTheMessage => _mailReply is null or { Code: 421 } && _accepted == 0 && _rcptAnswered == 0 && _dataReply is null;

    /// <summary>A rollup holds mail of many domains, and providers refuse transactions that mix them.</summary>
    private void LeaveOtherDomains()
    {
        DomainName first = Recipient(0).Address.Domain;
        for (int i = 1; i < _verdicts.Length; i++)
        {
            _verdicts[i] = Recipient(i).Address.Domain == first ? null : _ofOtherDomain;
        }
    }

    private void TakeBackOtherDomains()
    {
        if (oneDomain)
        {
            foreach (ref Verdict? each in _verdicts.AsSpan())
            {
                each = ReferenceEquals(each, _ofOtherDomain) ? null : each;
            }
        }
    }

    private void TakeMailReply()
    {
        if (!MailAccepted)
        {
            React(SmtpStage.Mail, _mailReply!);
        }
    }

    private void TakeRcptReply(SmtpReply reply)
    {
        if (reply.IsPositive)
        {
            _accepted++;
            return;
        }

        if (!MailAccepted || StoppedBefore(reply))
        {
            return;
        }

        ReplyConsequence led = React(SmtpStage.Rcpt, reply);
        if (StopsHere)
        {
            return;
        }

        _verdicts[_rcptAnswered] = led.Has(ReplyActions.SkipMx) ? _goesOn
            : led.Has(ReplyActions.BounceRecipient | ReplyActions.BounceQueue)
                ? DeliveryVerdicts.Under(led, DeliveryVerdicts.BouncedByRule(reply), settings, clock.Now)
            : VerdictOf(SmtpStage.Rcpt, reply, clock.Now);
    }

    /// <summary>Where nobody was accepted, the reply to DATA only says that.</summary>
    private void TakeDataReply()
    {
        if (_dataReply is { IsIntermediate: false } reply && MailAccepted && _accepted > 0 && !StoppedBefore(reply))
        {
            React(_inContent ? SmtpStage.EndOfData : SmtpStage.Data, reply);
        }
    }

    /// <summary>The 421 of the moment stops everything and is looked at nevertheless; what follows it is not.</summary>
    private bool StoppedBefore(SmtpReply reply) => StopsHere && !ReferenceEquals(reply, _unavailable);

    private ReplyConsequence React(SmtpStage stage, SmtpReply reply)
    {
        ReplyConsequence led = reactions.To(stage, reply, peer.Host);
        (_led, _ledBy) = (led, reply);

        // Only from a connection that has carried something: one that brings nothing through would be opened again and again.
        _reconnects |= led.Reaction.Has(ReactionActs.Reconnect) && peer.Transactions > 0;
        _skipped ??= led.Has(ReplyActions.SkipMx) ? reply : null;
        _queueVerdict ??= led.Has(ReplyActions.BounceQueue) ? DeliveryVerdicts.BouncedByRule(reply) : null;
        return led;
    }

    /// <summary>What a reply means, as the rules that know it have it.</summary>
    private Verdict VerdictOf(SmtpStage stage, SmtpReply reply, Instant now)
    {
        Verdict plain = DeliveryVerdicts.FromReply(stage, reply, settings, now);
        if (!ReferenceEquals(reply, _ledBy))
        {
            return plain;
        }

        Verdict verdict = DeliveryVerdicts.Under(_led, plain, settings, now);

        // The connection has had its share, which says nothing about the mail: it goes on at once and was not attempted.
        return _reconnects && verdict.Kind == VerdictKind.Deferred ? verdict with { NotBefore = now, WasAttempted = false } : verdict;
    }

    /// <summary>Gives a verdict to everyone who has none, and says in which state the connection is.</summary>
    private async ValueTask<TransactionEnd> EndAsync(bool inStep)
    {
        if (LeavesForNextHost)
        {
            TakeBackThoseWhoGoOn();
            return TransactionEnd.HostUnavailable;
        }

        if (StopsHere)
        {
            Decide(_queueVerdict!);
            return TransactionEnd.QueueBounced;
        }

        // Behind the end of data there is no transaction any more, whatever the reply was; behind a failed chunk there is (RFC 3030 section 2).
        _needsReset = inStep && !_ended && MailAccepted;

        // 421 announces the end of the connection. RSET shows whether the peer means it.
        if (inStep && _unavailable is not null)
        {
            inStep = await ResetAsync();
        }

        if (!inStep && !IsDecided && (peer.IsCut || (peer.Transactions > 0 && NothingSaidAboutTheMessage)))
        {
            TakeBackThoseWhoGoOn();
            return TransactionEnd.NotAttempted;
        }

        if (AnyOpen)
        {
            Decide(CommonVerdict());
        }

        peer.Transactions++;
        if (_queueVerdict is not null)
        {
            return TransactionEnd.QueueBounced;
        }

        return TakeBackThoseWhoGoOn() ? TransactionEnd.HostUnavailable
            : _reconnects ? TransactionEnd.NotAttempted : inStep ? TransactionEnd.Done : TransactionEnd.ConnectionOver;
    }

    private void Decide(Verdict common)
    {
        foreach (ref Verdict? each in _verdicts.AsSpan())
        {
            each ??= common;
        }
    }

    /// <summary>True when there is one.</summary>
    private bool TakeBackThoseWhoGoOn()
    {
        if (_skipped is null)
        {
            return false;
        }

        bool any = false;
        foreach (ref Verdict? each in _verdicts.AsSpan())
        {
            if (ReferenceEquals(each, _goesOn))
            {
                each = null;
                any = true;
            }
        }

        return any;
    }

    /// <summary>The verdict of all recipients who were not refused one by one.</summary>
    private Verdict CommonVerdict()
    {
        Instant now = clock.Now;

        // A rule has taken the reply to the content as the word for the whole queue.
        if (_queueVerdict is { } verdict && (!MailAccepted || verdict.Reply == _dataReply))
        {
            return verdict;
        }

        // The reply that decided stands, whatever happened behind it.
        if (!MailAccepted)
        {
            return VerdictOf(SmtpStage.Mail, _mailReply!, now);
        }

        if (_dataReply is { IsIntermediate: false } final)
        {
            return VerdictOf(_inContent ? SmtpStage.EndOfData : SmtpStage.Data, final, now);
        }

        // A peer that said 421 before it hung up has said why.
        if (_unavailable is { } unavailable)
        {
            return VerdictOf(_inContent ? SmtpStage.EndOfData : SmtpStage.Rcpt, unavailable, now);
        }

        if (_contentSent && peer.TimedOut && settings.AssumeDeliveryUponDataTerminationTimeout)
        {
            var assumed = new SmtpReply(250, $"2.0.0 assumed to be delivered: {peer.LossReason}");
            return DeliveryVerdicts.FromReply(SmtpStage.EndOfData, assumed, settings, now);
        }

        return DeliveryVerdicts.ConnectionLost(_inContent, peer.LossReason, settings, now, peer.IsBehindPix);
    }
}
