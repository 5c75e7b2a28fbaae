using Godwit.Mail;

namespace Godwit.Tests.Mail;

public sealed class SmtpReplyTests
{
    [Theory]
    [InlineData("5.1.1 no such user", "5.1.1")]
    [InlineData("4.7.28 slow down", "4.7.28")]
    [InlineData("2.0.0", "2.0.0")]
    [InlineData("5.1.1", "5.1.1")]
    [InlineData("5.1.1234 too long", "")]
    [InlineData("5.1.1-dashed", "")]
    [InlineData("3.1.1 no such class", "")]
    [InlineData("user unknown", "")]
    [InlineData("5..1 x", "")]
    [InlineData("", "")]
    public void The_enhanced_status_is_read_from_the_head_of_the_text(string text, string status)
    {
        Assert.Equal(status, new SmtpReply(550, text).Status.ToString());
    }

    [Theory]
    [InlineData(250, "ok", "2.0.0")]
    [InlineData(451, "later", "4.0.0")]
    [InlineData(550, "5.2.2 full", "5.2.2")]
    public void A_reply_without_status_has_the_one_of_its_class(int code, string text, string status)
    {
        Assert.Equal(status, new SmtpReply(code, text).StatusOrDefault.ToString());
    }
}
