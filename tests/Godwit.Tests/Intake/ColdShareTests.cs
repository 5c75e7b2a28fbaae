// The door in with the real spool behind it: which virtual MTA mail of different kinds gets while addresses are warmed up. Every message comes to a
// server that has just started, on what the one before left.

using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Tests.Spool;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Intake;

public sealed class ColdShareTests
{
    private static readonly SpoolOptions _spool = new() { SegmentOctets = 4 * 1024 * 1024, Mode = CommitMode.OnCaller };

    private readonly SpoolRig _rig = new();

    private Func<string, IReadOnlyList<int>> _steps = _ => [1];
    private int _failingSyncs;

    [Fact]
    public async Task A_day_ends_at_midnight_of_the_servers_own_time_zone()
    {
        // 03:04:05 UTC is 22:04:05 of the day before.
        _rig.Time.SetLocalTimeZone(TimeZoneInfo.CreateCustomTimeZone("west", TimeSpan.FromHours(-5), "west", "west"));

        Assert.Equal("cold", await SubmitAsync());
        _rig.Time.Advance(TimeSpan.FromMinutes(115));
        Assert.Equal("warm", await SubmitAsync());
        _rig.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("cold", await SubmitAsync());
    }

    [Fact]
    public async Task Only_mail_that_comes_over_SMTP_is_shared_out()
    {
        Assert.Equal("warm", await SubmitAsync(SubmissionKind.Local));
        Assert.Equal("warm", await SubmitAsync(SubmissionKind.Pickup));
        Assert.Equal("cold", await SubmitAsync());
    }

    [Theory]
    [InlineData(0, 2, "cold cold warm")]
    [InlineData(1, 2, "cold warm warm")]
    [InlineData(0, 0, "warm warm warm")]
    public async Task The_cold_queues_own_value_counts_and_without_one_that_of_the_queue_that_the_mail_was_meant_for(int cold, int warm, string went)
    {
        _steps = vmta => [vmta == "cold" ? cold : warm];

        Assert.Equal(went, $"{await SubmitAsync()} {await SubmitAsync()} {await SubmitAsync()}");
    }

    [Fact]
    public async Task The_power_may_fail_at_any_time_and_no_acknowledged_message_is_counted_twice_or_not_at_all()
    {
        _steps = _ => [3];
        var went = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            went.Add(await SubmitAsync());
            _rig.Volume = _rig.Volume.Crash();
        }

        Assert.Equal(["cold", "cold", "cold", "warm", "warm"], went);
    }

    [Fact]
    public async Task A_message_whose_count_the_disk_does_not_take_is_refused()
    {
        _failingSyncs = 1;

        Assert.StartsWith("451 4.3.0", await SubmitAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_cannot_be_sealed_is_put_off_and_takes_nobody_s_share()
    {
        _steps = _ => [1];

        Assert.Equal(
            "451 4.7.5 message could not be sealed, please try again later",
            await SubmitAsync(stamp: new SenderStamp(default, _ => throw new InvalidOperationException("the key is not to be had"))));
        Assert.Equal("cold warm", $"{await SubmitAsync()} {await SubmitAsync()}");
    }

    /// <summary>The virtual MTA that one message got, or the refusal.</summary>
    private async Task<string> SubmitAsync(SubmissionKind kind = SubmissionKind.Smtp, SenderStamp? stamp = null)
    {
        ServerSettings server = TestSettings.Server(
            (_, vmta) => new DeliverySettings { MaxColdVirtualMtaMsg = _steps(vmta) },
            [TestSettings.VirtualMta("warm") with { ColdVirtualMtas = ["cold", "warm", "gone"] }, TestSettings.VirtualMta("cold")]);
        var settings = new CurrentSettings(server);
        await using MessageSpool spool = _rig.Open(_spool);
        _rig.Volume.FailingSyncs = _failingSyncs;
        await using var accounting = new AccountingLog([], _rig.Clock, NullLogger.Instance);
        var scheduler = new Scheduler(settings);
        var ids = new MessageId.Sequence(_rig.Clock);
        ids.StartAfter(spool.LargestId);
        var intake = new MessageIntake(spool, accounting, scheduler, settings, new TrafficCounters(_rig.Clock), ids, _rig.Clock, NullLogger.Instance);
        using ContentBuffer content = intake.NewContent();
        content.Append("Subject: x\r\n\r\nhello\r\n"u8);
        IntakeResult result = await intake.SubmitAsync(
            new Submission
            {
                Sender = EmailAddress.Null,
                Recipients = [new SubmittedRecipient(EmailAddress.Parse("b@big.test"), "", DsnNotify.Unspecified)],
                Content = content,
                Source = new SourceSettings { DefaultVirtualMta = "warm" },
                Kind = kind,
                Stamp = stamp,
            },
            TestContext.Current.CancellationToken);
        return result.Accepted ? Assert.Single(scheduler.Select(_ => true, 10, byName: true).Queues).Key.VirtualMta : result.Reply.ToString();
    }
}
