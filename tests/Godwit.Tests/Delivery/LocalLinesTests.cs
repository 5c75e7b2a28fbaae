using System.Text;
using Godwit.Delivery;

namespace Godwit.Tests.Delivery;

public sealed class LocalLinesTests
{
    [Theory]
    [InlineData("a\r\nb\r\n", "a\nb\n")]
    [InlineData("a\rb\nc\r\r\nd\r", "a\rb\nc\r\nd\r")]
    [InlineData("From me\r\n", "From me\n")]
    [InlineData("", "")]
    public void Line_ends_become_those_of_the_system_wherever_the_content_is_cut(string content, string expected) => Same(content, expected, quotes: false);

    [Theory]
    [InlineData("From me\r\n", ">From me\n")]
    [InlineData("x\r\n>From me\r\n>>From you\r\n", "x\n>>From me\n>>>From you\n")]
    [InlineData("x From me\r\nFromage\r\n>Fro\r\n>\r\nFrom", "x From me\nFromage\n>Fro\n>\nFrom")]
    [InlineData("F>From \r\nFF\r\n\r\nFrom ", "F>From \nFF\n\n>From ")]
    public void In_a_mailbox_only_lines_that_look_like_a_beginning_are_quoted(string content, string expected) => Same(content, expected, quotes: true);

    [Fact]
    public void Binary_content_stays_as_it_is()
    {
        var lines = new LocalLines(quotesFrom: false, keepsLineEnds: true);

        Assert.Equal("a\r\nb\r"u8, lines.Turn("a\r\nb\r"u8).Span);
    }

    private static void Same(string content, string expected, bool quotes)
    {
        byte[] octets = Encoding.ASCII.GetBytes(content);
        for (int first = 0; first <= octets.Length; first++)
        {
            for (int second = first; second <= octets.Length; second++)
            {
                var lines = new LocalLines(quotes, keepsLineEnds: false);
                var all = new List<byte>();
                all.AddRange(lines.Turn(octets.AsSpan(0, first)).Span);
                all.AddRange(lines.Turn(octets.AsSpan(first, second - first)).Span);
                all.AddRange(lines.Turn(octets.AsSpan(second)).Span);
                all.AddRange(lines.End().Span);
                Assert.Equal(expected, Encoding.ASCII.GetString([.. all]));
            }
        }
    }
}
