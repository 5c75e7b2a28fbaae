// Somebody who wants to see events as they come. A follower that does not read loses events and is told how many; who counts never waits for it.

using System.Threading.Channels;

namespace Godwit.Diagnostics;

/// <summary>A live stream of events. Dispose ends it.</summary>
public sealed class EventFollower : IDisposable
{
    private readonly Action<EventFollower> _leave;
    private readonly EventQuestion _question;
    private readonly Channel<RecipientEvent> _events;
    private long _dropped;

    internal EventFollower(EventQuestion question, int room, Action<EventFollower> leave)
    {
        (_question, _leave) = (question, leave);
        _events = Channel.CreateBounded<RecipientEvent>(new BoundedChannelOptions(room) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    }

    /// <summary>Completes when the follower is disposed.</summary>
    public ChannelReader<RecipientEvent> Events => _events.Reader;

    /// <summary>Events that found no room since this was asked last.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    public void Dispose()
    {
        _leave(this);
        _events.Writer.TryComplete();
    }

    internal void Tell(in RecipientEvent one)
    {
        if (_question.Matches(one) && !_events.Writer.TryWrite(one))
        {
            Interlocked.Increment(ref _dropped);
        }
    }
}
