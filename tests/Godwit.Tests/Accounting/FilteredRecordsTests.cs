using System.Text;
using Godwit.Accounting;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Accounting;

/// <summary>queue-filter, privacy-policy, header columns and map-header-to-field.</summary>
public sealed class FilteredRecordsTests
{
    private static readonly byte[] _header = Encoding.UTF8.GetBytes(
        "Subject: Hello,\r\n  World\r\nX-Campaign: spring\r\nx-campaign: second\r\nTo: User@Example.com\r\nX-Empty:\r\n");

    [Theory]
    [InlineData("example.com/vmta48", true)]
    [InlineData("*/VMTA48", true)]
    [InlineData("EXAMPLE.com/*", true)]
    [InlineData("*/other", false)]
    [InlineData("other.example/vmta48", false)]
    [InlineData("*/*, !example.com/vmta48", false)]
    [InlineData("!example.com/vmta48, */*", false)]
    [InlineData("*/*, !gmail.com/vmta48", true)]
    [InlineData("!gmail.com/vmta48", false)]
    public void A_file_gets_the_records_of_the_queues_that_its_filter_names(string filter, bool wanted)
    {
        var layout = new AccountingLayout(AccountingColumnsTests.Settings("d,b,t,tq,r") with { QueueFilter = Filter(filter) });

        Assert.Equal(wanted, layout.Wants(Records.Full(AccountingType.Delivered)));
        Assert.Equal(wanted, layout.Wants(Records.Full(AccountingType.TransientQueue)));
        Assert.True(layout.Wants(Records.Full(AccountingType.Received)));
    }

    [Fact]
    public void Local_parts_become_digests_that_the_command_line_can_look_up()
    {
        AccountingRecord record = Records.Full(AccountingType.Bounced) with
        {
            Envelope = Records.Envelope("Port25@sender.example", "PORT25@example.com"),
            DsnDiagnostic = "smtp;550 5.1.1 <port25@EXAMPLE.com> unknown, told port25@sender.example",
        };
        record = record with { Recipient = record.Envelope!.Recipients[0] with { OriginalRecipient = "rfc822;port25@old.example" } };

        Dictionary<string, string> line = Line(AccountingColumnsTests.Settings("b") with { Privacy = Policy(PrivacyMethod.SipHash, "secretkey") }, record);

        Assert.Equal("EB938A2508145899@sender.example", line["orig"]);
        Assert.Equal("EB938A2508145899@example.com", line["rcpt"]);
        Assert.Equal("rfc822;EB938A2508145899@old.example", line["orcpt"]);
        Assert.Equal("smtp;550 5.1.1 <EB938A2508145899@example.com> unknown, told EB938A2508145899@sender.example", line["dsnDiag"]);
    }

    [Fact]
    public void Redacted_local_parts_are_one_word_and_the_null_sender_stays_empty()
    {
        AccountingRecord record = Records.Full(AccountingType.Delivered);
        record = record with { Envelope = record.Envelope! with { Sender = EmailAddress.Null } };

        Assert.Equal("redacted@example.com", Line(AccountingColumnsTests.Settings("d") with { Privacy = Policy(PrivacyMethod.Redact, "") }, record)["rcpt"]);
        Dictionary<string, string> line = Line(AccountingColumnsTests.Settings("d") with { Privacy = Policy(PrivacyMethod.Redact, "xxx") }, record);
        Assert.Equal(("xxx@example.com", ""), (line["rcpt"], line["orig"]));
    }

    [Fact]
    public void Hexadecimal_keys_are_octets()
    {
        AccountingRecord record = Records.Full(AccountingType.Delivered);
        PrivacyPolicy words = Policy(PrivacyMethod.HmacSha256, "Jefe");
        PrivacyPolicy digits = words with { Key = new SecretValue("4a656665"), IsHexadecimal = true };

        string covered = Line(AccountingColumnsTests.Settings("d") with { Privacy = words }, record)["rcpt"];
        Assert.Equal(covered, Line(AccountingColumnsTests.Settings("d") with { Privacy = digits }, record)["rcpt"]);
        Assert.Equal(64 + "@example.com".Length, covered.Length);
        Assert.DoesNotContain("user", covered, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_can_be_a_header_field_on_one_line()
    {
        AccountingFileSettings settings = WithFields("d", "rcpt", "header_Subject", "header_X-None", "header_X-Campaign");
        var layout = new AccountingLayout(settings);

        Assert.Equal(["type", "rcpt", "header_Subject", "header_X-None", "header_X-Campaign"], layout.Columns);
        Assert.Empty(layout.UnknownFields);
        Dictionary<string, string> line = Line(settings, WithHeader(layout));
        Assert.Equal(("Hello,  World", "", "spring"), (line["header_Subject"], line["header_X-None"], line["header_X-Campaign"]));
    }

    [Fact]
    public void A_mapped_column_takes_the_first_header_field_that_the_message_has()
    {
        AccountingFileSettings settings = WithFields("d", "rcpt", "jobId") with
        {
            HeaderMaps =
            [
                new HeaderFieldMap("d", "X-None", "jobId"), new HeaderFieldMap("d,b", "X-Campaign", "jobId"), new HeaderFieldMap("d", "Subject", "jobId"),
                new HeaderFieldMap("d", "X-None", "envId"), new HeaderFieldMap("d", "Subject", "title"), new HeaderFieldMap("b", "Subject", "other"),
            ],
        };
        var layout = new AccountingLayout(settings);

        Assert.Equal(["type", "rcpt", "jobId", "title"], layout.Columns);
        Dictionary<string, string> line = Line(settings, WithHeader(layout));
        Assert.Equal(("spring", "Hello,  World"), (line["jobId"], line["title"]));
        Assert.Equal("job1", Line(settings, Records.Full(AccountingType.Delivered))["jobId"]);
    }

    [Fact]
    public void A_header_field_that_repeats_the_recipient_is_covered_too()
    {
        AccountingFileSettings settings = WithFields("d", "header_To") with { Privacy = Policy(PrivacyMethod.Redact, "x") };

        Assert.Equal("x@example.com", Line(settings, WithHeader(new AccountingLayout(settings)))["header_To"]);
    }

    private static AccountingRecord WithHeader(AccountingLayout layout) =>
        Records.Full(AccountingType.Delivered) with { Header = RecordedHeader.Read(_header, layout.HeaderNames) };

    private static AccountingFileSettings WithFields(string type, params string[] fields) => AccountingColumnsTests.Settings(type) with
    {
        RecordFields = new Dictionary<string, IReadOnlyList<string>> { [type] = fields },
    };

    private static PrivacyPolicy Policy(PrivacyMethod method, string key) => new(method, new SecretValue(key), IsHexadecimal: false);

    private static QueueFilterEntry[] Filter(string list) =>
    [
        .. list.Split(", ").Select(text =>
        {
            string[] halves = text.TrimStart('!').Split('/');
            return new QueueFilterEntry(
                halves[0] == "*" ? null : DomainName.Parse(halves[0]), halves[1] == "*" ? null : halves[1], text.StartsWith('!'));
        }),
    ];

    private static Dictionary<string, string> Line(AccountingFileSettings settings, AccountingRecord record)
    {
        var layout = new AccountingLayout(settings);
        var buffer = new CsvBuffer();
        layout.WriteLine(buffer, record);
        string[] fields = Csv.Parse(Encoding.UTF8.GetString(buffer.Octets.Span))[0];
        return layout.Columns.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second);
    }
}
