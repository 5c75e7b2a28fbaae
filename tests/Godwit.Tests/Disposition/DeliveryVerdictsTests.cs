using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Disposition;

public sealed class DeliveryVerdictsTests
{
    private static readonly Instant _now = Instant.FromDateTime(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private static readonly DeliveryWindows _windows = DeliveryWindows.Of(
        [new(_now - TimeSpan.FromHours(1), _now + TimeSpan.FromMinutes(5)), new(_now + TimeSpan.FromHours(2), _now + TimeSpan.FromHours(3))]);

    private static readonly DeliverySettings _settings = new() { RetryRecipientsAfter = TimeSpan.FromMinutes(7) };

    [Theory]
    [InlineData(0, "Deferred", 120, "4.2.2")]
    [InlineData(115, "Deferred", 122, "4.2.2")]
    [InlineData(175, "Bounced", 0, "4.4.7")]
    public void Mail_with_windows_is_tried_again_inside_one_or_never(int minutes, string kind, int notBefore, string status)
    {
        Verdict verdict = DeliveryVerdicts.FromReply(SmtpStage.Rcpt, new SmtpReply(452, "4.2.2 full"), _settings, _now + TimeSpan.FromMinutes(minutes));

        Verdict moved = DeliveryVerdicts.Within(_windows, verdict);

        Assert.Equal((kind, status), (moved.Kind.ToString(), moved.Status.ToString()));
        Assert.Equal(notBefore == 0 ? default : _now + TimeSpan.FromMinutes(notBefore), moved.NotBefore);
        Assert.Equal(kind == "Bounced" ? "message-expired" : "quota-issues", moved.Category);
        Assert.Equal("452 4.2.2 full", moved.Reply.ToString());
    }

    [Fact]
    public void Between_two_windows_mail_waits_without_an_attempt_and_behind_the_last_it_is_too_old()
    {
        Verdict waits = DeliveryVerdicts.OutsideWindows(_windows, _now + TimeSpan.FromHours(1));
        Verdict over = DeliveryVerdicts.OutsideWindows(_windows, _now + TimeSpan.FromHours(3));

        Assert.Equal((VerdictKind.Deferred, _now + TimeSpan.FromHours(2), false), (waits.Kind, waits.NotBefore, waits.WasAttempted));
        Assert.Equal((VerdictKind.Bounced, "message-expired", true), (over.Kind, over.Category, over.WasAttempted));
    }

    [Theory]
    [InlineData(SmtpStage.EndOfData, 250, "2.0.0 queued", VerdictKind.Delivered, "2.0.0")]
    [InlineData(SmtpStage.EndOfData, 250, "ok", VerdictKind.Delivered, "2.0.0")]
    [InlineData(SmtpStage.EndOfData, 451, "4.7.1 greylisted", VerdictKind.Deferred, "4.7.1")]
    [InlineData(SmtpStage.EndOfData, 554, "5.7.1 no", VerdictKind.Bounced, "5.7.1")]
    [InlineData(SmtpStage.Rcpt, 550, "no", VerdictKind.Bounced, "5.0.0")]
    [InlineData(SmtpStage.Rcpt, 450, "later", VerdictKind.Deferred, "4.0.0")]
    [InlineData(SmtpStage.Rcpt, 421, "4.7.0 too many", VerdictKind.Deferred, "4.7.0")]
    [InlineData(SmtpStage.Mail, 552, "5.3.4 too big", VerdictKind.Bounced, "5.3.4")]
    [InlineData(SmtpStage.Greeting, 554, "no", VerdictKind.Bounced, "5.0.0")]

    // Code and enhanced status disagree: the code is what the protocol goes by.
    [InlineData(SmtpStage.Rcpt, 550, "4.7.1 confused", VerdictKind.Bounced, "5.7.1")]
    [InlineData(SmtpStage.Rcpt, 450, "5.1.1 confused", VerdictKind.Deferred, "4.1.1")]

    // Not an answer to the question.
    [InlineData(SmtpStage.Data, 250, "ok", VerdictKind.Deferred, "4.5.0")]
    [InlineData(SmtpStage.EndOfData, 354, "go on", VerdictKind.Deferred, "4.5.0")]

    // 552 once meant "too many recipients".
    [InlineData(SmtpStage.Rcpt, 552, "Too many recipients", VerdictKind.Deferred, "4.5.3")]
    [InlineData(SmtpStage.Rcpt, 552, "5.5.3 enough", VerdictKind.Deferred, "4.5.3")]
    [InlineData(SmtpStage.Rcpt, 552, "5.2.2 mailbox full", VerdictKind.Bounced, "5.2.2")]
    [InlineData(SmtpStage.EndOfData, 552, "Too many recipients", VerdictKind.Bounced, "5.0.0")]

    // 553 to RCPT.
    [InlineData(SmtpStage.Rcpt, 553, "sorry", VerdictKind.Bounced, "5.1.1")]
    [InlineData(SmtpStage.Rcpt, 553, "5.7.2 [TSS09] no", VerdictKind.Bounced, "5.7.2")]
    [InlineData(SmtpStage.Mail, 553, "sorry", VerdictKind.Bounced, "5.0.0")]
    public void A_reply_means_what_the_rfcs_say(SmtpStage stage, int code, string text, VerdictKind kind, string status)
    {
        Verdict verdict = DeliveryVerdicts.FromReply(stage, new SmtpReply(code, text), _settings, _now);

        Assert.Equal(kind, verdict.Kind);
        Assert.Equal(status, verdict.Status.ToString());
        Assert.Equal(kind == VerdictKind.Deferred ? _now + TimeSpan.FromMinutes(7) : default, verdict.NotBefore);
        Assert.Equal(kind == VerdictKind.Delivered, verdict.Category.Length == 0);
        Assert.False(verdict.IsLocal);
    }

    [Fact]
    public void A_553_stands_for_itself_when_the_directive_is_off()
    {
        DeliverySettings settings = _settings with { Smtp553MeansInvalidMailbox = false };

        Assert.Equal("5.0.0", DeliveryVerdicts.FromReply(SmtpStage.Rcpt, new SmtpReply(553, "sorry"), settings, _now).Status.ToString());
    }

    [Theory]
    [InlineData(false, false, VerdictKind.Deferred)]
    [InlineData(true, false, VerdictKind.Deferred)]
    [InlineData(false, true, VerdictKind.Deferred)]
    [InlineData(true, true, VerdictKind.Bounced)]
    public void A_lost_connection_bounces_only_during_transfer_and_on_request(bool duringTransfer, bool bounce, VerdictKind kind)
    {
        Verdict verdict = DeliveryVerdicts.ConnectionLost(duringTransfer, "reset by peer", _settings with { BounceUponTransferFailure = bounce }, _now);

        Assert.Equal(kind, verdict.Kind);
        Assert.Equal(kind == VerdictKind.Bounced ? "5.4.2" : "4.4.2", verdict.Status.ToString());
        Assert.Equal("bad-connection", verdict.Category);
        Assert.Contains("reset by peer", verdict.Reply.Text, StringComparison.Ordinal);
        Assert.True(verdict.IsLocal);
    }

    [Fact]
    public void A_message_that_cannot_be_sent_bounces()
    {
        Verdict verdict = DeliveryVerdicts.MessageFailed(new SmtpReply(550, "5.4.4 unable to route: no host accepts mail for it"), _now);

        Assert.Equal((VerdictKind.Bounced, "routing-errors", true), (verdict.Kind, verdict.Category, verdict.IsLocal));
    }

    [Fact]
    public void Expired_mail_is_message_expired_whatever_was_said_last()
    {
        Verdict known = DeliveryVerdicts.Expired(new SmtpReply(450, "4.2.1 blocked as spam"), _settings, _now);
        Verdict unknown = DeliveryVerdicts.Expired(null, _settings, _now);

        Assert.Equal((VerdictKind.Bounced, "message-expired", "4.4.7"), (known.Kind, known.Category, known.Status.ToString()));
        Assert.Equal((VerdictKind.Bounced, "message-expired", "4.4.7"), (unknown.Kind, unknown.Category, unknown.Status.ToString()));
        Assert.Equal("450 4.2.1 blocked as spam", known.Reply.ToString());
        Assert.Equal("451 4.4.7 Not delivered within 4 days 12 hours", unknown.Reply.ToString());
    }

    [Fact]
    public void A_wait_of_zero_is_a_second()
    {
        Assert.Equal(_now + TimeSpan.FromSeconds(1), RetryPlan.NextAttempt(_settings with { RetryRecipientsAfter = TimeSpan.Zero }, _now));
    }
}
