// From what was said, or not said any more, to what it means for a recipient. Pure: reply + settings + time.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>Makes verdicts for Delivery.</summary>
public static class DeliveryVerdicts
{
    private static readonly EnhancedStatus _badMailbox = new(5, 1, 1);
    private static readonly EnhancedStatus _protocol = new(4, 5, 0);
    private static readonly EnhancedStatus _tooManyRecipients = new(4, 5, 3);
    private static readonly EnhancedStatus _connectionLost = new(4, 4, 2);
    private static readonly SmtpReply _discarded = new(250, "2.0.0 discarded");
    private static readonly EnhancedStatus _expired = new(4, 4, 7);

    /// <summary>
    /// The first digit decides (RFC 5321 section 4.2.1). Anything that is no answer to the stage (a 250 to DATA, a 354 to the final dot) breaks the protocol:
    /// the recipient is tried again.
    /// </summary>
    public static Verdict FromReply(SmtpStage stage, SmtpReply reply, DeliverySettings settings, Instant now)
    {
        if (reply.IsPositive && stage == SmtpStage.EndOfData)
        {
            return new Verdict(VerdictKind.Delivered, reply, StatusOf(reply), default, "");
        }

        if (stage == SmtpStage.Rcpt && IsTooManyRecipients(reply))
        {
            return Deferred(reply, _tooManyRecipients, settings, now);
        }

        if (!reply.IsTransient && !reply.IsPermanent)
        {
            return Deferred(reply, _protocol, settings, now);
        }

        if (reply.IsTransient)
        {
            return Deferred(reply, StatusOf(reply), settings, now);
        }

        bool invalidMailbox = stage == SmtpStage.Rcpt && reply is { Code: 553, Status.IsNone: true } && settings.Smtp553MeansInvalidMailbox;
        return Bounced(reply, invalidMailbox ? _badMailbox : StatusOf(reply), local: false);
    }

    /// <summary>A rule says that a recipient or its whole queue bounces: the reply stands as it was said, a 4xx too.</summary>
    public static Verdict BouncedByRule(SmtpReply reply) => Bounced(reply, StatusOf(reply), local: false);

    /// <summary>
    /// A verdict as a reaction changes it. A 5xx that is kept becomes a temporary failure: no bounce, and nothing that list hygiene would count.
    /// </summary>
    public static Verdict Under(ReplyConsequence led, Verdict verdict, DeliverySettings settings, Instant now)
    {
        ReplyReaction reaction = led.Reaction;
        if (reaction.IsNone || verdict.Kind == VerdictKind.Delivered)
        {
            return verdict;
        }

        verdict = reaction.Category.Length > 0 ? verdict with { Category = reaction.Category } : verdict;
        if (reaction.Has(ReactionActs.Fail))
        {
            return verdict with { Kind = VerdictKind.Bounced, NotBefore = default };
        }

        if (verdict.Kind == VerdictKind.Bounced && led.KeepsMail)
        {
            verdict = verdict with { Kind = VerdictKind.Deferred, Status = verdict.Status.WithClass(4), NotBefore = RetryPlan.NextAttempt(settings, now) };
        }

        return verdict.Kind == VerdictKind.Deferred && reaction.RetryAfter is { } wait ? verdict with { NotBefore = RetryPlan.After(wait, now) } : verdict;
    }

    /// <summary>The connection ended before an answer came. During the transfer the peer may have taken the message: trying again may duplicate it.</summary>
    /// <param name="duringTransfer">DATA was under way or finished without a reply.</param>
    /// <param name="detail">What happened, for the operator: <c>reset by peer</c>.</param>
    /// <param name="behindPix">The greeting showed a firewall that is known to break connections in the middle of mail.</param>
    public static Verdict ConnectionLost(bool duringTransfer, string detail, DeliverySettings settings, Instant now, bool behindPix = false)
    {
        string where = duringTransfer ? "while the message was sent" : "before the message was sent";
        if (duringTransfer && (settings.BounceUponTransferFailure || (behindPix && settings.BounceUponPixTransferFailure)))
        {
            return Bounced(new SmtpReply(554, $"5.4.2 Connection lost {where}: {detail}"), _connectionLost.WithClass(5), local: true);
        }

        return Deferred(new SmtpReply(451, $"4.4.2 Connection lost {where}: {detail}"), _connectionLost, settings, now) with { IsLocal = true };
    }

    /// <summary>The message cannot be sent at all, by our own finding: no host accepts such mail, or the peer lacks what it needs.</summary>
    public static Verdict MessageFailed(SmtpReply localReply, Instant now)
    {
        // The status of our own finding is chosen with care; the words around it are for people ("example.org does not exist" is no bad mailbox).
        Verdict verdict = Bounced(localReply, StatusOf(localReply).WithClass(5), local: true);
        string category = BounceCategories.ByStatus(verdict.Status);
        return category == BounceCategories.Other ? verdict : verdict with { Category = category };
    }

