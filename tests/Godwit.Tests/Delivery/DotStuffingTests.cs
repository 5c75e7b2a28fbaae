using System.Text;
using CsCheck;
using Godwit.Smtp;
using Godwit.Tests.Support;

namespace Godwit.Tests.Delivery;

public sealed class DotStuffingTests
{
    /// <summary>Content made of what is dangerous: dots, CR, LF, and a few plain octets; long enough for the vector path.</summary>
    private static readonly string[] _parts = [".", "\r", "\n", "\r\n", "\r\n.", "x", "plain text of some length that fills a vector"];

    private static readonly Gen<string> _content =
        Gen.Int[0, _parts.Length - 1].Array[0, 60].Select(picked => string.Concat(picked.Select(each => _parts[each])));

    [Fact]
    public void Any_content_comes_back_canonical_however_it_was_cut()
    {
        Gen.Select(_content, Gen.Int[1, 40]).Sample(
            (content, cut) =>
            {
                string sent = Stuffed(content, cut);
                Assert.Equal(Canonical(content), Encoding.Latin1.GetString(ReceivedMessage.Unstuffed(Encoding.Latin1.GetBytes(sent))));
            },
            seed: "0N0XIzNsQ0O2", iter: 5000);
    }

    [Fact]
    public void No_content_can_end_the_message_early_or_hold_a_bare_CR_or_LF()
    {
        Gen.Select(_content, Gen.Int[1, 40]).Sample(
            (content, cut) =>
            {
                string sent = "\r\n" + Stuffed(content, cut);
                Assert.Equal(sent.Length - 5, sent.IndexOf("\r\n.\r\n", StringComparison.Ordinal));
                string withoutPairs = sent.Replace("\r\n", "", StringComparison.Ordinal);
                Assert.DoesNotContain('\r', withoutPairs);
                Assert.DoesNotContain('\n', withoutPairs);
            },
            seed: "0N0XIzNsQ0O2", iter: 5000);
    }

    [Fact]
    public void Canonical_content_is_told_from_other_content()
    {
        _content.Sample(
            content =>
                Assert.Equal(content.Length > 0 && Canonical(content) == content, content.Length > 0 && DotStuffing.IsCanonical(Encoding.Latin1.GetBytes(content))),
            seed: "0N0XIzNsQ0O2", iter: 5000);
    }

    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData("a\r", "a\r\n.\r\n")]
    [InlineData("a\n", "a\r\n.\r\n")]
    [InlineData("a\r.b", "a\r\n..b\r\n.\r\n")]
    public void Stuffing_is_exact(string content, string sent)
    {
        Assert.Equal(sent, Stuffed(content, 1));
        Assert.Equal(sent, Stuffed(content, 1000));
    }

    private static string Stuffed(string content, int cut)
    {
        var stuffing = new DotStuffing();
        var sent = new MemoryStream();
        foreach (byte[] piece in Encoding.Latin1.GetBytes(content).Chunk(cut))
        {
            for (int at = 0; at < piece.Length;)
            {
                int run = stuffing.CleanRun(piece.AsSpan(at));
                sent.Write(piece, at, run);
                sent.Write(stuffing.Insertion);
                at += run;
            }
        }

        sent.Write(stuffing.End());
        return Encoding.Latin1.GetString(sent.ToArray());
    }

    /// <summary>Every line ended by CRLF, the last one too: the reference, octet by octet.</summary>
    private static string Canonical(string content)
    {
        var text = new StringBuilder();
        for (int i = 0; i < content.Length; i++)
        {
            switch (content[i])
            {
                case '\r':
                    text.Append("\r\n");
                    i += i + 1 < content.Length && content[i + 1] == '\n' ? 1 : 0;
                    break;
                case '\n':
                    text.Append("\r\n");
                    break;
                default:
                    text.Append(content[i]);
                    break;
            }
        }

        if (text.Length > 0 && text[^1] != '\n')
        {
            text.Append("\r\n");
        }

        return text.ToString();
    }
}
