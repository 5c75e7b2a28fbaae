using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class ReadyRecipientsTests
{
    private static readonly DeliverySettings _oneHour = new() { BounceAfter = TimeSpan.FromHours(1), NotifyOfDelayEvery = Timeout.InfiniteTimeSpan };

    private readonly QueueWorld _world = new(_oneHour);
    private readonly MailQueue _queue = new(QueueWorld.Key("a.example"), new VirtualMtaLane("v"), _oneHour, 1, new QueueSurroundings(new DelayNotices(), new StreamTable()));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_walk_in_slices_sees_everybody_although_the_head_is_taken_meanwhile(int takenBetween)
    {
        for (int i = 0; i < 10; i++)
        {
            _queue.Enter(new QueuedRecipient(_world.Message(age: TimeSpan.FromMinutes(i < 7 ? 0 : 59)), 0), _world.Now);
        }

        _world.Pass(TimeSpan.FromMinutes(1));
        int budget = 3;
        Assert.False(_queue.Attend(_world.Now, ref budget));
        for (int i = 0; i < takenBetween; i++)
        {
            Assert.NotNull(_queue.TakeOrder(null, [], _world.Now, out _));
        }

        budget = 100;
        Assert.True(_queue.Attend(_world.Now, ref budget));

        Assert.Equal((3, 7 - takenBetween), (_queue.Expired, _queue.Ready));
        Assert.Equal(_world.Now + TimeSpan.FromMinutes(59), _queue.NextAttention);
    }

    [Fact]
    public void Walks_through_a_long_list_keep_their_distance()
    {
        for (int i = 0; i < 5000; i++)
        {
            _queue.Enter(new QueuedRecipient(_world.Message(age: TimeSpan.FromMilliseconds(i)), 0), _world.Now);
        }

        _world.Pass(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(4999));
        int budget = int.MaxValue;
        _queue.Attend(_world.Now, ref budget);

        Assert.Equal(1, _queue.Expired);
        Assert.Equal(_world.Now + TimeSpan.FromMilliseconds(50), _queue.NextAttention);
    }

    [Fact]
    public void Mail_of_a_paused_job_is_counted_once_wherever_it_stood()
    {
        var streams = new StreamTable();
        var queue = new MailQueue(
            QueueWorld.Key("a.example"), new VirtualMtaLane("v"), _oneHour, 1, new QueueSurroundings(new DelayNotices(), streams));
        for (int i = 0; i < ReadyRecipients.MaxLines; i++)
        {
            Enter($"job{i}");
        }

        // No line is left for the first of them; the line of the first job is for the second.
        Enter("late");
        Assert.NotNull(queue.TakeOrder(null, [], _world.Now, out _));
        Enter("late");

        streams.SetPaused("late", paused: true);
        queue.JobsChanged();
        int budget = 1000;
        Assert.True(queue.Attend(_world.Now, ref budget));

        Assert.Equal((2, ReadyRecipients.MaxLines - 1), (queue.Held, queue.Ready));

        void Enter(string job)
        {
            StoredMessage message = _world.Message();
            message.Stream = streams.FindOrAdd(new StreamKey(job, "t")).Number;
            queue.Enter(new QueuedRecipient(message, 0), _world.Now);
        }
    }
}
