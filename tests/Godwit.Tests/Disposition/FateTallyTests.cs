using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Tests.Accounting;
using Godwit.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Disposition;

[Collection("alone")] // What long replies take is measured on the heap of the whole process.
public sealed class FateTallyTests
{
    private static readonly QueueKey _key = new(DomainName.Parse("example.com"), "vmta48");
    private static readonly Instant _now = new(1_000_000);
    private static readonly AttemptContext _attempt =
        new() { DeliveryType = "smtp", Mta = "mx.example.com (192.0.2.1)", SourceAddress = System.Net.IPAddress.Parse("192.0.2.10") };

    private readonly TrafficCounters _traffic = new(new ServerClock(new FakeTimeProvider()));
    private readonly List<string> _errors = [];
    private readonly FateTally _tally;

    public FateTallyTests() => _tally = new FateTally((_, text, _) => _errors.Add(text), _traffic);

    [Fact]
    public void What_an_operator_deletes_is_no_doing_of_the_destination()
    {
        Add(Bounced("5.1.1 no such user"), _attempt);
        var deleted = new Verdict(VerdictKind.Bounced, new SmtpReply(550, "5.0.0 deleted by administrator"), new EnhancedStatus(5, 0, 0), default, "other") { IsLocal = true };

        Add(deleted, new AttemptContext { DeliveryType = "smtp" }, new RemovalTerms(Record: true, Tell: false));

        ActivityReport<string> destination = Assert.Single(_traffic.Activity.Destinations());
        Assert.Equal((1L, 550, "5.1.1 no such user"), (destination.Bounced, destination.ReplyCode, destination.ReplyText));
        Assert.Equal((1L, 1L), (Assert.Single(_traffic.Activity.VirtualMtas()).Bounced, _traffic.Activity.Bounced.Count));
        Assert.Equal([("bad-mailbox", "", 1L)], _traffic.BounceCategories.Read());
        Assert.Equal("550 5.1.1 no such user", Assert.Single(_traffic.Events.Read(EventQuestion.All, 10)).Reply);
        Assert.Single(_errors);

        // The server and the job have two recipients less all the same.
        Assert.Equal((2L, 2L), (_traffic.Bounced.Total, _traffic.Activity.Job("summer", _now)!.Value.Bounced));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("451 4.7.1 greylisted")]
    public void What_grows_too_old_is_not_said_by_the_destination(string? before)
    {
        Add(Bounced("5.1.1 no such user"), _attempt);

        Add(LastReply.Expired(before ?? "", new DeliverySettings(), _now), new AttemptContext { DeliveryType = "smtp" });

        ActivityReport<string> destination = Assert.Single(_traffic.Activity.Destinations());
        Assert.Equal((2L, 550, "5.1.1 no such user"), (destination.Bounced, destination.ReplyCode, destination.ReplyText));
        Assert.Equal("550 5.1.1 no such user", Assert.Single(_traffic.Activity.Replies.Of("example.com")).Sample);
        Assert.Equal(2, _traffic.Events.Read(EventQuestion.All, 10).Count);
    }

    [Fact]
    public void Long_replies_that_differ_take_little_memory_and_are_grouped_as_short_ones()
    {
        var tally = new FateTally(static (_, _, _) => { }, _traffic);
        long before = HeapSize.Settled();
        for (int i = 0; i < FateTally.MostMasks - 1; i++)
        {
            Add(Bounced($"5.1.1 no such user as {i:0000000000} {new string('x', 380)} {new string((char)('a' + (i % 20)), 8000)}"), _attempt, tally: tally);
        }

        // 16 KB of each would be 32 MB. What is remembered of 2,000 replies, and 2,000 events, takes less than ten.
        Assert.InRange(HeapSize.Settled() - before, 0, 10 * 1024 * 1024);
        ReplyGroup group = Assert.Single(_traffic.Activity.Replies.Of("example.com"));
        Assert.Equal(FateTally.MostMasks - 1, group.Count);
        GC.KeepAlive(tally);
    }

    private static Verdict Bounced(string text) =>
        new(VerdictKind.Bounced, new SmtpReply(550, text), new EnhancedStatus(5, 1, 1), default, "bad-mailbox");

    private void Add(Verdict verdict, AttemptContext attempt, RemovalTerms? removal = null, FateTally? tally = null)
    {
        var recipient = new QueuedRecipient(new StoredMessage(Records.Envelope().Id, 0, 100, 1234, 2), 0);
        var order = new SettlementOrder(_key, Records.Envelope() with { JobId = "summer" }, [new RecipientOutcome(recipient, verdict)], attempt) { Removal = removal };
        (tally ?? _tally).Add(order, _now);
    }
}
