using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Tests.Accounting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Disposition;

public sealed class SettlementTests : IAsyncDisposable
{
    private static readonly QueueKey _key = new(DomainName.Parse("example.com"), "vmta48");
    private static readonly AttemptContext _attempt =
        new() { DeliveryType = "smtp", Mta = "mx.example.com (192.0.2.1)", SourceAddress = System.Net.IPAddress.Parse("192.0.2.10") };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2019, 2, 8, 21, 54, 5, TimeSpan.Zero));
    private readonly ConcurrentQueue<string> _events = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<AccountingRecord> _records = new();
    private readonly ConcurrentQueue<SpoolMark> _marks = new();
    private readonly ConcurrentQueue<BounceDraft> _drafts = new();
    private readonly TrafficCounters _traffic;
    private readonly ServerClock _clock;
    private readonly Settlement _settlement;

    private DeliverySettings _delivery = new();
    private Func<ValueTask> _onAccount = () => ValueTask.CompletedTask;
    private Func<ValueTask> _onMark = () => ValueTask.CompletedTask;
    private Func<SmtpReply> _onSubmit = () => new SmtpReply(250, "2.0.0 ok");
    private Func<StoredMessage, Envelope> _onRead = _ => Records.Envelope();
    private Func<QueuedRecipient, RecipientWait?> _onWait = recipient => new RecipientWait(recipient.Attempts, recipient.NotBefore, "");
    private string _lastReply = "";
    private int _lastReplies;
    private int _submits;
    private string? _trouble;

    public SettlementTests()
    {
        _clock = new ServerClock(_time);
        _traffic = new TrafficCounters(_clock);
        var steps = new SettlementSteps
        {
            Wants = _ => true,
            Trouble = () => _trouble,
            Account = async records =>
            {
                AccountingRecord[] taken = [.. records];
                await _onAccount();
                foreach (AccountingRecord record in taken)
                {
                    _records.Enqueue(record);
                    _events.Enqueue("account");
                }
            },
            ReadEnvelope = message => _onRead(message),
            ReadLastReply = (_, _) =>
            {
                Interlocked.Increment(ref _lastReplies);
                return _lastReply;
            },
            WaitOf = delayed => _onWait(delayed.Recipient),
            ReadOriginal = (_, whole) => ReturnedContent.Of("Subject: x\r\n\r\nall of it\r\n"u8.ToArray(), whole),
            Submit = draft =>
            {
                Interlocked.Increment(ref _submits);
                SmtpReply reply = _onSubmit();
                if (reply.IsPositive)
                {
                    _drafts.Enqueue(draft);
                    _events.Enqueue("submit");
                }

                return ValueTask.FromResult(reply);
            },
            Mark = async marks =>
            {
                SpoolMark[] taken = [.. marks];
                await _onMark();
                foreach (SpoolMark mark in taken)
                {
                    _marks.Enqueue(mark);
                    _events.Enqueue("mark");
                }
            },
            Finish = (_, _, _) => _events.Enqueue("finish"),
            Defer = (_, _, notBefore, counted, _) => _events.Enqueue($"defer {notBefore} {counted}"),
            Reroute = (key, _, virtualMta, _) => _events.Enqueue($"reroute {key} {virtualMta}"),
            RecordError = (key, text, _) => _errors.Enqueue($"{key} {text}"),
        };
        _settlement = new Settlement(steps, new CurrentSettings(Settings()), _traffic, _clock, NullLogger.Instance);
    }

    public async ValueTask DisposeAsync() => await _settlement.DisposeAsync();

    [Fact]
    public async Task A_bounce_is_accounted_then_told_then_marked_then_finished()
    {
        await SettleAsync(Bounced());

        Assert.Equal(["account", "submit", "mark", "finish"], _events);
        AccountingRecord record = Assert.Single(_records);
        Assert.Equal(
            (AccountingType.Bounced, "failed", "5.1.1", "smtp;550 5.1.1 no such user", "bad-mailbox", "example.com/vmta48", "pool1", 0L),
            (record.Type, record.DsnAction, record.DsnStatus.ToString(), record.DsnDiagnostic, record.BounceCategory, record.Queue, record.Pool, record.DeliverySize));
        Assert.Equal(
            "example.com/vmta48 Error: \"550 5.1.1 no such user\" while connected from 192.0.2.10 to mx.example.com (192.0.2.1)",
            Assert.Single(_errors));
        Assert.True(Assert.Single(_marks).Done);
        BounceDraft draft = Assert.Single(_drafts);
        Assert.Equal("news@sender.example", draft.Recipient.Text);
        Assert.Equal(1, _traffic.Bounced.Total);
    }

    [Fact]
    public async Task A_delivery_is_accounted_with_its_size_and_nobody_is_told()
    {
        await SettleAsync(Delivered());

        Assert.Equal(["account", "mark", "finish"], _events);
        AccountingRecord record = Assert.Single(_records);
        Assert.Equal((AccountingType.Delivered, "relayed", 1234L, "", "mx.example.com (192.0.2.1)"), (record.Type, record.DsnAction, record.DeliverySize, record.BounceCategory, record.DsnMta));
        Assert.Equal((1L, 1L, 1234L), (_traffic.Out.Recipients.Total, _traffic.Out.Messages.Total, _traffic.Out.Bytes.Total));
    }

    [Fact]
    public async Task A_fate_is_counted_once_wherever_an_operator_looks_for_it()
    {
        await _settlement.SettleAsync(_key, Records.Envelope() with { JobId = "summer" }, [Deferred(attempts: 0)], _attempt);
        await _settlement.SettleAsync(_key, Records.Envelope() with { JobId = "summer" }, [Bounced()], _attempt);
        await _settlement.SettleAsync(_key, Records.Envelope() with { JobId = "summer" }, [Delivered()], _attempt);
        await _settlement.DrainAsync();

        ActivityBook book = _traffic.Activity;
        ActivityReport<string> destination = Assert.Single(book.Destinations());
        Assert.Equal(("example.com", 1, 1, 1), (destination.Key, destination.Delivered, destination.Deferred, destination.Bounced));
        Assert.Equal("vmta48", Assert.Single(book.VirtualMtas()).Key);
        Assert.Equal(new SourceKey("vmta48", _attempt.SourceAddress!), Assert.Single(book.Sources()).Key);
        JobActivity job = Assert.Single(book.Jobs(default));
        Assert.Equal(("summer", 0, 1, 1, 1), (job.Job, job.Accepted, job.Delivered, job.Bounced, job.Deferrals));
        Assert.Equal(["451 4.7.1 later", "550 5.1.1 no such user"], book.Replies.Of("example.com").Select(group => group.Sample).Order());
        Assert.Equal(
            ["Delivered", "Bounced 550 5.1.1 no such user", "Deferred 451 4.7.1 later"],
            _traffic.Events.Read(EventQuestion.All, 10).Select(one => $"{one.Kind} {(one.Kind == RecipientEventKind.Delivered ? "" : one.Reply)}".TrimEnd()));
        RecipientEvent told = _traffic.Events.Read(EventQuestion.All, 1)[0];
        Assert.Equal(("summer", "mx.example.com (192.0.2.1)", "example.com/vmta48", _attempt.SourceAddress), (told.Job, told.Host, told.Queue, told.Source));
        Assert.Equal([("bad-mailbox", "", 1L)], _traffic.BounceCategories.Read());
    }

    [Fact]
    public async Task A_discarded_message_is_delivered_and_not_relayed()
    {
        await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], new AttemptContext { DeliveryType = "discard" });
        await _settlement.DrainAsync();

        Assert.Equal(("delivered", "discard"), (_records.Single().DsnAction, _records.Single().DeliveryType));
    }

    [Fact]
    public async Task A_temporary_failure_is_marked_with_its_attempt_its_time_and_its_reply()
    {
        await SettleAsync(Deferred(attempts: 2));

        Assert.Equal(["account", "mark", "defer 2019-02-08 22:04:05+0000 True"], _events);
        Assert.Equal(
            "example.com/vmta48 Error: \"451 4.7.1 later\" while connected from 192.0.2.10 to mx.example.com (192.0.2.1)", Assert.Single(_errors));
        SpoolMark mark = Assert.Single(_marks);
        Assert.Equal((false, 3, "2019-02-08 22:04:05+0000", "451 4.7.1 later"), (mark.Done, mark.Attempts, mark.NotBefore.ToString(), mark.LastReply));
        Assert.Equal(AccountingType.Transient, _records.Single().Type);
        Assert.Equal(1, _traffic.Deferred.Total);
    }

    [Theory]
    [InlineData("news@sender.example", SubmissionKind.Smtp, DsnNotify.Unspecified, true)]
    [InlineData("news@sender.example", SubmissionKind.Smtp, DsnNotify.Failure, true)]
    [InlineData("news@sender.example", SubmissionKind.Smtp, DsnNotify.Never, false)]
    [InlineData("news@sender.example", SubmissionKind.Smtp, DsnNotify.Success | DsnNotify.Delay, false)]
    [InlineData("", SubmissionKind.Smtp, DsnNotify.Failure, false)]
    [InlineData("news@sender.example", SubmissionKind.Local, DsnNotify.Unspecified, false)]
    public async Task A_bounce_message_is_sent_only_to_who_may_and_wants_to_be_told(string sender, SubmissionKind kind, DsnNotify notify, bool told)
    {
        Envelope envelope = Envelope(notify, sender) with { Kind = kind };

        await SettleAsync(envelope, Bounced());

        Assert.Equal(told ? 1 : 0, _drafts.Count);
        Assert.Equal("finish", _events.Last());
    }

    [Theory]
    [InlineData(DsnReturn.Full, BodyKind.SevenBit, true)]
    [InlineData(DsnReturn.Full, BodyKind.EightBitMime, true)]
    [InlineData(DsnReturn.Full, BodyKind.BinaryMime, false)]
    [InlineData(DsnReturn.Headers, BodyKind.SevenBit, false)]
    [InlineData(DsnReturn.Unspecified, BodyKind.SevenBit, false)]
    public async Task A_failure_returns_the_whole_message_only_on_request_and_never_a_binary_one(DsnReturn wish, BodyKind body, bool whole)
    {
        await SettleAsync(Records.Envelope() with { Return = wish, Body = body }, Bounced());

        string notice = Encoding.ASCII.GetString(Assert.Single(_drafts).Octets);
        Assert.Contains("Subject: x", notice, StringComparison.Ordinal);
        Assert.Equal(whole, notice.Contains("all of it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_delay_never_returns_the_whole_message()
    {
        _onRead = _ => Envelope(DsnNotify.Delay) with { Return = DsnReturn.Full };

        await TellDelaysAsync(Recipient(Message(), 0));

        Assert.DoesNotContain("all of it", Encoding.ASCII.GetString(Assert.Single(_drafts).Octets), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DsnNotify.Success, false, true)]
    [InlineData(DsnNotify.Success, true, false)]
    [InlineData(DsnNotify.Unspecified, false, false)]
    [InlineData(DsnNotify.Failure, false, false)]
    public async Task Success_is_told_on_request_unless_the_peer_tells_it(DsnNotify notify, bool peerSendsDsn, bool told)
    {
        await _settlement.SettleAsync(_key, Envelope(notify), [Delivered()], _attempt with { PeerSendsDsn = peerSendsDsn });
        await _settlement.DrainAsync();

        Assert.Equal(told ? 1 : 0, _drafts.Count);
        Assert.Equal("finish", _events.Last());
    }

    [Theory]
    [InlineData("news@sender.example", SubmissionKind.Smtp, DsnNotify.Unspecified, true)]
    [InlineData("news@sender.example", SubmissionKind.Smtp, DsnNotify.Delay, true)]
    [InlineData("news@sender.example", SubmissionKind.Smtp, DsnNotify.Failure, false)]
    [InlineData("news@sender.example", SubmissionKind.Smtp, DsnNotify.Never, false)]
    [InlineData("", SubmissionKind.Smtp, DsnNotify.Delay, false)]
    [InlineData("news@sender.example", SubmissionKind.Local, DsnNotify.Unspecified, false)]
    public async Task A_delay_is_told_only_to_who_may_and_wants_to_be_told(string sender, SubmissionKind kind, DsnNotify notify, bool told)
    {
        _onRead = _ => Envelope(notify, sender) with { Kind = kind };

        await TellDelaysAsync(Recipient(Message(), 0, attempts: 2));

        Assert.Equal(told ? ["submit", "mark"] : (string[])[], _events);
    }

    [Fact]
    public async Task A_delay_notice_is_marked_and_is_no_attempt()
    {
        _lastReply = "451 4.7.1 greylisted";
        _onWait = _ => new RecipientWait(Attempts: 2, NotBefore: _clock.Now + TimeSpan.FromMinutes(3), Trouble: "");

        await TellDelaysAsync(Recipient(Message(), 0, attempts: 2));

        SpoolMark mark = Assert.Single(_marks);
        Assert.Equal((false, 2, "2019-02-08 21:57:05+0000", "2019-02-08 21:54:05+0000", "451 4.7.1 greylisted"),
            (mark.Done, mark.Attempts, mark.NotBefore.ToString(), mark.DelayNoticeSent.ToString(), mark.LastReply));
        Assert.Equal(["submit", "mark"], _events);
        Assert.Equal(0, _traffic.Deferred.Total);
        string text = Encoding.UTF8.GetString(Assert.Single(_drafts).Octets);
        Assert.Contains("Action: delayed\r\nStatus: 4.7.1\r\nDiagnostic-Code: smtp; 451 4.7.1 greylisted\r\nWill-Retry-Until:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Last-Attempt-Date", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ECONNREFUSED connecting to mx.example.com (192.0.2.1)", "4.4.0", "X-Godwit; 4.4.0 ECONNREFUSED connecting to mx.example.com")]
    [InlineData("", "4.4.5", "X-Godwit; 4.4.5 The message waits for its turn")]
    public async Task A_delay_without_an_attempt_says_what_it_waits_for(string trouble, string status, string diagnostic)
    {
        _onWait = _ => new RecipientWait(0, default, trouble);

        await TellDelaysAsync(Recipient(Message(), 0));

        string text = Encoding.UTF8.GetString(Assert.Single(_drafts).Octets);
        Assert.Contains($"Status: {status}\r\n", text, StringComparison.Ordinal);
        Assert.Contains(diagnostic, text.ReplaceLineEndings("").Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_that_waits_for_its_window_is_no_delay_and_mail_that_waits_in_it_is_one()
    {
        Envelope envelope = Records.Envelope() with { Windows = DeliveryWindows.Of([new(_clock.Now + TimeSpan.FromHours(1), _clock.Now + TimeSpan.FromHours(9))]) };
        _onRead = _ => envelope;

        await TellDelaysAsync(Recipient(Message(), 0));
        Assert.Empty(_events);
        _time.Advance(TimeSpan.FromHours(5));
        await TellDelaysAsync(Recipient(Message(), 0));
        Assert.Equal(["submit", "mark"], _events);
    }

    [Fact]
    public async Task A_recipient_that_does_not_wait_any_more_is_no_delay()
    {
        _onWait = _ => null;

        await TellDelaysAsync(Recipient(Message(), 0));

        Assert.Empty(_events);
    }

    [Fact]
    public async Task Delayed_recipients_of_one_message_share_one_notice_and_one_read()
    {
        int reads = 0;
        Envelope envelope = Envelope(DsnNotify.Unspecified);
        envelope = envelope with { Recipients = [envelope.Recipients[0], envelope.Recipients[0] with { Address = EmailAddress.Parse("other@example.com") }] };
        _onRead = _ =>
        {
            reads++;
            return envelope;
        };
        StoredMessage message = Message();

        await TellDelaysAsync(Recipient(message, 0), Recipient(message, 1));

        string text = Encoding.UTF8.GetString(Assert.Single(_drafts).Octets);
        Assert.Contains("rfc822; user@example.com", text, StringComparison.Ordinal);
        Assert.Contains("rfc822; other@example.com", text, StringComparison.Ordinal);
        Assert.Equal((1, 2), (reads, _marks.Count));
    }

    [Fact]
    public async Task A_delay_notice_that_nobody_takes_leaves_its_recipient_alone()
    {
        _onSubmit = () => new SmtpReply(452, "4.3.1 disk nearly full");

        await TellDelaysAsync(Recipient(Message(), 0));
        _onSubmit = () => new SmtpReply(250, "ok");
        await SettleAsync(Delivered());

        Assert.Equal(["account", "mark", "finish"], _events);
        Assert.True(Assert.Single(_marks).Done);
    }

    [Fact]
    public async Task A_delayed_message_that_cannot_be_read_holds_up_nobody()
    {
        _onRead = message => message.Id.Value == 7 ? throw new SpoolException("bad sector") : Records.Envelope();

        await TellDelaysAsync(Recipient(new StoredMessage(new MessageId(7), 0, 100, 1234, 1), 0), Recipient(Message(), 0));

        Assert.Equal(["submit", "mark"], _events);
    }

    [Fact]
    public async Task A_turn_that_was_passed_over_is_no_attempt_and_on_no_record()
    {
        RecipientOutcome outcome = Deferred(attempts: 2);
        await SettleAsync(outcome with { Verdict = outcome.Verdict with { WasAttempted = false } });

        Assert.Equal(["mark", $"defer {outcome.Verdict.NotBefore} False"], _events);
        Assert.Equal(2, Assert.Single(_marks).Attempts);
        Assert.Equal(0, _traffic.Deferred.Total);
    }

    [Fact]
    public async Task Mail_with_windows_is_tried_again_in_one_and_bounces_behind_the_last()
    {
        RecipientOutcome outcome = Deferred(attempts: 0);
        Instant next = outcome.Verdict.NotBefore + TimeSpan.FromHours(5);
        Envelope envelope = Envelope(DsnNotify.Unspecified) with { Windows = DeliveryWindows.Of([new(next, next + TimeSpan.FromHours(1))]) };

        await SettleAsync(envelope, outcome);
        await SettleAsync(envelope with { Windows = DeliveryWindows.Of([new(default, outcome.Verdict.NotBefore)]) }, Deferred(attempts: 0));

        Assert.Equal(["account", "mark", $"defer {next} True", "account", "submit", "mark", "finish"], _events);
        Assert.Equal("message-expired", _records.Last().BounceCategory);
    }

    [Fact]
    public async Task A_deferral_remembers_which_delay_was_told()
    {
        RecipientOutcome outcome = Deferred(attempts: 2);
        Instant queued = outcome.Recipient.Message.Id.Time;
        outcome.Recipient.RestoreNotices(queued + TimeSpan.FromHours(9), _delivery);

        await SettleAsync(outcome);

        Assert.Equal(queued + TimeSpan.FromHours(8), Assert.Single(_marks).DelayNoticeSent);
    }

    [Fact]
    public async Task Recipients_of_one_message_share_one_bounce_message()
    {
        Envelope envelope = Envelope(DsnNotify.Unspecified);
        envelope = envelope with { Recipients = [envelope.Recipients[0], envelope.Recipients[0] with { Address = EmailAddress.Parse("other@example.com") }] };
        StoredMessage message = Message();

        await SettleAsync(envelope, Bounced(message, 0), Bounced(message, 1));

        string text = Encoding.UTF8.GetString(Assert.Single(_drafts).Octets);
        Assert.Contains("rfc822; user@example.com", text, StringComparison.Ordinal);
        Assert.Contains("rfc822; other@example.com", text, StringComparison.Ordinal);
        Assert.Equal(2, _marks.Count);
    }

    [Fact]
    public async Task Orders_that_wait_share_one_commit()
    {
        var gate = new TaskCompletionSource();
        int commits = 0;
        var reached = new TaskCompletionSource();
        _onAccount = async () =>
        {
            Interlocked.Increment(ref commits);
            reached.TrySetResult();
            await gate.Task;
        };
        await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);
        await reached.Task;
        for (int i = 0; i < 100; i++)
        {
            await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);
        }

        gate.SetResult();
        await _settlement.DrainAsync();

        Assert.Equal(2, commits);
        Assert.Equal(101, _marks.Count);
    }

    [Fact]
    public async Task While_accounting_waits_nothing_is_marked()
    {
        var gate = new TaskCompletionSource();
        _onAccount = () => new ValueTask(gate.Task);
        await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);
        Task drain = _settlement.DrainAsync().AsTask();

        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Empty(_events);
        Assert.False(drain.IsCompleted);

        gate.SetResult();
        await drain;
        Assert.Equal(["account", "mark", "finish"], _events);
    }

    [Fact]
    public async Task A_spool_that_fails_is_tried_until_it_takes_the_marks()
    {
        int failures = 3;
        _onMark = () => Interlocked.Decrement(ref failures) >= 0 ? throw new SpoolException("disk full") : ValueTask.CompletedTask;
        await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);
        Task drain = _settlement.DrainAsync().AsTask();

        await UntilAsync(() => Advance() && drain.IsCompleted);

        Assert.Equal(["account", "mark", "finish"], _events);
    }

    [Fact]
    public async Task When_the_spool_has_not_taken_a_mark_the_recipient_never_leaves_its_queue()
    {
        _onMark = () => throw new SpoolException("disk full");
        await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);
        Task drain = _settlement.DrainAsync().AsTask();
        await UntilAsync(() => _events.Contains("account"));

        await _settlement.DisposeAsync();

        Assert.Equal(["account"], _events);
        await Assert.ThrowsAsync<ChannelClosedException>(() => drain);
    }

    [Fact]
    public async Task When_accounting_stops_nothing_is_marked_and_nothing_more_is_taken()
    {
        _onAccount = () => throw new AccountingException("stopped");
        await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);

        await UntilAsync(() => _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt).AsTask().IsFaulted);

        await Assert.ThrowsAsync<ChannelClosedException>(async () => await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt));
        Assert.Empty(_events);
    }

    [Fact]
    public async Task The_trouble_of_accounting_is_a_problem_as_long_as_it_lasts()
    {
        Assert.Null(_settlement.Problem);

        _trouble = "accounting disk full: /acct/acct.csv";
        Assert.Equal(_trouble, _settlement.Problem);
        Assert.False(_settlement.HasEnded);

        _trouble = null;
        Assert.Null(_settlement.Problem);
    }

    [Fact]
    public async Task A_broken_invariant_ends_settlement_for_good_and_says_so()
    {
        _onAccount = () => throw new InvalidOperationException("a record that cannot be");
        Task durable = await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);

        await Assert.ThrowsAsync<ChannelClosedException>(() => durable);

        Assert.True(_settlement.HasEnded);
        Assert.Contains("restart godwitd", _settlement.Problem, StringComparison.Ordinal);
        Assert.Empty(_events);
    }

    [Fact]
    public async Task A_spool_that_refuses_marks_is_not_waited_for_when_settlement_gives_up()
    {
        _onMark = () => throw new SpoolException("disk full");
        Task durable = await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);
        await UntilAsync(() => _events.Contains("account"));

        _settlement.GiveUp();

        await Assert.ThrowsAsync<ChannelClosedException>(() => durable);
        Assert.Equal(["account"], _events);
    }

    [Fact]
    public async Task A_bounce_message_that_is_not_taken_now_holds_its_recipient_and_nobody_else()
    {
        bool full = true;
        _onSubmit = () => full ? new SmtpReply(452, "4.3.1 disk nearly full") : new SmtpReply(250, "ok");

        await SettleAsync(Bounced());
        Assert.Equal("account", Assert.Single(_events));
        await SettleAsync(Delivered());
        Assert.Equal(["account", "account", "mark", "finish"], _events);

        full = false;
        await UntilAsync(() => Advance() && _marks.Count == 2);
        await UntilAsync(() => _events.Last() == "finish");
        Assert.Equal(["submit", "mark", "finish"], _events.Skip(4));
        Assert.Equal(2, _records.Count);
    }

    [Fact]
    public async Task A_bounce_message_that_is_refused_ends_in_accounting()
    {
        _onSubmit = () => new SmtpReply(550, "5.1.8 no such virtual MTA");

        await SettleAsync(Bounced());

        Assert.Equal(["account", "mark", "finish"], _events);
    }

    [Fact]
    public async Task A_bounce_message_that_cannot_be_made_ends_in_accounting()
    {
        _onSubmit = () => throw new InvalidOperationException("broken");

        await SettleAsync(Bounced());

        Assert.Equal(["account", "mark", "finish"], _events);
    }

    [Fact]
    public async Task Notices_that_nobody_takes_are_bounded_and_mail_goes_on()
    {
        _onSubmit = () => new SmtpReply(452, "4.3.1 disk nearly full");
        for (int i = 0; i < 1100; i++)
        {
            StoredMessage message = new(new MessageId(i + 1), 0, 100, 1234, 1);
            await _settlement.SettleAsync(_key, Records.Envelope() with { Id = message.Id }, [Bounced(message, 0)], _attempt);
        }

        await _settlement.DrainAsync();

        Assert.Equal(1100, _records.Count);
        Assert.Equal(100, _marks.Count);
    }

    [Fact]
    public async Task An_expired_recipient_bounces_as_message_expired()
    {
        await _settlement.ExpireAsync(_key, Recipient(Message(), 0, attempts: 5));
        await _settlement.DrainAsync();

        AccountingRecord record = Assert.Single(_records);
        Assert.Equal((AccountingType.Bounced, "message-expired", "4.4.7", "failed"), (record.Type, record.BounceCategory, record.DsnStatus.ToString(), record.DsnAction));
        Assert.Single(_drafts);
        Assert.Equal(["account", "submit", "mark", "finish"], _events);
    }

    [Fact]
    public async Task An_expired_recipient_that_cannot_be_read_stays_queued()
    {
        _onRead = _ => throw new SpoolException("bad sector");

        await _settlement.ExpireAsync(_key, Recipient(Message(), 0, attempts: 5));
        await _settlement.DrainAsync();

        Assert.Equal(["defer 2019-02-08 22:04:05+0000 False"], _events);
    }

    [Fact]
    public async Task A_queue_that_could_not_be_tried_has_a_record_and_a_history()
    {
        await _settlement.QueueFailedAsync(_key, new SmtpReply(451, "4.4.1 ETIMEDOUT connecting to mx.example.com"), new AttemptContext { DeliveryType = "smtp" });

        Assert.Equal(["account"], _events);
        AccountingRecord record = Assert.Single(_records);
        Assert.Equal(
            (AccountingType.TransientQueue, "example.com/vmta48", "vmta48", "4.4.1", "smtp;451 4.4.1 ETIMEDOUT connecting to mx.example.com"),
            (record.Type, record.Queue, record.VirtualMta, record.DsnStatus.ToString(), record.DsnDiagnostic));
        Assert.Equal(new QueueName("example.com", "vmta48"), Assert.Single(_traffic.Activity.History.Queues));
    }

    [Fact]
    public async Task What_stood_in_a_rerouted_recipients_way_is_read_without_holding_up_other_fates_and_goes_with_it()
    {
        var disk = new TaskCompletionSource();
        var busy = new TaskCompletionSource();
        _onAccount = () =>
        {
            busy.TrySetResult();
            return new ValueTask(disk.Task);
        };
        _lastReply = "451 4.7.1 greylisted";
        await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);
        await busy.Task;

        Task? done = await _settlement.RerouteAsync(_key, [Recipient(Message(), 0, attempts: 2)], "other");

        // The loop is busy with other mail still, so it was not the loop that read.
        Assert.Equal(1, _lastReplies);
        disk.SetResult();
        await done!;
        Assert.Equal(["account", "mark", "finish", "mark", $"reroute {_key} other"], _events);
        Assert.Equal(("451 4.7.1 greylisted", 2, "other", 1), (_marks.Last().LastReply, _marks.Last().Attempts, _marks.Last().VirtualMta, _lastReplies));
    }

    [Fact]
    public async Task Stopping_settles_what_was_handed_in()
    {
        for (int i = 0; i < 50; i++)
        {
            await _settlement.SettleAsync(_key, Records.Envelope(), [Delivered()], _attempt);
        }

        await _settlement.DisposeAsync();

        Assert.Equal(50, _marks.Count);
    }

    private static StoredMessage Message() => new(Records.Envelope().Id, 0, 100, 1234, 2);

    private static QueuedRecipient Recipient(StoredMessage message, int index, int attempts = 0)
    {
        var recipient = new QueuedRecipient(message, index);
        recipient.Restore(attempts, default);
        return recipient;
    }

    private static Envelope Envelope(DsnNotify notify, string sender = "news@sender.example")
    {
        Envelope envelope = Records.Envelope(sender);
        return envelope with { Recipients = [envelope.Recipients[0] with { Notify = notify }] };
    }

    private RecipientOutcome Outcome(SmtpStage stage, SmtpReply reply, StoredMessage? message, int index, int attempts) =>
        new(Recipient(message ?? Message(), index, attempts), DeliveryVerdicts.FromReply(stage, reply, _delivery, _clock.Now));

    private RecipientOutcome Delivered() => Outcome(SmtpStage.EndOfData, new SmtpReply(250, "2.0.0 ok"), null, 0, 0);

    private RecipientOutcome Bounced(StoredMessage? message = null, int index = 0) => Outcome(SmtpStage.Rcpt, new SmtpReply(550, "5.1.1 no such user"), message, index, 0);

    private RecipientOutcome Deferred(int attempts) => Outcome(SmtpStage.Rcpt, new SmtpReply(451, "4.7.1 later"), null, 0, attempts);

    private Task SettleAsync(params RecipientOutcome[] outcomes) => SettleAsync(Records.Envelope(), outcomes);

    private async Task SettleAsync(Envelope envelope, params RecipientOutcome[] outcomes)
    {
        await _settlement.SettleAsync(_key, envelope, outcomes, _attempt);
        await _settlement.DrainAsync();
    }

    private async Task TellDelaysAsync(params QueuedRecipient[] waiting)
    {
        await _settlement.TellDelaysAsync([.. waiting.Select(recipient => new DelayedRecipient(_key, recipient, 1))]);
        await _settlement.DrainAsync();
    }

    private bool Advance()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return true;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 2000; i++)
        {
            if (condition())
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.Fail("what was waited for did not happen");
    }

    private ServerSettings Settings() => new()
    {
        HostName = "mta.example.org",
        Listeners = [],
        NameServers = [],
        Spool = new SpoolSettings("/spool", 0),
        AccountingFiles = [],
        VirtualMtas = new Dictionary<string, VirtualMtaSettings>(),
        Pools = new Dictionary<string, PoolSettings>(),
        ConfigFile = "",
        ResolveDelivery = (_, _) => _delivery,
        ResolveSource = (_, _) => new SourceSettings(),
        ResolveRelayDomain = _ => false,
    };
}
