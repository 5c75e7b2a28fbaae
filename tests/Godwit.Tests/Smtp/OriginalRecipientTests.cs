// ORCPT as clients write it.

using System.Text;
using Godwit.Smtp;

namespace Godwit.Tests.Smtp;

public sealed class OriginalRecipientTests
{
    [Theory]
    [InlineData("ORCPT=rfc822;a+2Bb@there.test", "rfc822;a+b@there.test")]
    [InlineData("ORCPT=utf-8;\\x{7528}@there.test", "utf-8;\u7528@there.test")]

    // What Postfix 3.7 sends for an address beyond ASCII.
    [InlineData("ORCPT=rfc822;+E7+94+A8+E6+88+B7@there.test", "utf-8;\u7528\u6237@there.test")]
    public void An_original_recipient_is_decoded_and_named_by_what_it_is(string parameter, string expected)
    {
        ArgumentFault fault = RcptArgument.Parse(Encoding.UTF8.GetBytes($"TO:<b@there.test> {parameter}"), smtpUtf8: true, out RcptArgument parsed);

        Assert.Equal((ArgumentFault.None, expected), (fault, parsed.OriginalRecipient));
    }

    [Theory]
    [InlineData("ORCPT=rfc822;+E7+94+A8@there.test", false)]
    [InlineData("ORCPT=rfc822;+E7+94@there.test", true)]
    [InlineData("ORCPT=rfc822;a+0D+0Ab@there.test", true)]
    [InlineData("ORCPT=rfc822;a+C2+85b@there.test", true)]
    public void What_cannot_be_shown_or_was_not_announced_is_refused(string parameter, bool smtpUtf8)
    {
        ArgumentFault fault = RcptArgument.Parse(Encoding.UTF8.GetBytes($"TO:<b@there.test> {parameter}"), smtpUtf8, out _);

        Assert.Equal(ArgumentFault.ParameterValue, fault);
    }
}
