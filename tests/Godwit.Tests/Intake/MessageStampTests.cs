using System.Net;
using System.Text;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Intake;

public sealed class MessageStampTests
{
    private const string ReceivedLines =
        "Received: from client.example ([192.0.2.7])\r\n"
        + "        by mx.test (Godwit) with ESMTP id 00000000000003e8\r\n"
        + "        for <a@b.example>; Thu, 01 Jan 1970 00:00:00 +0000\r\n";

    [Fact]
    public void Received_goes_in_front_and_the_rest_stays_as_it_came()
    {
        Assert.Equal(ReceivedLines + "Subject: hi\r\n\r\nbody\r\n", Stamped("Subject: hi\r\n\r\nbody\r\n"));
    }

    [Fact]
    public void Control_fields_go_out_with_their_folds_when_the_source_processes_them()
    {
        var source = new SourceSettings { ProcessXVirtualMta = true, ProcessXJob = true, RetainXJob = true, ProcessXEnvId = true };

        string stamped = Stamped("X-Virtual-MTA:\r\n v1\r\nSubject: hi\r\nx-job: j1\r\nX-Envid: e1\r\n\r\nbody", source);

        Assert.Equal(ReceivedLines + "Subject: hi\r\nx-job: j1\r\n\r\nbody", stamped);
    }

