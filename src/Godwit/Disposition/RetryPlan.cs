// When a recipient is tried again after a temporary failure of its own. The queue's clock (connection failures) is the scheduler's.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Disposition;

/// <summary>The recipient's retry clock: pure.</summary>
public static class RetryPlan
{
    /// <summary>A configured wait of zero would hammer a peer that has just asked for patience.</summary>
    private static readonly TimeSpan _least = TimeSpan.FromSeconds(1);

    /// <summary>The time before which the recipient is not tried again: retry-recipients-after from now.</summary>
    public static Instant NextAttempt(DeliverySettings settings, Instant now) => After(settings.RetryRecipientsAfter, now);

    /// <summary>The same for a wait that a reply asks for.</summary>
    public static Instant After(TimeSpan wait, Instant now) => now + (wait > _least ? wait : _least);
}
