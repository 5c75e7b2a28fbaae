using System.Net;
using Godwit.Diagnostics;
using Godwit.Foundation;

namespace Godwit.Tests.Diagnostics;

public sealed class RecipientEventsTests
{
    private readonly RecipientEvents _events = new();

    [Fact]
    public void An_event_comes_back_as_it_was_told()
    {
        RecipientEvent told = Event("Ünal@a.example") with
        {
            Job = "summer",
            Source = IPAddress.Parse("2001:db8::1"),
            Host = "mx.a.example (192.0.2.1)",
            HostAddress = IPAddress.Parse("192.0.2.1"),
            ReplyCode = 550,
            ReplyText = "5.1.1 no such user “x”",
        };

        _events.Add(told);

        RecipientEvent read = Assert.Single(_events.Read(EventQuestion.All, 10));
        Assert.Equal(told, read);
        Assert.Equal(("a.example/v1", "550 5.1.1 no such user “x”"), (read.Queue, read.Reply));
    }

    [Fact]
    public void Events_are_found_by_queue_by_job_by_kind_and_by_address_the_newest_first()
    {
        _events.Add(Event("one@a.example"));
        _events.Add(Event("two@a.example") with { Job = "summer" });
        _events.Add(Event("one@a.example") with { Kind = RecipientEventKind.Bounced, VirtualMta = "v2" });
        _events.Add(Event("three@b.example") with { Destination = "b.example" });

        Assert.Equal([3, 2, 1, 0], Numbers(EventQuestion.All));
        Assert.Equal([2, 0], Numbers(new EventQuestion { Recipient = "ONE@a.example" }));
        Assert.Equal([2, 1, 0], Numbers(new EventQuestion { Recipient = "@A.example" }));
        Assert.Equal([1, 0], Numbers(new EventQuestion { Destination = "a.example", VirtualMta = "v1" }));
        Assert.Equal([1], Numbers(new EventQuestion { Job = "summer" }));
        Assert.Equal([2], Numbers(new EventQuestion { Kind = RecipientEventKind.Bounced }));
        Assert.Equal([1, 0], Numbers(new EventQuestion { Before = 2 }));
        Assert.Equal([3, 2], _events.Read(EventQuestion.All, 2).Select(one => one.Number));
    }

    [Fact]
    public void The_last_hundred_thousand_are_kept_and_the_older_ones_go()
    {
        for (int i = 0; i < RecipientEvents.MostEvents + 20_000; i++)
        {
            _events.Add(Event($"user{i}@a.example"));
        }

        IReadOnlyList<RecipientEvent> all = _events.Read(EventQuestion.All, int.MaxValue);
        Assert.InRange(all.Count, RecipientEvents.MostEvents, RecipientEvents.MostEvents + 5000);
        Assert.Equal($"user{RecipientEvents.MostEvents + 19_999}@a.example", all[0].Recipient);
        Assert.Equal(Enumerable.Range(0, all.Count).Select(i => _events.Total - 1 - i), all.Select(one => one.Number));
    }

    [Fact]
    public void Long_replies_are_cut_and_memory_stays_bounded()
    {
        string reply = new('€', 5000);
        for (int i = 0; i < 40_000; i++)
        {
            _events.Add(Event("a@a.example") with { ReplyCode = 451, ReplyText = reply, Job = reply });
        }

        Assert.Equal(32 * 1024 * 1024, _events.Octets);
        RecipientEvent last = _events.Read(EventQuestion.All, 1)[0];
        Assert.Equal(new string('€', ActivityBook.MaxReply), last.ReplyText);
        Assert.Equal(new string('€', 85), last.Job);
        Assert.Single(_events.Read(new EventQuestion { Job = reply }, 1));
    }

    [Fact]
    public async Task Events_are_read_while_others_are_told()
    {
        var telling = Task.Run(() =>
        {
            for (int i = 0; i < 300_000; i++)
            {
                _events.Add(Event($"user{i}@a.example") with { Job = $"user{i}@a.example" });
            }
        });

        while (!telling.IsCompleted)
        {
            Assert.All(_events.Read(EventQuestion.All, 5000), one => Assert.Equal((one.Recipient, "user" + one.Number + "@a.example"), (one.Job, one.Recipient)));
        }

        await telling;
    }

    [Fact]
    public void A_follower_sees_what_it_asked_for_and_is_told_what_it_lost()
    {
        using EventFollower follower = _events.Follow(new EventQuestion { Recipient = "@a.example" }, room: 2)!;
        _events.Add(Event("one@a.example"));
        _events.Add(Event("two@b.example"));
        _events.Add(Event("three@a.example"));
        _events.Add(Event("four@a.example"));

        Assert.True(follower.Events.TryRead(out RecipientEvent first));
        Assert.True(follower.Events.TryRead(out RecipientEvent second));
        Assert.Equal((0, "one@a.example", 2, "three@a.example"), (first.Number, first.Recipient, second.Number, second.Recipient));
        Assert.Equal((1, 0), (follower.TakeDropped(), follower.TakeDropped()));
    }

    [Fact]
    public async Task A_follower_that_leaves_makes_room_for_another()
    {
        EventFollower[] all = [.. Enumerable.Range(0, 64).Select(_ => _events.Follow(EventQuestion.All)!)];
        Assert.All(all, Assert.NotNull);
        Assert.Null(_events.Follow(EventQuestion.All));

        all[0].Dispose();
        using EventFollower? another = _events.Follow(EventQuestion.All);
        _events.Add(Event("one@a.example"));

        Assert.True(another!.Events.TryRead(out _));
        Assert.False(await all[0].Events.WaitToReadAsync());
    }

    private static RecipientEvent Event(string recipient) =>
        new(RecipientEventKind.Delivered, new Instant(12345), recipient, "a.example", "v1", null);

    private IEnumerable<long> Numbers(EventQuestion question) => _events.Read(question, 100).Select(one => one.Number);
}
