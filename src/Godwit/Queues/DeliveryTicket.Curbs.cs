// A ticket and the mail that replies have slowed: its order counts there until it is over.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

public sealed partial class DeliveryTicket
{
    /// <summary>Of the order under way.</summary>
    private StreamCurb? _curb;
    private StoredMessage? _order;

    /// <summary>The message that was answered is one of those that are slowed.</summary>
    private void CountOrder(Instant now)
    {
        _queue.FollowCurbs(now);
        if (_curb is null && _order is not null && (_curb = _queue.CurbOf(_order)) is not null)
        {
            _queue.CountOrder(_curb, 1, now);
        }
    }

    /// <summary>Where a reply has slowed such mail, another order of it may begin.</summary>
    private void EndCurb(Instant now)
    {
        _order = null;
        if (_curb is { } curb)
        {
            _curb = null;
            _queue.EndOrder(curb, now);
        }
    }
}
