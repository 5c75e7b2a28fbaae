using System.Text;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Accounting;
using MimeKit;

namespace Godwit.Tests.Disposition;

public sealed class BounceMessageTests
{
    private const string Header = "Received: from app\r\nMessage-ID: <m1@sender.example>\r\nSubject: Your order\r\n";
    private const string Whole = Header + "\r\nHello.\r\n";

    private static readonly Instant _now = Records.Logged;

    [Fact]
    public void A_failure_is_a_report_that_programs_can_read()
    {
        MimeMessage message = Parse(Build(Notice(NoticeKind.Failed), Original(Whole, whole: false)));

        Assert.Equal("Mail Delivery System <mailer-daemon@mta.example.org>", Assert.Single(message.From).ToString().Replace("\"", "", StringComparison.Ordinal));
        Assert.Equal("news@sender.example", Assert.Single(message.To.Mailboxes).Address);
        Assert.Equal("Delivery Status Notification (Failure)", message.Subject);
        Assert.Equal("auto-replied", message.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal("m1@sender.example", message.InReplyTo);
        Assert.Equal(["m1@sender.example"], message.References);
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal("delivery-status", report.ReportType);
        Assert.Equal(3, report.Count);

        string text = Assert.IsType<TextPart>(report[0]).Text;
        Assert.Contains("<user@example.com>", text, StringComparison.Ordinal);
        Assert.Contains("mx.example.com (192.0.2.1) said: 550 5.1.1 no such user", text.ReplaceLineEndings(" ").Replace("     ", " ", StringComparison.Ordinal), StringComparison.Ordinal);

        HeaderListCollection groups = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups;
        Assert.Equal(2, groups.Count);
        Assert.Equal("dns; mta.example.org", groups[0]["Reporting-MTA"]);
        Assert.Equal("env1", groups[0]["Original-Envelope-Id"]);
        Assert.Equal("Fri, 08 Feb 2019 21:54:00 +0000", groups[0]["Arrival-Date"]);
        Assert.Equal("rfc822;first@example.com", groups[1]["Original-Recipient"]);
        Assert.Equal("rfc822; user@example.com", groups[1]["Final-Recipient"]);
        Assert.Equal("failed", groups[1]["Action"]);
        Assert.Equal("5.1.1", groups[1]["Status"]);
        Assert.Equal("dns; mx.example.com", groups[1]["Remote-MTA"]);
        Assert.Equal("smtp; 550 5.1.1 no such user", groups[1]["Diagnostic-Code"]);
        Assert.Equal("Fri, 08 Feb 2019 21:54:05 +0000", groups[1]["Last-Attempt-Date"]);
        Assert.Null(groups[1]["Will-Retry-Until"]);

        Assert.Equal("text/rfc822-headers", report[2].ContentType.MimeType);
        HeaderList returned = Assert.IsType<TextRfc822Headers>(report[2]).Message!.Headers;
        Assert.Equal(["from app", "<m1@sender.example>", "Your order"], returned.Select(field => field.Value));
    }

    [Fact]
    public void The_whole_message_is_returned_as_a_message()
    {
        var report = Report(Build(Notice(NoticeKind.Failed), Original(Whole, whole: true)));

        MimeMessage original = Assert.IsType<MessagePart>(report[2]).Message!;
        Assert.Equal("Your order", original.Subject);
        Assert.Equal("Hello.", original.TextBody?.Trim());
    }

    [Fact]
    public void A_delay_says_until_when_delivery_is_tried()
    {
        MimeMessage message = Parse(Build(Notice(NoticeKind.Delayed), Original(Whole, whole: false)));

        Assert.Equal("Delivery Status Notification (Delay)", message.Subject);
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Contains("Wed, 13 Feb 2019 09:54:00 +0000", TextOf(report[0]).ReplaceLineEndings(" "), StringComparison.Ordinal);
        HeaderList group = GroupsOf(report[1])[1];
        Assert.Equal("delayed", group["Action"]);
        Assert.Equal("Wed, 13 Feb 2019 09:54:00 +0000", group["Will-Retry-Until"]);
    }

    [Fact]
    public void Success_is_told_as_relayed()
    {
        var report = Report(Build(Notice(NoticeKind.Succeeded), Original(Whole, whole: false)));

        HeaderList group = GroupsOf(report[1])[1];
        Assert.Equal(("relayed", "2.0.0"), (group["Action"], group["Status"]));
    }

    [Fact]
    public void Our_own_finding_is_not_put_into_the_peers_mouth()
    {
        Notice notice = Notice(NoticeKind.Failed, verdict: DeliveryVerdicts.Expired(null, new DeliverySettings(), _now), mta: "");

        var report = Report(Build(notice, Original(Whole, whole: false)));

        HeaderList group = GroupsOf(report[1])[1];
        Assert.Equal("X-Godwit; 4.4.7 Not delivered within 4 days 12 hours", group["Diagnostic-Code"]);
        Assert.Equal("4.4.7", group["Status"]);
        Assert.Null(group["Remote-MTA"]);
        Assert.DoesNotContain("said:", TextOf(report[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Recipients_of_one_notice_have_a_group_each()
    {
        Notice notice = Notice(NoticeKind.Failed);
        notice.Recipients.Add(notice.Recipients[0] with { Recipient = notice.Recipients[0].Recipient with { Address = EmailAddress.Parse("other@example.com") } });

        var report = Report(Build(notice, Original(Whole, whole: false)));

        Assert.Equal(["rfc822; user@example.com", "rfc822; other@example.com"], GroupsOf(report[1]).Skip(1).Select(group => group["Final-Recipient"]));
    }

    [Fact]
    public void The_plain_form_is_one_text_with_the_header_below()
    {
        BounceDraft draft = Build(Notice(NoticeKind.Failed, DsnFormat.PlainText), Original(Whole, whole: false));

        MimeMessage message = Parse(draft);
        string text = Assert.IsType<TextPart>(message.Body).Text;
        Assert.Contains("550 5.1.1 no such user", text.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("Subject: Your order", text, StringComparison.Ordinal);
        Assert.False(draft.EightBit);
    }

    [Fact]
    public void An_address_in_utf8_makes_an_internationalised_report()
    {
        Notice notice = Notice(NoticeKind.Failed, sender: "jürgen@sender.example", recipient: "用户@example.com", smtpUtf8: true);

        BounceDraft draft = Build(notice, Original("Subject: Grüße\r\n\r\n", whole: false));

        Assert.True(draft.SmtpUtf8 && draft.EightBit);
        string text = Encoding.UTF8.GetString(draft.Octets);
        Assert.Contains("To: <jürgen@sender.example>\r\n", text, StringComparison.Ordinal);
        Assert.Contains("report-type=global-delivery-status", text, StringComparison.Ordinal);
        var report = Report(draft);
        Assert.Equal("message/global-delivery-status", report[1].ContentType.MimeType);
        Assert.Contains("Final-Recipient: utf-8; 用户@example.com\r\n", text, StringComparison.Ordinal);
        Assert.Equal("message/global-headers", report[2].ContentType.MimeType);
        Assert.Contains("Subject: Grüße\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ascii_sender_of_an_internationalised_message_gets_a_report_that_any_8bit_host_takes()
    {
        BounceDraft draft = Build(Notice(NoticeKind.Failed, recipient: "用户@example.com", smtpUtf8: true), Original(Header, whole: false));

        Assert.True(draft.EightBit);
        Assert.False(draft.SmtpUtf8);
    }

    [Fact]
    public void Eight_bits_from_a_sender_without_utf8_are_encoded_away()
    {
        Notice notice = Notice(NoticeKind.Failed, verdict: Bounce("5.1.1 Benutzer unbekannt: Müller"), recipient: "user@bücher.example");

        BounceDraft draft = Build(notice, Original("Subject: Grüße\r\n\r\n", whole: false));

        Assert.False(draft.EightBit || draft.SmtpUtf8);
        Assert.True(Ascii.IsValid(draft.Octets));
        var report = Report(draft);
        Assert.Contains("Müller", TextOf(report[0]), StringComparison.Ordinal);
        HeaderList group = GroupsOf(report[1])[1];
        Assert.Equal("rfc822; user@xn--bcher-kva.example", group["Final-Recipient"]);
        Assert.Equal("smtp; 550 5.1.1 Benutzer unbekannt: M?ller", group["Diagnostic-Code"]);
        Assert.Equal("Subject: Grüße\r\n", Content(report[2]));
    }

    [Theory]
    [InlineData("utf-8;\u00fcx@y", "utf-8;\\x{FC}x@y")]
    [InlineData("utf-8;a+\U0001f426=\\@y", "utf-8;a\\x{2B}\\x{1F426}\\x{3D}\\x{5C}@y")]
    [InlineData("rfc822;a+b=c@y", "rfc822;a+b=c@y")]
    public void The_original_recipient_comes_back_whole_in_seven_bits(string original, string written)
    {
        var report = Report(Build(WithOriginal(Notice(NoticeKind.Failed), original), Original(Header, whole: false)));

        Assert.Equal(written, GroupsOf(report[1])[1]["Original-Recipient"]);
    }

    [Fact]
    public void The_longest_original_recipient_comes_back_without_a_blank_in_it()
    {
        string address = string.Concat(Enumerable.Repeat("\\x{FC}", 120)) + "@y";

        BounceDraft draft = Build(WithOriginal(Notice(NoticeKind.Failed), $"utf-8;{new string('\u00fc', 120)}@y"), Original(Header, whole: false));

        Assert.Contains($"utf-8;{address}\r\n", Encoding.ASCII.GetString(draft.Octets), StringComparison.Ordinal);
        Assert.True(Encoding.ASCII.GetString(draft.Octets).Split("\r\n").Max(line => line.Length) <= 998);
    }

    [Fact]
    public void The_original_recipient_of_an_internationalised_report_is_written_as_it_is()
    {
        Notice notice = WithOriginal(Notice(NoticeKind.Failed, sender: "j\u00fcrgen@sender.example", smtpUtf8: true), "utf-8;\u00fcx@y");

        BounceDraft draft = Build(notice, Original(Header, whole: false));

        Assert.Contains("Original-Recipient: utf-8;\u00fcx@y\r\n", Encoding.UTF8.GetString(draft.Octets), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reply_cannot_write_fields_or_parts_of_its_own()
    {
        Verdict hostile = Bounce("5.1.1 no\r\n\r\n--=_token\r\nContent-Type: text/html\r\n\r\n<b>forged</b>");

        var report = Report(Build(Notice(NoticeKind.Failed, verdict: hostile), Original(Whole, whole: false)));

        Assert.Equal(3, report.Count);
        Assert.Equal(2, GroupsOf(report[1]).Count);
    }

    [Fact]
    public void No_line_is_longer_than_smtp_allows_and_every_line_ends_in_crlf()
    {
        Verdict wordy = Bounce("5.1.1 " + new string('é', 5000) + " " + string.Join(' ', Enumerable.Repeat("word", 500)));
        foreach (bool utf8 in (bool[])[true, false])
        {
            Notice notice = Notice(NoticeKind.Failed, verdict: wordy, smtpUtf8: utf8, recipient: utf8 ? "é@example.com" : "e@example.com");

            BounceDraft draft = Build(notice, Original(Whole, whole: true));

            string text = Encoding.Latin1.GetString(draft.Octets);
            Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
            string[] lines = text.Split("\r\n");
            Assert.All(lines, line => Assert.DoesNotContain('\n', line));
            Assert.All(lines, line => Assert.DoesNotContain('\r', line));
            Assert.True(lines.Max(line => line.Length) <= 998);
        }
    }

    [Theory]
    [InlineData("A: b\r\nC: d\r\n\r\nbody", "A: b\r\nC: d\r\n")]
    [InlineData("A: b\r\nC: cut off", "A: b\r\n")]
    [InlineData("no line end", "")]
    [InlineData("", "")]
    public void Only_the_header_is_returned_unless_all_is_asked_for(string octets, string returned)
    {
        Assert.Equal(returned, Encoding.ASCII.GetString(Original(octets, whole: false).Octets));
    }

    [Theory]
    [InlineData("Message-Id:  <a@b> \r\n", "<a@b>")]
    [InlineData("X: y\r\nMESSAGE-ID: <a@b>\r\n", "<a@b>")]
    [InlineData("Message-ID: a@b\r\n", "")]
    [InlineData("Message-ID: <a b>\r\n", "")]
    [InlineData("X-Message-ID: <a@b>\r\n", "")]
    [InlineData("X: y\r\n", "")]
    public void The_message_id_is_found_for_threading(string header, string id)
    {
        Assert.Equal(id, Original(header + "\r\n", whole: false).MessageIdField);
    }

    private static Verdict Bounce(string text) => DeliveryVerdicts.FromReply(SmtpStage.Rcpt, new SmtpReply(550, text), new DeliverySettings(), _now);

    private static Notice WithOriginal(Notice notice, string original)
    {
        notice.Recipients[0] = notice.Recipients[0] with { Recipient = notice.Recipients[0].Recipient with { OriginalRecipient = original } };
        return notice;
    }

    private static ReturnedContent Original(string text, bool whole) => ReturnedContent.Of(Encoding.UTF8.GetBytes(text), whole);

    private static Notice Notice(
        NoticeKind kind, DsnFormat format = DsnFormat.Standard, Verdict? verdict = null, string sender = "news@sender.example",
        string recipient = "user@example.com", bool smtpUtf8 = false, string mta = "mx.example.com (192.0.2.1)")
    {
        Envelope envelope = Records.Envelope(sender, recipient) with { SmtpUtf8 = smtpUtf8 };
        var notice = new Notice(kind, new StoredMessage(envelope.Id, 0, 100, 100, 1), envelope, format, envelope.TimeQueued + new TimeSpan(4, 12, 0, 0));
        (Verdict own, string action) = kind switch
        {
            NoticeKind.Failed => (Bounce("5.1.1 no such user"), "failed"),
            NoticeKind.Delayed => (DeliveryVerdicts.FromReply(SmtpStage.Rcpt, new SmtpReply(451, "4.7.1 later"), new DeliverySettings(), _now), "delayed"),
            _ => (DeliveryVerdicts.FromReply(SmtpStage.EndOfData, new SmtpReply(250, "ok"), new DeliverySettings(), _now), "relayed"),
        };
        notice.Recipients.Add(new NoticeRecipient(envelope.Recipients[0], verdict ?? own, action, mta));
        return notice;
    }

    private static BounceDraft Build(Notice notice, ReturnedContent original) => new BounceMessage(notice, "mta.example.org", original, _now, "token").Build();

    private static MimeMessage Parse(BounceDraft draft) => MimeMessage.Load(new MemoryStream(draft.Octets));

    private static MultipartReport Report(BounceDraft draft) => Assert.IsType<MultipartReport>(Parse(draft).Body);

    private static string TextOf(MimeEntity entity) => Assert.IsType<TextPart>(entity).Text;

    private static HeaderListCollection GroupsOf(MimeEntity entity) => Assert.IsType<MessageDeliveryStatus>(entity).StatusGroups;

    private static string Content(MimeEntity entity)
    {
        using var target = new MemoryStream();
        ((MimePart)entity).Content!.DecodeTo(target);
        return Encoding.UTF8.GetString(target.ToArray());
    }
}
