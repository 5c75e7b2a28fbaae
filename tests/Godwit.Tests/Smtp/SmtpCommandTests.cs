using System.Text;
using Godwit.Smtp;

namespace Godwit.Tests.Smtp;

public sealed class SmtpCommandTests
{
    [Theory]
    [InlineData("NOOP\r\nNEXT", CommandLineStatus.Complete, 4)]
    [InlineData("\r\n", CommandLineStatus.Complete, 0)]
    [InlineData("NOOP", CommandLineStatus.Partial, null)]
    [InlineData("NOOP\r", CommandLineStatus.Partial, null)]
    [InlineData("", CommandLineStatus.Partial, null)]
    [InlineData("NOOP\n", CommandLineStatus.Malformed, null)]
    [InlineData("\n", CommandLineStatus.Malformed, null)]
    [InlineData("NO\rOP\r\n", CommandLineStatus.Malformed, null)]
    [InlineData("NOOP\r\r\n", CommandLineStatus.Malformed, null)]
    [InlineData("NO\0OP\r\n", CommandLineStatus.Malformed, null)]
    public void Only_crlf_ends_a_line(string buffered, CommandLineStatus expected, int? length)
    {
        Assert.Equal(expected, SmtpCommand.FindLine(Encoding.Latin1.GetBytes(buffered), out int found));
        Assert.Equal(length ?? found, found);
    }

    [Fact]
    public void A_line_is_bounded_whether_or_not_it_ends()
    {
        byte[] octets = new byte[SmtpCommand.MaxLine + 1];
        octets.AsSpan().Fill((byte)'x');
        Assert.Equal(CommandLineStatus.Partial, SmtpCommand.FindLine(octets.AsSpan(0, SmtpCommand.MaxLine), out _));
        Assert.Equal(CommandLineStatus.TooLong, SmtpCommand.FindLine(octets, out _));

        "\r\n"u8.CopyTo(octets.AsSpan(SmtpCommand.MaxLine - 1));
        Assert.Equal(CommandLineStatus.TooLong, SmtpCommand.FindLine(octets, out _));
        "x\r\n"u8.CopyTo(octets.AsSpan(SmtpCommand.MaxLine - 2));
        "\r\n"u8.CopyTo(octets.AsSpan(SmtpCommand.MaxLine - 2));
        Assert.Equal(CommandLineStatus.Complete, SmtpCommand.FindLine(octets, out _));
    }

    [Theory]
    [InlineData("MAIL FROM:<a@b>", SmtpVerb.Mail, "FROM:<a@b>")]
    [InlineData("mail  FROM:<a@b> ", SmtpVerb.Mail, "FROM:<a@b>")]
    [InlineData("Rcpt TO:<a@b>", SmtpVerb.Rcpt, "TO:<a@b>")]
    [InlineData("DATA", SmtpVerb.Data, "")]
    [InlineData("bdat 10 LAST", SmtpVerb.Bdat, "10 LAST")]
    [InlineData("EHLO x", SmtpVerb.Ehlo, "x")]
    [InlineData("HELO x", SmtpVerb.Helo, "x")]
    [InlineData("RSET", SmtpVerb.Rset, "")]
    [InlineData("NOOP", SmtpVerb.Noop, "")]
    [InlineData("HELP", SmtpVerb.Help, "")]
    [InlineData("VRFY x", SmtpVerb.Vrfy, "x")]
    [InlineData("EXPN x", SmtpVerb.Expn, "x")]
    [InlineData("QUIT ", SmtpVerb.Quit, "")]
    [InlineData("StartTls", SmtpVerb.StartTls, "")]
    [InlineData("AUTH PLAIN", SmtpVerb.Auth, "PLAIN")]
    [InlineData("QUIT\t", SmtpVerb.Unknown, "")]
    [InlineData("", SmtpVerb.Unknown, "")]
    [InlineData("MAI", SmtpVerb.Unknown, "")]
    [InlineData("MAILS", SmtpVerb.Unknown, "")]
    [InlineData("\u00cd\u0041\u0049\u004c", SmtpVerb.Unknown, "")]
    public void A_verb_is_known_in_any_case(string line, SmtpVerb verb, string argument)
    {
        SmtpCommand command = SmtpCommand.Parse(Encoding.Latin1.GetBytes(line));
        Assert.Equal(verb, command.Verb);
        Assert.Equal(argument, Encoding.Latin1.GetString(command.Argument));
    }
}
