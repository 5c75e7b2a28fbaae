using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Tests.Disposition;

/// <summary>Replies that no pattern knew: equal ones fall together, the most frequent stand first, and memory stays bounded.</summary>
public sealed class UnclassifiedRepliesTests
{
    private static readonly Instant _start = Instant.FromUnixMilliseconds(1_800_000_000_000);
    private static readonly DomainName _destination = DomainName.Parse("receiver.example");
    private static readonly DomainName _sender = DomainName.Parse("sender.example");

    [Theory]
    [InlineData("451 4.7.1 <joe@receiver.example>: try later", "451 4.7.1 <anna.b+c@receiver.example>: try later")]
    [InlineData("421 192.0.2.1 is busy", "421 198.51.100.77 is busy")]
    [InlineData("421 [2001:db8::1] is busy", "421 [2001:db8:7::a:b] is busy")]
    [InlineData("421 ::1 is busy", "421 192.0.2.1 is busy")]
    [InlineData("421 slow down, ticket 123456", "421 slow down, ticket 98765")]
    [InlineData("421 slow down. 5b1f17b1804b1-4a8f93 - gsmtp", "421 slow down. d2e1a72fcca58-7b0c11 - gsmtp")]
    [InlineData("450 queued as 4fQ2xk3Zz9tB7 for now", "450 queued as 9aB1cd4Ef8gH2 for now")]
    [InlineData("450 see https://help.example/a?ip=192.0.2.1", "450 see http://help.example/b")]
    [InlineData("450 mail of sender.example waits", "450 mail of news.SENDER.example waits")]
    [InlineData("450 at 12:30:45 too busy", "450 at 9:01:07 too busy")]
    [InlineData("450 Try Again", "450 try again")]
    public void Replies_that_differ_in_what_differs_anyway_are_one_kind(string one, string other)
    {
        var replies = new UnclassifiedReplies();

        Add(replies, one, 0);
        Add(replies, other, 1);

        UnclassifiedReply kind = Assert.Single(replies.Top(10));
        Assert.Equal((2L, _start, _start + TimeSpan.FromSeconds(1), one), (kind.Count, kind.First, kind.Last, kind.Sample));
    }

    [Theory]
    [InlineData("421 4.7.0 try later", "421 4.7.1 try later")]
    [InlineData("421 try later", "451 try later")]
    [InlineData("550 BL000001", "550 BL000010")]
    [InlineData("550 OFR_102 refused", "550 OFR_103 refused")]
    [InlineData("550 mx SFR_IN_101", "550 mx SFR_IN_105")]
    [InlineData("550 AUP#In-1310", "550 AUP#In-1320")]
    [InlineData("550 mail of sender.example waits", "550 mail of notsender.example waits")]
    public void Replies_that_say_something_else_are_two_kinds(string one, string other)
    {
        var replies = new UnclassifiedReplies();

        Add(replies, one, 0);
        Add(replies, other, 1);

        Assert.Equal(2, replies.Top(10).Count);
    }

    [Fact]
    public void What_is_masked_is_named()
    {
        var replies = new UnclassifiedReplies();

        Add(replies, "450 4.1.0 <joe@receiver.example> from 192.0.2.1 (a.sender.example) id 1234567 https://x.example/ at 10:00:00.", 0);

        Assert.Equal("450 4.1.0 <<address>> from <ip> (<domain>) id <id> <url> at <time>.", Assert.Single(replies.Top(1)).Mask);
        Assert.Equal(_destination, replies.Top(1)[0].Destination);
    }

    [Fact]
    public void The_most_frequent_kind_stands_first()
    {
        var replies = new UnclassifiedReplies();
        foreach ((string text, int times) in new[] { ("450 once", 1), ("450 often", 5), ("451 sometimes", 3) })
        {
            for (int i = 0; i < times; i++)
            {
                Add(replies, text, i);
            }
        }

        Assert.Equal(["450 often", "451 sometimes"], replies.Top(2).Select(r => r.Mask));
        Assert.Empty(replies.Top(0));
    }

    [Fact]
    public void Only_refusals_are_counted()
    {
        var replies = new UnclassifiedReplies();

        Add(replies, "250 2.0.0 OK", 0);
        Add(replies, "354 go on", 0);

        Assert.Empty(replies.Top(10));
    }

    [Fact]
    public void A_new_kind_takes_the_place_of_the_rarest_that_was_seen_longest_ago()
    {
        var replies = new UnclassifiedReplies(mostKinds: 3);
        Add(replies, "450 often", 0);
        Add(replies, "450 often", 1);
        Add(replies, "450 old", 2);
        Add(replies, "450 young", 3);

        Add(replies, "450 new", 4);

        Assert.Equal(["450 often", "450 new", "450 young"], replies.Top(10).Select(r => r.Mask));
        Assert.Equal(1, replies.Forgotten);
    }

    [Fact]
    public void However_many_kinds_a_peer_makes_up_no_more_than_the_bound_are_kept()
    {
        var replies = new UnclassifiedReplies();
        Add(replies, "450 known", 0);
        Add(replies, "450 known", 0);
        foreach (string letters in from a in "abcdefghijkl" from b in "abcdefghijkl" from c in "abcdefghijkl" select $"{a}{b}{c}")
        {
            Add(replies, $"450 {letters}", 1);
        }

        Assert.Equal(UnclassifiedReplies.MostKinds, replies.Top(int.MaxValue).Count);
        Assert.Equal("450 known", replies.Top(1)[0].Mask);
        Assert.Equal(1 + 12 * 12 * 12 - UnclassifiedReplies.MostKinds, replies.Forgotten);
    }

    [Fact]
    public void A_very_long_reply_is_cut_where_a_word_ends()
    {
        var replies = new UnclassifiedReplies();
        string body = string.Concat(Enumerable.Repeat("word ", 78));

        Add(replies, $"450 {body}abcdefgh{new string('x', 5000)}", 0);
        Add(replies, $"450 {body}abcdefgh{new string('y', 9000)}", 1);

        UnclassifiedReply kind = Assert.Single(replies.Top(10));
        Assert.InRange(kind.Mask.Length, 350, 400);
        Assert.Equal(UnclassifiedReplies.MaxSample, kind.Sample.Length);
    }

    [Fact]
    public async Task Threads_count_together()
    {
        var replies = new UnclassifiedReplies();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                Add(replies, $"450 busy, ticket {thread}{i:00000}", i);
            }
        })));

        Assert.Equal(2000, Assert.Single(replies.Top(10)).Count);
    }

    [Theory]
    [InlineData("554 5.7.1 refused BL000001", "BL000001 means Spamhaus")]
    [InlineData("554 5.7.1 refused bl001010.", "BL001010 means Cloudmark, Trend Micro")]
    [InlineData("554 192.0.2.1 is blocked. IPBL1101", "IPBL1101 means Spamhaus Zen, Invaluement, Cloudmark")]
    [InlineData("554 refused BL000000", "")]
    [InlineData("554 refused BL00001", "")]
    [InlineData("554 refused XBL000001", "")]
    public void Bits_in_a_providers_code_are_named(string reply, string meaning)
    {
        Assert.Equal(meaning, BlockListCodes.Explain(reply));
    }

    private static void Add(UnclassifiedReplies replies, string text, int seconds) => replies.Add(
        new SmtpReply(int.Parse(text[..3], System.Globalization.CultureInfo.InvariantCulture), text[4..]), _destination, _start + TimeSpan.FromSeconds(seconds), _sender, default);
}
