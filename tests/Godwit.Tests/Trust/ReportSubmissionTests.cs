// A report goes through the real door in, with the real spool behind it.

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
using Godwit.Trust;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Trust;

public sealed class ReportSubmissionTests
{
    [Fact]
    public async Task A_report_is_mail_of_our_own_in_a_queue_of_its_own_and_nobody_hears_of_its_bounce()
    {
        var rig = new SpoolRig();
        var options = new SpoolOptions { SegmentOctets = 4 * 1024 * 1024, Mode = CommitMode.OnCaller };
        var settings = new CurrentSettings(TestSettings.Server(virtualMtas: [TestSettings.VirtualMta(EnvelopeRecipient.ReportVirtualMta)]));
        await using (MessageSpool spool = rig.Open(options))
        await using (var accounting = new AccountingLog([], rig.Clock, NullLogger.Instance))
        {
            var scheduler = new Scheduler(settings);
            var ids = new MessageId.Sequence(rig.Clock);
            var intake = new MessageIntake(spool, accounting, scheduler, settings, new TrafficCounters(rig.Clock), ids, rig.Clock, NullLogger.Instance);
            var submission = new ReportSubmission(intake, settings);

            SmtpReply reply = await submission.SubmitAsync(
                EmailAddress.Parse("tls@sender.example"), EmailAddress.Parse("reports@example.org"), Encoding.ASCII.GetBytes("Subject: r\r\n\r\nx\r\n"), "tlsrpt-1");

            Assert.True(reply.IsPositive);
        }

        await using MessageSpool again = rig.Reopen(options);
        Envelope envelope = Assert.Single(again.Recovered).Envelope;
        Assert.Equal("tls@sender.example", envelope.Sender.Text);
        Assert.Equal(("reports@example.org", DsnNotify.Never), (envelope.Recipients[0].Address.Text, envelope.Recipients[0].Notify));
        Assert.Equal(EnvelopeRecipient.ReportVirtualMta, envelope.Recipients[0].VirtualMta);
    }
}
