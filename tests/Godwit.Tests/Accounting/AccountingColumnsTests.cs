using System.Text;
using CsCheck;
using Godwit.Accounting;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Accounting;

public sealed class AccountingColumnsTests
{
    private const string FateHeader =
        "type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta,dlvType,dlvSourceIp,dlvDestinationIp,"
        + "dlvEsmtpAvailable,dlvSize,vmta,jobId,envId,queue,vmtaPool";

    [Theory]
    [InlineData("d,b", FateHeader)]
    [InlineData("t", FateHeader)]
    [InlineData("tq", "type,timeLogged,queue,vmta,dsnStatus,dsnDiag,dsnMta,dlvType,dlvSourceIp,dlvDestinationIp,userString")]
    [InlineData("r", "type,timeLogged,orig,rcpt,orcpt,srcType,srcMta,rcvSourceIp,rcvDestinationIp,vmta,vmtaPool,jobId,envId,userString,rcvSmtpUser")]
    [InlineData("r,d", FateHeader + ",rcvSourceIp,rcvDestinationIp,userString,rcvSmtpUser")]
    [InlineData("d,b,t,tq,r", FateHeader + ",userString,rcvSourceIp,rcvDestinationIp,rcvSmtpUser")]
    public void The_header_line_is_the_one_that_parsers_know(string records, string header)
    {
        AccountingLayout layout = new(Settings(records));

        Assert.Equal(header + "\r\n", Encoding.UTF8.GetString(layout.Header));
    }

    [Fact]
    public void A_delivery_is_written_as_in_the_reference()
    {
        Assert.Equal(
            "d,2019-02-08 21:54:05+0000,2019-02-08 21:54:00+0000,news@sender.example,user@example.com,rfc822;first@example.com,relayed,2.0.0 (success),"
            + "smtp;250 DATA ok,mx.example.com (192.0.2.1),,smtp,app.sender.example (10.0.0.7),smtp,198.51.100.4,192.0.2.1,\"ENHANCEDSTATUSCODES,8BITMIME\","
            + "41159,vmta48,job1,env1,example.com/vmta48,pool1\r\n",
            Line(Settings("d"), Records.Full(AccountingType.Delivered)));
    }

    [Fact]
    public void A_bounce_has_its_status_in_words_and_no_size()
    {
        string[] fields = Csv.Parse(Line(Settings("b"), Records.Full(AccountingType.Bounced)))[0];

        Assert.Equal("5.1.1 (bad destination mailbox address)", fields[7]);
        Assert.Equal("smtp;550 5.1.1 no such user", fields[8]);
        Assert.Equal("bad-mailbox", fields[10]);
        Assert.Equal("", fields[17]);
    }

