// A ticket and the mail that replies have slowed: its order counts there until it is over.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

public sealed partial class DeliveryTicket
{
    /// <summary>Of the order under way.</summary>
    private OrderCurbs _curbs;
    private StoredMessage? _order;

    /// <summary>The message that was answered is one of those that are slowed.</summary>
    private void CountOrder(Instant now)
    {
        if (_order is not null)
        {
            OrderCurbs more = _curbs.Beyond(_queue.CurbsOf(_order));
            _curbs = _curbs.And(more);
            _queue.CountOrder(more, 1, now);
            _scheduler.CallThoseWhoMayGo(more.Group, now);
        }
    }

    /// <summary>Slowed mail was taken.</summary>
    private void StepCurbs(Instant now)
    {
        if (!_curbs.IsNone && _queue.Delivered(_curbs, now))
        {
            _scheduler.CallThoseWhoMayGo(_curbs.Group, now);
            _scheduler.KeepInMind(_queue, "mail was delivered", now);
        }
    }

    /// <summary>Where a reply has slowed such mail, another order of it may begin.</summary>
    private void EndCurb(Instant now)
    {
        _order = null;
        if (!_curbs.IsNone)
        {
            OrderCurbs ended = _curbs;
            _curbs = default;
            _queue.EndOrder(ended, now);
            _scheduler.CallThoseWhoMayGo(ended.Group, now);
        }
    }
}
