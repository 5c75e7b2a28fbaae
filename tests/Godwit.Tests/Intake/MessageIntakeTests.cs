// The door in with the real spool behind it, on a simulated disk: what it refuses by the header, and what it makes of the envelope.

using System.Text;
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

public sealed class MessageIntakeTests
{
    private const string Letter = "Subject: x\r\n\r\nhello\r\n";

    /// <summary>Room for a message whose header went ahead to the spool in pieces.</summary>
    private static readonly SpoolOptions _spool = new() { SegmentOctets = 4 * 1024 * 1024, Mode = CommitMode.OnCaller };

    private readonly SpoolRig _rig = new();

    [Theory]
    [InlineData(3, 3, null)]
    [InlineData(4, 3, "554 5.4.6 too many hops: the message has more than 3 Received fields")]
    [InlineData(100, 100, null)]
    [InlineData(101, 100, "554 5.4.6 too many hops: the message has more than 100 Received fields")]
    public async Task A_message_that_has_gone_round_too_often_is_refused(int hops, int most, string? refusal)
    {
        string trace = string.Concat(Enumerable.Range(0, hops).Select(i => $"{(i % 2 == 0 ? "Received" : "RECEIVED")}: by h{i}.test\r\n\twith SMTP\r\n"));

        SmtpReply reply = await SubmitAsync(trace + "X-Received: not counted\r\n" + Letter, new SourceSettings { MaxMessageHops = most });

        AssertAnswer(refusal, reply);
    }

    [Theory]
    [InlineData(ContentBuffer.MaxHeader, true)]
    [InlineData(ContentBuffer.MaxHeader + 1, false)]
    [InlineData(ContentBuffer.MaxInMemory + 1000, false)]
    public async Task A_header_is_taken_up_to_256_KiB(int octets, bool taken)
    {
        var header = new StringBuilder("Subject: x\r\n");
        while (header.Length < octets)
        {
            int left = octets - header.Length;
            header.Append("X-Long: ").Append('x', (left < 200 ? left : 100) - "X-Long: \r\n".Length).Append("\r\n");
        }

        Assert.Equal(octets, header.Length);
        SmtpReply reply = await SubmitAsync(header + "\r\nhello\r\n");

        AssertAnswer(taken ? null : $"552 5.3.4 the message header is larger than {256 * 1024} octets", reply);
    }

    [Theory]
    [InlineData(false, DsnNotify.Unspecified)]
    [InlineData(true, DsnNotify.Never)]
    public async Task Nobody_is_to_be_told_about_mail_of_a_source_that_suppresses_notices(bool suppressed, DsnNotify notify)
    {
        await SubmitAsync(Letter, new SourceSettings { SuppressLocalDsn = suppressed });

        Assert.Equal(notify, Assert.Single(Stored().Recipients).Notify);
    }

    [Theory]
    [InlineData("chief@office.test", "chief@office.test", "office.test")]
    [InlineData(null, "postmaster@mx.test", "mx.test")]
    public async Task Mail_for_a_bare_postmaster_goes_to_the_configured_one_or_to_the_one_at_our_name(string? configured, string address, string destination)
    {
        await SubmitAsync(Letter, recipients: "PostMaster", postmaster: configured);

        EnvelopeRecipient recipient = Assert.Single(Stored().Recipients);
        Assert.Equal((address, destination), (recipient.Address.Text, recipient.Destination.Text));
    }

    [Theory]
    [InlineData("b@there.test", "\r\n        for <b@there.test>; ")]
    [InlineData("b@there.test secret@there.test", "; ")]
    public async Task Several_recipients_are_not_disclosed_to_each_other(string recipients, string behindTheId)
    {
        string id = (await SubmitAsync(Letter, recipients: recipients)).Text.Split(' ')[^1];

        await using MessageSpool spool = _rig.Reopen(_spool);
        string content = Encoding.ASCII.GetString(SpoolRig.Content(spool, Assert.Single(spool.Recovered).Message));
        Assert.Contains($" id {id}{behindTheId}Fri, 02 Jan 2026 03:04:05 +0000\r\nSubject: x\r\n", content, StringComparison.Ordinal);
    }

    private static void AssertAnswer(string? refusal, SmtpReply reply)
    {
        if (refusal is null)
        {
            Assert.StartsWith("250 2.6.0 ", reply.ToString(), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(refusal, reply.ToString());
        }
    }

    /// <summary>What a restart would find.</summary>
    private Envelope Stored() => Assert.Single(_rig.Reopen(_spool).Recovered).Envelope;

    private async Task<SmtpReply> SubmitAsync(string text, SourceSettings? source = null, string recipients = "b@there.test", string? postmaster = null)
    {
        var settings = new CurrentSettings(TestSettings.Server(postmaster: postmaster));
        await using MessageSpool spool = _rig.Open(_spool);
        await using var accounting = new AccountingLog([], _rig.Clock, NullLogger.Instance);
        var intake = new MessageIntake(
            spool, accounting, new Scheduler(settings), settings, new TrafficCounters(_rig.Clock), new MessageId.Sequence(_rig.Clock), _rig.Clock, NullLogger.Instance);
        using ContentBuffer content = intake.NewContent();
        foreach (byte[] piece in Encoding.ASCII.GetBytes(text).Chunk(32 * 1024))
        {
            content.Append(piece);
            if (content.MustSpill)
            {
                await content.SpillAsync(TestContext.Current.CancellationToken);
            }
        }

        IntakeResult result = await intake.SubmitAsync(
            new Submission
            {
                Sender = EmailAddress.Parse("a@sender.test"),
                Recipients = [.. recipients.Split(' ').Select(each => new SubmittedRecipient(EmailAddress.Parse(each), "", DsnNotify.Unspecified))],
                Content = content,
                Source = source ?? new SourceSettings(),
            },
            TestContext.Current.CancellationToken);
        return result.Reply;
    }
}
