using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Tests.Mail;

public sealed class MessageIdTests
{
    [Fact]
    public void Ids_grow_within_one_millisecond_and_carry_their_time()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var sequence = new MessageId.Sequence(new ServerClock(time));

        MessageId first = sequence.Next();
        MessageId second = sequence.Next();

        Assert.True(second.CompareTo(first) > 0);
        Assert.Equal("2026-01-02 03:04:05+0000", first.Time.ToString());
        Assert.True(MessageId.TryParse(first.ToString(), out MessageId read));
        Assert.Equal(first, read);
    }

    [Fact]
    public void Ids_stay_above_what_the_spool_already_holds()
    {
        var sequence = new MessageId.Sequence(new ServerClock(TimeProvider.System));
        MessageId known = new(sequence.Next().Value + 1_000_000_000_000);

        sequence.StartAfter(known);

        Assert.True(sequence.Next().CompareTo(known) > 0);
    }
}