    [Fact]
    public void Times_are_seconds_when_iso_times_is_off()
    {
        string line = Line(Settings("d") with { IsoTimes = false }, Records.Full(AccountingType.Delivered));

        Assert.StartsWith("d,1549662845,1549662840,", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*", FateHeader)]
    [InlineData("timeLogged,rcpt,ORIG", "type,timeLogged,orig,rcpt")]
    [InlineData("!type,!timeQueued,rcpt", null)]
    [InlineData("*,totalSecondsQueued,dlvTlsProtocol,dlvTlsCipher,rcvSmtpUser,userString", FateHeader + ",userString,rcvSmtpUser,totalSecondsQueued,dlvTlsProtocol,dlvTlsCipher")]
    public void Record_fields_choose_the_columns(string fields, string? header)
    {
        AccountingLayout layout = new(Settings("d", ("d", fields)));

        Assert.Equal(header ?? FateHeader.Replace("timeQueued,", "", StringComparison.Ordinal), string.Join(',', layout.Columns));
        Assert.Empty(layout.UnknownFields);
    }

    [Fact]
    public void A_column_that_only_one_type_asked_for_is_empty_in_the_others()
    {
        AccountingFileSettings settings = Settings("d,b", ("d", "timeLogged,orig,rcpt,dlvSourceIp"), ("b", "timeLogged,orig,rcpt,bounceCat"));

        Assert.Equal("type,timeLogged,orig,rcpt,dlvSourceIp,bounceCat\r\n", Encoding.UTF8.GetString(new AccountingLayout(settings).Header));
        Assert.EndsWith("user@example.com,198.51.100.4,\r\n", Line(settings, Records.Full(AccountingType.Delivered)), StringComparison.Ordinal);
        Assert.EndsWith("user@example.com,,bad-mailbox\r\n", Line(settings, Records.Full(AccountingType.Bounced)), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_fields_are_told_and_the_retired_one_is_not()
    {
        AccountingLayout layout = new(Settings("d", ("d", "*,timeImprinted,timeFrist,!rcvSourceIp")));

        Assert.Equal(["d: timeFrist", "d: rcvSourceIp"], layout.UnknownFields);
    }

    [Fact]
    public void The_null_sender_is_an_empty_field()
    {
        AccountingRecord record = Records.Full(AccountingType.Delivered) with { Envelope = Records.Envelope(sender: "") };

        Assert.Equal("", Csv.Parse(Line(Settings("d"), record))[0][3]);
    }

    [Fact]
    public void A_status_nobody_has_registered_stands_without_words()
    {
        AccountingRecord record = Records.Full(AccountingType.Bounced) with { DsnStatus = new EnhancedStatus(5, 7, 999) };

        Assert.Equal("5.7.999", Csv.Parse(Line(Settings("b"), record))[0][7]);
    }

    [Fact]
    public void Any_text_survives_a_parser_of_RFC_4180_and_never_breaks_its_line()
    {
        Gen.String.Sample(
            text =>
            {
                var buffer = new CsvBuffer();
                buffer.Field("first");
                buffer.Field(text);
                buffer.Field("last");
                buffer.EndLine();
                string written = Encoding.UTF8.GetString(buffer.Octets.Span);

                string[] fields = Assert.Single(Csv.Parse(written));
                Assert.Equal(["first", Expected(text), "last"], fields);
                Assert.Equal(written.Length - 2, written.IndexOf('\n', StringComparison.Ordinal) - 1);
            },
            seed: "0N0XIzNsQ0O2",
            iter: 2000);

        // Lone surrogates have no UTF-8 form.
        static string Expected(string text) =>
            Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(string.Concat(text.Select(c => c < ' ' || c == '\x7f' ? ' ' : c))));
    }

    [Fact]
    public void A_reply_cannot_begin_a_line_of_its_own()
    {
        AccountingRecord record = Records.Full(AccountingType.Bounced) with { DsnDiagnostic = "smtp;550 bad\r\nd,forged,\"line\"" };

        string line = Line(Settings("b"), record);

        Assert.Equal("smtp;550 bad  d,forged,\"line\"", Assert.Single(Csv.Parse(line))[8]);
    }

    [Fact]
    public void A_line_costs_no_memory_once_the_buffer_has_grown()
    {
        AccountingLayout layout = new(Settings("d"));
        AccountingRecord record = Records.Full(AccountingType.Delivered);
        var buffer = new CsvBuffer();
        Write(100);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Write(1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < 1000 * 16, $"{allocated / 1000} octets a line");

        // A local function and not a lambda: a closure would allocate by itself.
        void Write(int lines)
        {
            for (int i = 0; i < lines; i++)
            {
                layout.WriteLine(buffer, record);
                buffer.Clear();
            }
        }
    }

    internal static AccountingFileSettings Settings(string records, params (string Type, string Fields)[] fields) => new()
    {
        Path = "/var/log/acct.csv",
        Records = records.Split(','),
        RecordFields = fields.ToDictionary(entry => entry.Type, entry => (IReadOnlyList<string>)entry.Fields.Split(',')),
    };

    private static string Line(AccountingFileSettings settings, AccountingRecord record)
    {
        var buffer = new CsvBuffer();
        new AccountingLayout(settings).WriteLine(buffer, record);
        return Encoding.UTF8.GetString(buffer.Octets.Span);
    }
}
