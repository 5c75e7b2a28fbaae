using System.Text;
using CsCheck;
using Godwit.Smtp;

namespace Godwit.Tests.Smtp;

public sealed class DataReceiverTests
{
    private static readonly string[] _pieces = ["\r\n", "\r\n.", "\r\n..", "\r\n", "x", "hello world", ".", "\r", "\n", "\0"];

    [Theory]
    [InlineData(".\r\n", "")]
    [InlineData("a\r\n.\r\n", "a\r\n")]
    [InlineData("..\r\n.\r\n", ".\r\n")]
    [InlineData(".a\r\n.\r\n", "a\r\n")]
    [InlineData("\r\n.\r\n", "\r\n")]
    [InlineData("a\r\n.b\r\n..c\r\n...\r\n.\r\n", "a\r\nb\r\n.c\r\n..\r\n")]
    [InlineData("a.\r\n.\r\n", "a.\r\n")]
    public void The_content_is_what_stands_before_the_end_without_doubled_dots(string sent, string expected)
    {
        for (int split = 0; split <= sent.Length; split++)
        {
            (DataStatus status, string content, int consumed, OctetFault fault) = Receive(sent + "NOOP\r\n", [split], 1000);
            Assert.Equal((DataStatus.Complete, expected, sent.Length, OctetFault.None), (status, content, consumed, fault));
        }
    }

    [Theory]
    [InlineData("a\n.\r\n")]
    [InlineData("a\n.\n")]
    [InlineData("a\r.\r\n")]
    [InlineData("a\r.\r")]
    [InlineData("a\r\n.\n")]
    [InlineData("a\r\n.\rb")]
    [InlineData("a\r\n.\r\r\n")]
    [InlineData("a\r\r\n\n.\n")]
    [InlineData(".\n")]
    public void What_a_laxer_reader_takes_for_the_end_is_ambiguous_at_every_split(string sent)
    {
        for (int split = 0; split <= sent.Length; split++)
        {
            Assert.Equal(DataStatus.Ambiguous, Receive(sent, [split], 1000).Status);
        }
    }

    [Theory]
    [InlineData("a\nb\r\n.\r\n", OctetFault.BareLineEnd)]
    [InlineData("a\rb\r\n.\r\n", OctetFault.BareLineEnd)]
    [InlineData("a\r\r\n.\r\n", OctetFault.BareLineEnd)]
    [InlineData("\na\r\n.\r\n", OctetFault.BareLineEnd)]
    [InlineData("a\0\r\n.\r\n", OctetFault.Nul)]
    [InlineData("\0\n\r\n.\r\n", OctetFault.BareLineEnd)]
    [InlineData(".\0\r\n.\r\n", OctetFault.Nul)]
    [InlineData("a\r\0\n\r\n.\r\n", OctetFault.BareLineEnd)]
    public void Wrong_octets_are_told_at_the_true_end(string sent, OctetFault expected)
    {
        for (int split = 0; split <= sent.Length; split++)
        {
            (DataStatus status, _, int consumed, OctetFault fault) = Receive(sent + "NOOP\r\n", [split], 1000);
            Assert.Equal((DataStatus.Complete, sent.Length, expected), (status, consumed, fault));
        }
    }

    [Fact]
    public void Every_content_is_read_as_a_slow_and_simple_reader_reads_it()
    {
        Gen<string> octets = Gen.Char["ab.\r\n\0"].Array[0, 40].Select(chars => new string(chars));
        Gen<string> mostlyLines = Gen.Int[0, _pieces.Length - 1].Select(i => _pieces[i]).Array[0, 30].Select(string.Concat);
        Gen.Select(Gen.Frequency((1, octets), (1, mostlyLines)), Gen.Int[0, 45].Array[0, 5], Gen.Int[1, 50]).Sample(
            (body, splits, room) =>
            {
                string sent = body + "\r\n.\r\nQUIT\r\n";
                (DataStatus status, string content, int consumed, OctetFault fault) = Receive(sent, splits, room);
                Reference expected = Reference.Read(sent);
                return status == expected.Status
                    && (status == DataStatus.Ambiguous
                        || (consumed == expected.Consumed && fault == expected.Fault && (fault != OctetFault.None || content == expected.Content)));
            },
            iter: 200_000,
            seed: "0000godwit01");
    }

    [Fact]
    public void Discarded_content_needs_no_room_and_ends_where_it_should()
    {
        var receiver = new DataReceiver();
        receiver.Begin();
        receiver.Discard();
        Assert.Equal(DataStatus.Complete, receiver.Receive("lots\r\n..of\r\n.\r\nQUIT\r\n"u8, default, out int consumed, out int written));
        Assert.Equal((15, 0), (consumed, written));
    }

    private static (DataStatus Status, string Content, int Consumed, OctetFault Fault) Receive(string sent, int[] splits, int room)
    {
        var receiver = new DataReceiver();
        receiver.Begin();
        byte[] octets = Encoding.Latin1.GetBytes(sent);
        byte[] output = new byte[room];
        var content = new StringBuilder();
        int position = 0;
        foreach (int end in splits.Order().Append(octets.Length))
        {
            while (position < end && position < octets.Length)
            {
                int upTo = Math.Min(end, octets.Length);
                DataStatus status = receiver.Receive(octets.AsSpan(position, upTo - position), output, out int consumed, out int written);
                if (status == DataStatus.Ambiguous)
                {
                    return (status, "", 0, receiver.Fault);
                }

                Assert.True(written <= consumed);
                Assert.True(consumed > 0);
                content.Append(Encoding.Latin1.GetString(output, 0, written));
                position += consumed;
                if (status == DataStatus.Complete)
                {
                    return (status, content.ToString(), position, receiver.Fault);
                }
            }
        }

        return (DataStatus.More, content.ToString(), position, receiver.Fault);
    }

    /// <summary>The rules again, an octet at a time over the whole text.</summary>
    private sealed record Reference(DataStatus Status, string Content, int Consumed, OctetFault Fault)
    {
        public static Reference Read(string sent)
        {
            var content = new StringBuilder();
            OctetFault fault = OctetFault.None;
            int position = 0;
            bool trueStart = true;
            bool falseStart = false;
            while (position < sent.Length)
            {
                string rest = sent[position..];
                if (trueStart && rest.StartsWith(".\r\n", StringComparison.Ordinal))
                {
                    return new Reference(DataStatus.Complete, content.ToString(), position + 3, fault);
                }

                if ((trueStart || falseStart) && rest.Length > 1 && rest[0] == '.' && rest[1] is '\r' or '\n')
                {
                    return new Reference(DataStatus.Ambiguous, "", 0, fault);
                }

                if (trueStart && rest[0] == '.')
                {
                    position++;
                    trueStart = false;
                    continue;
                }

                bool whole = rest.StartsWith("\r\n", StringComparison.Ordinal);
                bool bare = !whole && rest[0] is '\r' or '\n';
                fault = bare ? OctetFault.BareLineEnd : rest[0] == '\0' && fault == OctetFault.None ? OctetFault.Nul : fault;
                int length = whole ? 2 : 1;
                content.Append(rest, 0, length);
                position += length;
                trueStart = whole;
                falseStart = bare;
            }

            return new Reference(DataStatus.More, content.ToString(), position, fault);
        }
    }
}
