using System.Net;
using Godwit.Diagnostics;
using Godwit.Foundation;

namespace Godwit.Tests.Diagnostics;

public sealed class ActivityBookTests
{
    private static readonly IPAddress _source = IPAddress.Parse("192.0.2.10");

    private readonly ActivityBook _book = new();

    [Fact]
    public void Fates_are_counted_by_destination_by_virtual_mta_by_source_and_by_job()
    {
        _book.Settled(Settled("a.example", "v1", delivered: 3, deferred: 1, at: 10));
        _book.Settled(Settled("b.example", "v1", bounced: 2, at: 20, reply: "5.1.1 no such user"));

        Assert.Equal((3, 1, 0), Fates(_book.Destination("a.example")!.Value));
        Assert.Equal((0, 0, 2), Fates(_book.Destination("b.example")!.Value));
        Assert.Equal((3, 1, 2), Fates(_book.VirtualMta("v1")!.Value));
        ActivityReport<SourceKey> source = _book.Source(new SourceKey("v1", _source))!.Value;
        Assert.Equal((3, 1, 2), Fates(source));
        Assert.Equal(("550 5.1.1 no such user", new Instant(20)), (source.LastReply, source.LastTime));
        Assert.Null(_book.Destination("c.example"));
    }

    [Fact]
    public void A_job_says_how_far_it_has_come()
    {
        _book.Accepted("summer", 10, new Instant(5));
        _book.Accepted("", 10, new Instant(6));
        _book.Settled(Settled("a.example", "v1", delivered: 3, deferred: 2, bounced: 1, at: 30));

        // An operator's deletion is no speed.
        _book.Removed("summer", 2, new Instant(30));
        Instant now = new(TimeSpan.TicksPerMinute);

        Assert.Equal(
            new JobActivity("summer", 10, 3, 3, 2, new Instant(5), new Instant(30)), Assert.Single(_book.Jobs(now)) with { PerMinute = 0 });
        Assert.Equal(4, _book.Jobs(now)[0].PerMinute, tolerance: 0.01);
        Assert.Equal(_book.Jobs(now)[0], _book.Job("summer", now));
        Assert.Null(_book.Job("", now));
    }

    [Fact]
    public void The_destination_used_longest_ago_makes_room()
    {
        for (int i = 0; i < ActivityBook.MostDestinations * 3 / 2; i++)
        {
            _book.Settled(Settled($"d{i}.example", "v1", delivered: 1, at: i));
            _book.Settled(Settled("busy.example", "v1", delivered: 1, at: i));
        }

        Assert.InRange(_book.Destinations().Count, ActivityBook.MostDestinations * 9 / 10, ActivityBook.MostDestinations);
        Assert.Equal(ActivityBook.MostDestinations * 3 / 2, _book.Destination("busy.example")!.Value.Delivered);
        Assert.Null(_book.Destination("d0.example"));
        Assert.NotNull(_book.Destination($"d{ActivityBook.MostDestinations * 3 / 2 - 1}.example"));
    }

    [Fact]
    public void A_reply_is_cut()
    {
        _book.Settled(Settled("a.example", "v1", deferred: 1, reply: new string('x', 2000)));

        Assert.Equal(4 + ActivityBook.MaxReply, _book.Destination("a.example")!.Value.LastReply.Length);
    }

    [Fact]
    public void What_is_known_is_counted_without_new_memory()
    {
        SettledRecipients settled = Settled("a.example", "v1", delivered: 1);
        _book.Settled(settled);
        _book.Settled(settled with { Destination = "b.example" });
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            _book.Settled(settled with { Destination = i % 2 == 0 ? "a.example" : "b.example" });
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 999);
    }

    [Fact]
    public void A_destination_keeps_its_most_frequent_replies()
    {
        ReplyBook replies = _book.Replies;
        for (int i = 0; i < ReplyBook.MostOfDestination + 10; i++)
        {
            replies.Add("a.example", $"rare {i}", $"451 rare {i}", 1, new Instant(i));
            replies.Add("a.example", "450 try <id>", $"450 try {i}", 2, new Instant(i));
        }

        replies.Add("b.example", "450 try <id>", "450 try x", 1, new Instant(1));
        IReadOnlyList<ReplyGroup> groups = replies.Of("a.example");
        Assert.Equal(ReplyBook.MostOfDestination, groups.Count);
        Assert.Equal(new ReplyGroup("450 try <id>", 2 * (ReplyBook.MostOfDestination + 10), "450 try 0", new Instant(ReplyBook.MostOfDestination + 9)), groups[0]);
        Assert.DoesNotContain(groups, group => group.Pattern == "rare 0");
        Assert.Single(replies.Of("b.example"));
        Assert.Empty(replies.Of("c.example"));
    }

    [Fact]
    public void Of_all_replies_that_which_was_heard_longest_ago_makes_room()
    {
        for (int i = 0; i <= ReplyBook.MostGroups; i++)
        {
            _book.Replies.Add($"d{i}.example", "451 later", "451 later", 1, new Instant(i));
        }

        Assert.Empty(_book.Replies.Of("d0.example"));
        Assert.Single(_book.Replies.Of("d1.example"));
        Assert.Single(_book.Replies.Of($"d{ReplyBook.MostGroups}.example"));
    }

    private static SettledRecipients Settled(
        string destination, string virtualMta, int delivered = 0, int deferred = 0, int bounced = 0, long at = 0, string reply = "2.0.0 ok") =>
        new(destination, virtualMta, _source, "summer", delivered, deferred, bounced, bounced > 0 ? 550 : deferred > 0 ? 451 : 250, reply, new Instant(at));

    private static (long Delivered, long Deferred, long Bounced) Fates<TKey>(ActivityReport<TKey> report) => (report.Delivered, report.Deferred, report.Bounced);
}