    /// <summary>By our own finding the recipient cannot be served now: no peer has said anything. It is tried again.</summary>
    public static Verdict PutOff(SmtpReply localReply, DeliverySettings settings, Instant now) =>
        Deferred(localReply, StatusOf(localReply), settings, now) with { IsLocal = true };

    /// <summary>The configuration has the mail thrown away: on record as delivered, or as bounced where <c>discard-as-bounce</c> says so.</summary>
    public static Verdict Discarded(DeliverySettings settings, Instant now) => settings.DiscardAsBounce
        ? MessageFailed(new SmtpReply(550, "5.7.1 discarded"), now) with { IsUntold = true }
        : new Verdict(VerdictKind.Delivered, _discarded, _discarded.Status, default, "");

    /// <summary>
    /// bounce-after has passed. The status is of class 4: the peer never refused for good (RFC 3464 section 2.3.4), which list hygiene tells apart by it.
    /// </summary>
    /// <param name="lastReply">What stood in the way last; null when it is not known.</param>
    public static Verdict Expired(SmtpReply? lastReply, DeliverySettings settings, Instant now)
    {
        SmtpReply reply = lastReply ?? new SmtpReply(451, $"4.4.7 Not delivered within {Words(settings.BounceAfter)}");
        return new Verdict(VerdictKind.Bounced, reply, _expired, default, BounceCategories.MessageExpired) { IsLocal = lastReply is null };
    }

    /// <summary>A verdict as the message's delivery windows change it: the next attempt lies in one of them, and behind the last there is none.</summary>
    public static Verdict Within(DeliveryWindows windows, Verdict verdict)
    {
        if (verdict.Kind != VerdictKind.Deferred)
        {
            return verdict;
        }

        Instant open = windows.NextOpen(verdict.NotBefore);
        return open < Instant.Never
            ? verdict with { NotBefore = open }
            : new Verdict(VerdictKind.Bounced, verdict.Reply, _expired, default, BounceCategories.MessageExpired) { IsLocal = verdict.IsLocal };
    }

    /// <summary>The message came to its turn between two of its windows, or behind the last: it is not attempted.</summary>
    public static Verdict OutsideWindows(DeliveryWindows windows, Instant now)
    {
        Instant open = windows.NextOpen(now);
        return open < Instant.Never
            ? new Verdict(VerdictKind.Deferred, new SmtpReply(451, $"4.4.5 The schedule of the message allows no delivery before {open}"),
                new EnhancedStatus(4, 4, 5), open, "") { IsLocal = true, WasAttempted = false }
            : new Verdict(VerdictKind.Bounced, new SmtpReply(451, "4.4.7 Not delivered in the times that the schedule of the message gives"), _expired,
                default, BounceCategories.MessageExpired) { IsLocal = true };
    }

    private static Verdict Deferred(SmtpReply reply, EnhancedStatus status, DeliverySettings settings, Instant now) =>
        new(VerdictKind.Deferred, reply, status, RetryPlan.NextAttempt(settings, now), BounceCategories.Of(status, reply));

    private static Verdict Bounced(SmtpReply reply, EnhancedStatus status, bool local) =>
        new(VerdictKind.Bounced, reply, status, default, BounceCategories.Of(status, reply)) { IsLocal = local };

    /// <summary>The peer's status, with the class of its code where the two disagree: the code is what the protocol goes by.</summary>
    private static EnhancedStatus StatusOf(SmtpReply reply) => reply.StatusOrDefault.WithClass((byte)(reply.Code / 100));

    /// <summary>RFC 5321 section 4.5.3.1.10: 552 was once the code for "too many recipients" and is to be read as 452 then.</summary>
    private static bool IsTooManyRecipients(SmtpReply reply) =>
        reply.Code == 552
        && (reply.Status is { Subject: 5, Detail: 3 } || reply.Text.Contains("too many recipients", StringComparison.OrdinalIgnoreCase));

    private static string Words(TimeSpan age)
    {
        var parts = new List<string>(3);
        Add(age.Days, "day");
        Add(age.Hours, "hour");
        Add(age.Minutes, "minute");
        return parts.Count == 0 ? $"{age.TotalSeconds:0} seconds" : string.Join(' ', parts);

        void Add(int count, string unit)
        {
            if (count > 0)
            {
                parts.Add(count == 1 ? $"1 {unit}" : $"{count} {unit}s");
            }
        }
    }
}
