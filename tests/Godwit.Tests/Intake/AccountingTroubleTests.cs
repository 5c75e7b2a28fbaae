// The door in while accounting cannot be written: nothing is taken that would leave no record, and nothing stays behind of what was refused.

using System.Text;
using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Reception;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Tests.Accounting;
using Godwit.Tests.Disposition;
using Godwit.Tests.Spool;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Intake;

public sealed class AccountingTroubleTests : IAsyncDisposable
{
    private readonly SpoolRig _rig = new();
    private readonly MemoryVolume _disk = new("/acct");
    private readonly CurrentSettings _settings = new(TestSettings.Server());
    private readonly TrafficCounters _traffic;
    private readonly MessageSpool _spool;
    private readonly AccountingLog _accounting;
    private readonly Scheduler _scheduler;
    private readonly MessageIntake _intake;

    public AccountingTroubleTests()
    {
        _traffic = new TrafficCounters(_rig.Clock);
        _spool = _rig.Open();
        _accounting = new AccountingLog([AccountingColumnsTests.Settings("r,d")], (_, _) => _disk, _rig.Clock, NullLogger.Instance);
        _scheduler = new Scheduler(_settings);
        _intake = new MessageIntake(
            _spool, _accounting, _scheduler, _settings, _traffic, new MessageId.Sequence(_rig.Clock), _rig.Clock, NullLogger.Instance);
    }

    public async ValueTask DisposeAsync() => await _accounting.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task A_message_whose_receipt_the_disk_refuses_is_put_off_and_leaves_nothing_behind()
    {
        _disk.FailWrites = true;

        IntakeResult result = await SubmitAsync("a@there.test", "b@there.test");

        Assert.Equal("451 4.3.0 message could not be accounted for, please try again later", result.Reply.ToString());
        Assert.Equal(0, _scheduler.Totals().Recipients);
        Assert.Equal(0, _traffic.In.Messages.Total);
        Assert.Empty(_rig.Reopen().Recovered);
    }

    [Fact(Timeout = 60_000)]
    public async Task While_the_disk_refuses_mail_is_put_off_at_its_sender_and_one_under_way_at_its_end()
    {
        _disk.FailWrites = true;
        await SubmitAsync("a@there.test");

        Assert.False(_intake.MayAccept(out SmtpReply refusal));
        Assert.Equal("452 4.3.1 accounting failed", refusal.ToString());
        Assert.Equal(451, (await SubmitAsync("a@there.test")).Reply.Code);

        _disk.FailWrites = false;
        await Eventually.TrueAsync(() => Advance() && _intake.MayAccept(out _), TimeSpan.FromSeconds(10));
        Assert.Equal(250, (await SubmitAsync("c@there.test")).Reply.Code);
        Assert.Equal(1, _scheduler.Totals().Recipients);
        List<string[]> lines = [.. _disk.List().SelectMany(name => Csv.Parse(_disk.Text(name)).Skip(1))];
        Assert.Equal("c@there.test", Assert.Single(lines)[Array.IndexOf(Csv.Parse(_disk.Text(_disk.List()[0]))[0], "rcpt")]);
    }

    [Fact(Timeout = 60_000)]
    public async Task When_settlement_has_ended_no_mail_is_let_in()
    {
        await using var settlement = new Settlement(
            UnusedSteps.With(account: _ => throw new InvalidOperationException("a record that cannot be")), _settings, _traffic, _rig.Clock, NullLogger.Instance);
        SubmissionDoor door = SubmissionDoor.To(_intake, settlement);
        Assert.True(door.MayAccept(out _));
        Envelope envelope = _rig.NewEnvelope();
        var recipient = new QueuedRecipient(new StoredMessage(envelope.Id, 0, 100, 100, 1), 0);
        var verdict = new Verdict(VerdictKind.Delivered, new SmtpReply(250, "2.0.0 ok"), new EnhancedStatus(2, 0, 0), _rig.Clock.Now, "");
        await settlement.SettleAsync(
            new QueueKey(envelope.Recipients[0].Destination, "mta1"), envelope, [new RecipientOutcome(recipient, verdict)], new AttemptContext { DeliveryType = "smtp" });

        await Eventually.TrueAsync(() => !door.MayAccept(out _), TimeSpan.FromSeconds(10));

        door.MayAccept(out SmtpReply refusal);
        Assert.Equal("452 4.3.0 mail system out of order, please try again later", refusal.ToString());
    }

    private async Task<IntakeResult> SubmitAsync(params string[] recipients)
    {
        using ContentBuffer content = _intake.NewContent();
        content.Append(Encoding.ASCII.GetBytes("Subject: x\r\n\r\nx\r\n"));
        return await _intake.SubmitAsync(
            new Submission
            {
                Sender = EmailAddress.Parse("s@here.test"),
                Recipients = [.. recipients.Select(each => new SubmittedRecipient(EmailAddress.Parse(each), "", DsnNotify.Unspecified))],
                Content = content,
                Source = new SourceSettings(),
            },
            TestContext.Current.CancellationToken);
    }

    private bool Advance()
    {
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        return true;
    }
}
