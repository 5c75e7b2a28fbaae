// How a ticket ends, and what its end says about the queue.

using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class DeliveryTicket
{
    /// <summary>
    /// So many connections in a row that the host ended before it took any mail are more than an accident: each further one would only knock again.
    /// </summary>
    private const int DropsInARow = 5;

    private bool _hasDelivered;

    /// <summary>
    /// The host ended the connection, be it with a 421. When several in a row end so before they have taken mail, the queue waits as after a connection that
    /// failed, and <paramref name="retry"/> says until when.
    /// </summary>
    public bool Dropped(string reason, Instant now, out Instant retry)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            now = _scheduler.Advance(now);
            retry = Instant.Never;
            if (_hasDelivered || ++_queue.Dropped < DropsInARow)
            {
                _queue.Record(reason, now);
                return false;
            }

            _queue.Dropped = 0;
            BeganRetry = !_queue.Retry.IsActive;
            if (BeganRetry)
            {
                retry = _queue.Retry.Fail(_queue.Retry.Epoch, _queue.Pace.RetryAfter, now);
            }

            EndUnserved(reason, now);
            return BeganRetry;
        }
    }

    /// <summary>Gives the slot back. Exactly once.</summary>
    public void Close(Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            now = _scheduler.Advance(now);
            LeaveIdle();
            GiveBackFlow();
            EndCurb(now);
            LeaveHosts(now);
            Change(State.Closed);
            if (_orders == 0)
            {
                _queue.GiveBackGrant(_granting, Levels, now);
                if (!_triesHost)
                {
                    _queue.GiveBackConnect(_granting, _granted); // None was opened: the queue's mail belongs elsewhere, or all its hosts are full.
                }
            }

            if (_source is not null)
            {
                _source.Connections--;
            }

            if (_isProbe && _epoch == _queue.Retry.Epoch)
            {
                _queue.Retry.IsProbing = false; // It told neither success nor failure: another one may probe.
            }

            _scheduler.GiveBackSlots(_queue, Levels, _sourceGroup, now);
        }
    }

    private void EndUnserved(string reason, Instant now)
    {
        Change(State.Closing);
        _queue.Record(reason, now);
        _scheduler.Settle(_queue, now);
    }
}