    [Fact]
    public void Control_fields_stay_when_the_source_does_not_process_them()
    {
        Assert.EndsWith("X-Virtual-MTA: v1\r\nX-Job: j\r\n\r\n", Stamped("X-Virtual-MTA: v1\r\nX-Job: j\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, "A: 1\r\n\r\n")]
    [InlineData(true, false, "A: 1\r\n\r\n")]
    [InlineData(false, true, "X-DKIM-Key: -----BEGIN\r\n abc\r\nA: 1\r\nx-dkim-key: 2\r\n\r\n")]
    public void A_private_key_stays_here_also_when_nobody_reads_it(bool processed, bool retained, string expected)
    {
        var source = new SourceSettings { AddReceivedHeader = false, ProcessXDkimKey = processed, RetainXDkimKey = retained };

        Assert.Equal(expected, Stamped("X-DKIM-Key: -----BEGIN\r\n abc\r\nA: 1\r\nx-dkim-key: 2\r\n\r\n", source));
    }

    [Fact]
    public void Removed_headers_go_out_whatever_their_case()
    {
        var source = new SourceSettings { RemoveHeaders = ["x-mailer", "X-Secret"], AddReceivedHeader = false };

        Assert.Equal("A: 1\r\nB: 2\r\n\r\n", Stamped("X-MAILER: m\r\nA: 1\r\nx-secret: s\r\n more\r\nB: 2\r\n\r\n", source));
    }

    [Fact]
    public void Missing_date_and_message_id_are_added_and_present_ones_left_alone()
    {
        var source = new SourceSettings { AddDateHeader = DateHeaderUse.AddMissing, AddMessageIdHeader = true, AddReceivedHeader = false };

        Assert.Equal(
            "A: 1\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <00000000000003e8@mx.test>\r\n\r\n", Stamped("A: 1\r\n\r\n", source));
        Assert.Equal("Date: x\r\nMessage-Id: y\r\n\r\n", Stamped("Date: x\r\nMessage-Id: y\r\n\r\n", source));
    }

    [Theory]
    [InlineData("Date: x\r\nA: 1\r\ndate: y\r\n z\r\n\r\n")]
    [InlineData("A: 1\r\n\r\n")]
    [InlineData("A: 1\r\nDate: x\r\n\r\n")]
    public void A_date_that_is_overridden_gives_way_to_ours(string content)
    {
        var source = new SourceSettings { AddDateHeader = DateHeaderUse.Override, AddReceivedHeader = false };

        Assert.Equal("A: 1\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n\r\n", Stamped(content, source));
    }

    [Fact]
    public void Findings_in_our_name_go_out_also_where_nothing_is_checked()
    {
        var source = new SourceSettings { AddReceivedHeader = false };

        Assert.Equal(
            "Authentication-Results: other.test; dkim=pass\r\nA: 1\r\n\r\n",
            Stamped("Authentication-Results: MX.test; dkim=pass\r\n\theader.d=bank.example\r\nAuthentication-Results: other.test; dkim=pass\r\nA: 1\r\n\r\n", source));
    }

    [Theory]
    [InlineData("", "\r\n")]
    [InlineData("just text\r\n", "\r\njust text\r\n")]
    [InlineData("A: 1\r\n", "A: 1\r\n\r\n")]
    [InlineData("A: 1", "A: 1\r\n\r\n")]
    [InlineData("\r\nbody", "\r\nbody")]
    public void Header_and_body_are_always_parted_by_an_empty_line(string content, string expected)
    {
        Assert.Equal(expected, Stamped(content, new SourceSettings { AddReceivedHeader = false }));
    }

    [Fact]
    public void The_source_can_be_hidden()
    {
        Assert.StartsWith("Received: by mx.test (Godwit) with ESMTP id ", Stamped("\r\n", new SourceSettings { HideMessageSource = true }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Job: j1\r\n", "j1", "")]
    [InlineData("X-Job:\r\n j1 \r\n", "j1", "")]
    [InlineData("X-Job: Weihnachtsgr\u00fc\u00dfe\r\n", "Weihnachtsgr\u00fc\u00dfe", "")]
    [InlineData("X-Envid: order 17\r\n", "", "order 17")]
    [InlineData("X-Envid: order\r\n 17\r\n", "", "order 17")]
    [InlineData("X-Envid:\r\n\torder\r\n\t17 \r\n", "", "order 17")]
    [InlineData("X-Envid: \r\n", "", "")]
    public void Control_fields_are_unfolded_and_trimmed(string header, string jobId, string envelopeId)
    {
        Assert.Null(Refusal(header, out ControlFields fields));
        Assert.Equal((jobId, envelopeId), (fields.JobId, fields.EnvelopeId));
    }

    [Theory]
    [InlineData("X-Job: two words\r\n", "x-job must not contain blanks or control characters")]
    [InlineData("X-Job: two\r\n words\r\n", "x-job must not contain blanks or control characters")]
    [InlineData("X-Job: two\u00a0words\r\n", "x-job must not contain blanks or control characters")]
    [InlineData("X-Job: bell\a\r\n", "x-job must not contain blanks or control characters")]
    [InlineData("X-Envid: bell\a\r\n", "x-envid must consist of printable ASCII characters")]
    [InlineData("X-Envid: gr\u00fcn\r\n", "x-envid must consist of printable ASCII characters")]
    public void Control_fields_that_no_record_could_hold_are_refused_with_a_reason(string header, string reason)
    {
        Assert.Equal($"554 5.6.0 {reason}", Refusal(header, out _)?.ToString());
    }

    [Fact]
    public void Control_fields_have_a_longest_value()
    {
        Assert.Null(Refusal($"X-Job: {new string('j', 255)}\r\nX-Envid: {new string('e', 100)}\r\n", out _));
        Assert.Equal("554 5.6.0 x-job is longer than 255 characters", Refusal($"X-Job: {new string('j', 256)}\r\n", out _)?.ToString());
        Assert.Equal("554 5.6.0 x-envid is longer than 100 characters", Refusal($"X-Envid: {new string('e', 101)}\r\n", out _)?.ToString());
    }

    [Fact]
    public void Control_fields_that_nobody_processes_may_hold_anything()
    {
        var source = new SourceSettings();

        Assert.Null(MessageStamp.ReadControlFields(new HeaderBlock("X-Job: two words\r\nX-Envid: bell\a\r\nX-Schedule: soon\r\n"u8), source, TimeZoneInfo.Utc, default, out _));
    }

    private static SmtpReply? Refusal(string header, out ControlFields fields)
    {
        var source = new SourceSettings { ProcessXJob = true, ProcessXEnvId = true };
        return MessageStamp.ReadControlFields(new HeaderBlock(Encoding.UTF8.GetBytes(header)), source, TimeZoneInfo.Utc, default, out fields);
    }

    private static string Stamped(string content, SourceSettings? source = null)
    {
        using var buffer = new ContentBuffer(null);
        buffer.Append(Encoding.ASCII.GetBytes(content));
        var submission = new Submission
        {
            Sender = EmailAddress.Parse("s@client.example"),
            Recipients = [new SubmittedRecipient(EmailAddress.Parse("a@b.example"), "", DsnNotify.Unspecified)],
            Content = buffer,
            Source = source ?? new SourceSettings(),
            ClientName = "client.example",
            ClientAddress = IPAddress.Parse("192.0.2.7"),
        };
        List<ReadOnlyMemory<byte>> parts = MessageStamp.Stamp(
            buffer.Header(), buffer.BehindHeader(), contentEndsHere: true, submission, new MessageId(1000), TestSettings.Server(), out _);
        return string.Concat(parts.Select(part => Encoding.ASCII.GetString(part.Span)));
    }
}
