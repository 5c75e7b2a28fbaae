using System.Net;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Tests.Support;

namespace Godwit.Tests.Control;

public sealed class AttentionListTests
{
    private readonly TestServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_quiet_server_needs_none()
    {
        Assert.Empty(await ReadAsync(_server.View));
    }

    [Fact]
    public async Task What_is_worst_stands_first()
    {
        ServerView view = _server.View with
        {
            NotReady = () => "the disk is full",
            Disk = () => new DiskSpace(1 << 20, 1L << 40),
            Certificates = () => [("/etc/tls/mx.pem", _server.Clock.Now + TimeSpan.FromDays(10))],
            Alarms = () => [new Alarm("statistics graphite", _server.Clock.Now, "nobody answers")],
        };

        IReadOnlyList<AttentionItem> items = await ReadAsync(view);

        Assert.Equal(
            [AttentionKind.NotAccepting, AttentionKind.SpoolNearlyFull, AttentionKind.ExportTrouble, AttentionKind.CertificateEnds],
            items.Select(item => item.Kind).Where(kind => kind != AttentionKind.PausedQueues));
        Assert.Equal(items.OrderBy(item => item.Severity).Select(item => item.Kind), items.Select(item => item.Kind));
        Assert.Contains("the disk is full", items[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_stops_mail_now_stands_before_what_will_whatever_it_is_about()
    {
        ServerView view = _server.View with
        {
            Disk = () => new DiskSpace(1L << 34, 1L << 40),
            Certificates = () => [("/etc/tls/mx.pem", _server.Clock.Now - TimeSpan.FromDays(1))],
        };

        Assert.Equal(
            [(AttentionSeverity.Alarm, AttentionKind.CertificateEnds), (AttentionSeverity.Warning, AttentionKind.SpoolNearlyFull)],
            (await ReadAsync(view)).Select(item => (item.Severity, item.Kind)));
    }

    [Fact]
    public async Task A_destination_with_much_mail_that_does_not_go_is_backing_up_and_a_small_one_is_not()
    {
        foreach ((string name, int recipients) in (ReadOnlySpan<(string, int)>)[("bigmail.example", 200), ("small.example", 3)])
        {
            Fill(name, recipients);
            DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
            ticket.ConnectFailed("connection refused", dnsError: false, _server.Clock.Now);
            ticket.Close(_server.Clock.Now);
        }

        // Mail of small.example waits as well, but for it nobody need be called.
        AttentionItem item = Assert.Single(await ReadAsync(_server.View));

        Assert.Equal((AttentionKind.DestinationBackingUp, "bigmail.example"), (item.Kind, item.Name));
        Assert.StartsWith("200 recipients wait; ", item.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_that_puts_every_recipient_off_is_backing_up()
    {
        Fill("bigmail.example", 60);
        DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
        while (ticket.Next(_server.Clock.Now, out DeliveryOrder? order, out _) == TicketState.HasOrder)
        {
            Assert.Empty(await ReadAsync(_server.View));
            for (int i = 0; i < order!.Count; i++)
            {
                _server.Scheduler.Defer(ticket.Key, order[i], _server.Clock.Now + TimeSpan.FromMinutes(30), counted: true, _server.Clock.Now);
            }
        }

        ticket.Close(_server.Clock.Now);

        Assert.Equal("bigmail.example", Assert.Single(await ReadAsync(_server.View)).Name);
    }

    [Fact]
    public async Task A_destination_backs_up_since_it_was_first_seen_to_however_new_its_last_errors_are()
    {
        Fill("bigmail.example", 200);
        using var board = new QueueBoard(_server.View);
        var list = new AttentionList(_server.View, board);
        QueueKey key = new(DomainName.Parse("bigmail.example"), "v1");
        Fail();
        Instant began = Assert.Single(await list.ReadAsync(Cancellation)).Since;
        for (int i = 0; i < 40; i++)
        {
            _server.Time.Advance(TimeSpan.FromSeconds(8));
            _server.Scheduler.RecordError(key, $"421 4.7.0 come back later, {i}", _server.Clock.Now);
            Assert.Equal(began, Assert.Single(await list.ReadAsync(Cancellation)).Since);
        }

        _server.Time.Advance(TimeSpan.FromMinutes(6)); // Nobody has looked, and it may have been well in between.
        Fail();

        Assert.True(Assert.Single(await list.ReadAsync(Cancellation)).Since > began);

        void Fail()
        {
            _server.Scheduler.ScheduleNow(key, false, _server.Clock.Now);
            DeliveryTicket ticket = _server.Scheduler.TryGrant(_server.Clock.Now)!;
            ticket.ConnectFailed("connection refused", dnsError: false, _server.Clock.Now);
            ticket.Close(_server.Clock.Now);
        }
    }

    [Fact]
    public async Task A_virtual_MTA_that_may_use_none_of_its_addresses_is_an_alarm()
    {
        Fill("bigmail.example", 3);
        QueueKey key = new(DomainName.Parse("bigmail.example"), "v1");
        _server.Scheduler.DisableSource(key, IPAddress.Parse("192.0.2.1"), Instant.Never, "a reply", _server.Clock.Now);
        Assert.Empty(await ReadAsync(_server.View));

        _server.Scheduler.DisableSource(key, IPAddress.Parse("192.0.2.2"), Instant.Never, "a reply", _server.Clock.Now);
        AttentionItem item = Assert.Single(await ReadAsync(_server.View));

        Assert.Equal((AttentionSeverity.Alarm, AttentionKind.VirtualMtaWithoutSource, "v1"), (item.Severity, item.Kind, item.Name));
    }

    [Fact]
    public async Task Paused_queues_with_mail_are_a_notice_that_counts_them()
    {
        Fill("bigmail.example", 200); // Enough to be backing up, were it not that somebody has said that it waits.
        _server.Scheduler.Pause(new QueueKey(DomainName.Parse("bigmail.example"), "v1"), _server.Clock.Now);

        AttentionItem item = Assert.Single(await ReadAsync(_server.View));

        Assert.Equal((AttentionSeverity.Notice, AttentionKind.PausedQueues), (item.Severity, item.Kind));
        Assert.StartsWith("200 recipient(s) wait", item.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_reload_stays_until_one_succeeds()
    {
        using var board = new QueueBoard(_server.View);
        var list = new AttentionList(_server.View, board);

        list.Reloaded(TestServer.Refused());
        Assert.Equal(AttentionKind.ConfigProblem, Assert.Single(await list.ReadAsync(Cancellation)).Kind);

        list.Reloaded(TestServer.Reloaded(3));
        Assert.Empty(await list.ReadAsync(Cancellation));
    }

    [Fact]
    public async Task A_clock_that_was_set_back_is_a_warning_and_one_that_nobody_keeps_a_notice()
    {
        var time = new TwoClocks();
        ServerView view = _server.View with { Clock = new ServerClock(time), IsClockKept = () => false };

        Assert.Equal(AttentionSeverity.Notice, Assert.Single(await ReadAsync(view)).Severity);

        time.Wall -= TimeSpan.FromSeconds(90);
        IReadOnlyList<AttentionItem> items = await ReadAsync(view);

        Assert.Equal([AttentionSeverity.Warning, AttentionSeverity.Notice], items.Select(item => item.Severity));
        Assert.All(items, item => Assert.Equal(AttentionKind.ClockOff, item.Kind));
        Assert.Contains("is 90 s ahead", items[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replies_of_a_new_kind_are_a_notice_once_there_are_many_of_them()
    {
        Instant now = _server.Clock.Now;
        UnclassifiedReply Kind(string mask, int count, int hoursAgo) =>
            new(mask, count, now - TimeSpan.FromHours(hoursAgo), now, mask, DomainName.Parse("bigmail.example"));
        IReadOnlyList<UnclassifiedReply> kinds = [Kind("421 come back <id>", 9, 0), Kind("451 an old one", 500, 2)];
        ServerView view = _server.View with { Unclassified = _ => kinds };
        Assert.Empty(await ReadAsync(view));

        kinds = [Kind("421 come back <id>", 10, 0), .. kinds];
        AttentionItem item = Assert.Single(await ReadAsync(view));

        Assert.Equal((AttentionSeverity.Notice, AttentionKind.UnclassifiedReplies), (item.Severity, item.Kind));
        Assert.Contains("10 replies within the last hour, such as: 421 come back <id>", item.Detail, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<AttentionItem>> ReadAsync(ServerView view)
    {
        using var board = new QueueBoard(view);
        return await new AttentionList(view, board).ReadAsync(Cancellation);
    }

    private void Fill(string domain, int recipients) =>
        _server.Enqueue("v1", [.. Enumerable.Range(0, recipients).Select(i => $"r{i}@{domain}")]);
}
