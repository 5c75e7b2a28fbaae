// Who hears of a queue's changes, what the mail says, and that a bad hour of a provider does not become a storm of mail.

using System.Net;
using System.Text;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MimeKit;

namespace Godwit.Tests.Disposition;

public sealed class QueueNoticesTests
{
    private static readonly QueueKey _queue = new(DomainName.Parse("example.com"), "v1");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<BounceDraft> _sent = [];
    private readonly ServerClock _clock;
    private readonly QueueNotices _notices;
    private SmtpReply _answer = new(250, "ok");

    public QueueNoticesTests()
    {
        _clock = new ServerClock(_time);
        var delivery = new DeliverySettings
        {
            BackoffNotify = [EmailAddress.Parse("ops@example.net"), EmailAddress.Parse("boss@example.net")],
            DisabledSourceNotify = [EmailAddress.Parse("net@example.net")],
        };
        var settings = new CurrentSettings(TestSettings.Server((domain, _) => domain.Text == "quiet.com" ? new DeliverySettings() : delivery, postmaster: "pm@example.net"));
        _notices = new QueueNotices(
            draft =>
            {
                _sent.Add(draft);
                return ValueTask.FromResult(_answer);
            },
            settings, _clock, NullLogger.Instance);
    }

    [Fact]
    public async Task Everyone_named_gets_a_mail_that_says_what_why_until_when_and_how_to_undo_it()
    {
        var after = new QueueMemory { Mode = QueueMode.Backoff, ModeUntil = _clock.Now + TimeSpan.FromHours(2) };
        await _notices.TellAsync(Change(QueueChangeKind.Backoff, "mx.example.com (192.0.2.1) said 421 4.7.0 plus lent s'il vous plaît", after));

        Assert.Equal(["ops@example.net", "boss@example.net"], _sent.Select(draft => draft.Recipient.Text));
        MimeMessage mail = Read(_sent[0]);
        Assert.Equal("example.com/v1: backoff mode began", mail.Subject);
        Assert.Equal("pm@example.net", mail.From.Mailboxes.Single().Address);
        Assert.Equal("ops@example.net", mail.To.Mailboxes.Single().Address);
        string text = Words(mail);
        Assert.Contains("mx.example.com (192.0.2.1) said 421 4.7.0 plus lent s'il vous pla?t", text);
        Assert.Contains("Until: 2026-03-01 14:00:00+0000", text);
        Assert.Contains("godwit set queue --mode=normal example.com/v1", text);
    }

    [Fact]
    public async Task The_end_of_backoff_mode_is_told_too()
    {
        await _notices.TellAsync(Change(QueueChangeKind.Normal, "mail was delivered"));

        Assert.Equal("example.com/v1: backoff mode ended", Read(_sent[0]).Subject);
        Assert.Contains("mail was delivered", Words(Read(_sent[0])));
    }

    [Fact]
    public async Task A_disabled_address_is_told_to_those_who_care_for_addresses()
    {
        var after = new QueueMemory { Disabled = [new DisabledSource(IPAddress.Parse("192.0.2.7"), Instant.Never, "said 554")] };
        await _notices.TellAsync(Change(QueueChangeKind.SourceDisabled, "192.0.2.7 disabled: said 554", after));

        BounceDraft draft = Assert.Single(_sent);
        Assert.Equal("net@example.net", draft.Recipient.Text);
        Assert.Contains("godwit enable source 192.0.2.7 example.com/v1 (until somebody enables it)", Words(Read(draft)));
    }

    [Theory]
    [InlineData(QueueChangeKind.Paused, "example.com")]
    [InlineData(QueueChangeKind.Resumed, "example.com")]
    [InlineData(QueueChangeKind.Backoff, "quiet.com")]
    [InlineData(QueueChangeKind.AllSourcesDisabled, "quiet.com")]
    public async Task Nobody_is_told_who_did_not_ask(QueueChangeKind kind, string domain)
    {
        await _notices.TellAsync(Change(kind, "x") with { Key = new QueueKey(DomainName.Parse(domain), "v1") });

        Assert.Empty(_sent);
    }

    [Fact]
    public async Task A_paused_job_is_no_queue_and_told_to_nobody()
    {
        await _notices.TellAsync(new QueueChange(default, QueueChangeKind.JobPaused, "campaign-7", _clock.Now, new QueueMemory()));

        Assert.Empty(_sent);
    }

    [Fact]
    public async Task A_queue_that_changes_all_the_time_tells_six_changes_an_hour_and_then_how_many_were_left_out()
    {
        await TellAsync(100);
        Assert.Equal(QueueNotices.MostOfQueue, _sent.Count);

        _sent.Clear();
        _time.Advance(TimeSpan.FromHours(1));
        await TellAsync(1);

        Assert.Contains("not told because they came too fast: 94.", Words(Read(Assert.Single(_sent))));
        _sent.Clear();
        await TellAsync(1);
        Assert.DoesNotContain("too fast", Words(Read(Assert.Single(_sent))));
    }

    [Fact]
    public async Task A_thousand_queues_that_change_at_once_are_no_storm()
    {
        for (int i = 0; i < 1000; i++)
        {
            await _notices.TellAsync(Change(QueueChangeKind.AllSourcesDisabled, "x") with { Key = new QueueKey(DomainName.Parse($"d{i}.example"), "v1") });
        }

        Assert.Equal(QueueNotices.MostOfAll, _sent.Count);
    }

    [Fact]
    public async Task A_mail_that_is_not_accepted_stops_nothing()
    {
        _answer = new SmtpReply(452, "4.3.1 disk full");

        await TellAsync(2);

        Assert.Equal(2, _sent.Count);
    }

    private async Task TellAsync(int changes)
    {
        for (int i = 0; i < changes; i++)
        {
            await _notices.TellAsync(Change(QueueChangeKind.SourceEnabled, "192.0.2.7 is used again"));
        }
    }

    private QueueChange Change(QueueChangeKind kind, string reason, QueueMemory? after = null) => new(_queue, kind, reason, _clock.Now, after ?? new QueueMemory());

    private static MimeMessage Read(BounceDraft draft)
    {
        Assert.True(Ascii.IsValid(draft.Octets));
        return MimeMessage.Load(new MemoryStream(draft.Octets));
    }

    /// <summary>The text, its lines and blanks folded into one line.</summary>
    private static string Words(MimeMessage mail) => string.Join(' ', (mail.TextBody ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
