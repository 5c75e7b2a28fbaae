using System.Text;
using Godwit.Mail;

namespace Godwit.Tests.Mail;

public sealed class HeaderBlockTests
{
    [Theory]
    [InlineData("A: 1\r\nB: 2\r\n\r\nbody", "A: 1\r\nB: 2\r\n")]
    [InlineData("A: 1\r\n folded\r\n\tmore\r\n\r\nbody", "A: 1\r\n folded\r\n\tmore\r\n")]
    [InlineData("\r\nbody", "")]
    [InlineData("no header at all\r\n", "")]
    [InlineData(" folded first line\r\n", "")]
    [InlineData("A: 1\r\nbody without empty line\r\n", "A: 1\r\n")]
    [InlineData("A: 1\r\nB: cut", "A: 1\r\nB: cut")]
    [InlineData("Subject : blank before the colon\r\n\r\n", "Subject : blank before the colon\r\n")]
    [InlineData("two words: is no field\r\n\r\n", "")]
    [InlineData("", "")]
    public void The_header_ends_where_the_first_line_is_no_field(string content, string header)
    {
        Assert.True(HeaderBlock.TryFindEnd(Encoding.ASCII.GetBytes(content), complete: true, out int length));
        Assert.Equal(header, content[..length]);
    }

    [Theory]
    [InlineData("A: 1\r\n")]
    [InlineData("A: 1")]
    [InlineData("A: 1\r\nB: 2\r")]
    public void A_header_that_may_go_on_is_not_called_complete(string content)
    {
        Assert.False(HeaderBlock.TryFindEnd(Encoding.ASCII.GetBytes(content), complete: false, out _));
    }

    [Fact]
    public void Fields_are_found_by_name_with_their_folds()
    {
        var block = new HeaderBlock("Received: a\r\n b\r\nX-JOB: spring \r\nReceived: c\r\n"u8);

        Assert.True(block.TryFind("x-job"u8, out HeaderField job));
        Assert.Equal("spring", Encoding.ASCII.GetString(block.Value(job)));
        Assert.True(block.TryFind("received"u8, out HeaderField received));
        Assert.Equal("Received: a\r\n b\r\n", Encoding.ASCII.GetString(block.Octets.Slice(received.Start, received.Length)));
        Assert.Equal(2, block.Count("received"u8, 10));
        Assert.Equal(1, block.Count("received"u8, 1));
        Assert.False(block.TryFind("subject"u8, out _));
    }
}
