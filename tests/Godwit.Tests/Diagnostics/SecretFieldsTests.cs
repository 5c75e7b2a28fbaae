using System.Text;
using Godwit.Diagnostics;

namespace Godwit.Tests.Diagnostics;

public sealed class SecretFieldsTests
{
    [Theory]
    [InlineData("X-DKIM-Key: abc\r\n d\r\nTo: a\r\n\r\nX-DKIM-Key: b\r\n", "X-DKIM-Key:****\r\n**\r\nTo: a\r\n\r\nX-DKIM-Key: b\r\n")]
    [InlineData("To: a\r\nx-dkim-KEY \t:abc\r\n\td\r\n\r\n e", "To: a\r\nx-dkim-KEY \t:***\r\n**\r\n\r\n e")]
    [InlineData("X-DKIM-Key: a\nb\rc\r\nTo: a\r\n", "X-DKIM-Key:****\r*\r\nTo: a\r\n")]
    [InlineData("X-DKIM-Keys: a\r\nX-DKIM: b\r\n X-DKIM-Key: c\r\n", "X-DKIM-Keys: a\r\nX-DKIM: b\r\n X-DKIM-Key: c\r\n")]
    [InlineData("X-DKIM-Key: abc", "X-DKIM-Key:****")]
    [InlineData("\r\nX-DKIM-Key: abc", "\r\nX-DKIM-Key: abc")]
    public void A_private_key_is_hidden_wherever_its_message_is_cut(string message, string expected)
    {
        byte[] octets = Encoding.ASCII.GetBytes(message);
        for (int cut = 0; cut <= octets.Length; cut++)
        {
            byte[] shown = [.. octets];
            var secrets = new SecretFields();
            secrets.Hide(shown.AsSpan(0, cut));
            secrets.Hide(shown.AsSpan(cut));

            Assert.Equal(expected, Encoding.ASCII.GetString(shown));
        }
    }
}
