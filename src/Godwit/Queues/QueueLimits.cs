// Whether a queue may open one more connection, and if not, why and until when: every limit of a queue, asked in the order in which an operator would ask.
// Pure: it reads a queue and changes nothing. A further limit (backoff mode, source addresses, a lease of a cluster) is one more question in Ask.
// The limits that queues share (virtual MTA, server) are slots with a waiting line and come last; the scheduler asks them when a queue's turn comes.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>What holds a queue back.</summary>
internal enum HoldReason : byte
{
    /// <summary>Nothing: it may have a connection.</summary>
    None,

    /// <summary>Every ready recipient has a connection that is about to take it.</summary>
    Covered,
    Deferred,
    JobsHeld,
    Paused,
    Retry,
    Probing,
    QueueConnections,
    MessageRate,
    ConnectRate,
    SourcesDisabled,
    SourceLimits,
    HostConnections,
    SharedConnections,
    SharedRate,
    ServerConnections,
}

/// <summary>An answer of a limit. <paramref name="Until"/> is <see cref="Instant.Never"/> when not time but an event ends the hold.</summary>
internal readonly record struct Hold(HoldReason Reason, Instant Until)
{
    public static readonly Hold None = new(HoldReason.None, Instant.Never);

    public bool IsNone => Reason == HoldReason.None;

    public static Hold For(HoldReason reason) => new(reason, Instant.Never);
}

/// <summary>The limits of one queue.</summary>
internal static class QueueLimits
{
    public static Hold Ask(MailQueue queue, Instant now)
    {
        // 1. Is there mail that no connection is coming for? Twenty connections for one message would be nineteen too many.
        if (queue.Ready <= queue.Fresh)
        {
            if (queue.Ready == 0 && queue.Held > 0)
            {
                return Hold.For(HoldReason.JobsHeld);
            }

            return queue.Ready == 0 && queue.Deferred > 0 && queue.Out == 0 ? Hold.For(HoldReason.Deferred) : Hold.For(HoldReason.Covered);
        }

        if (queue.IsPaused)
        {
            return Hold.For(HoldReason.Paused);
        }

        // 2. The retry clock: nobody before its time, then one, then all.
        if (queue.Retry.IsActive)
        {
            if (queue.Retry.Time > now)
            {
                return new Hold(HoldReason.Retry, queue.Retry.Time);
            }

            if (queue.Retry.IsProbing)
            {
                return Hold.For(HoldReason.Probing);
            }
        }

        if (queue.HostWait > now)
        {
            return new Hold(HoldReason.HostConnections, queue.HostWait);
        }

        // 3. Its own connections.
        if (queue.Connections >= queue.MostConnections)
        {
            return Hold.For(HoldReason.QueueConnections);
        }

        // 4. The message rate. While a connection waits for it, a further one would only wait beside it.
        if (queue.RateWaiting > 0)
        {
            return Hold.For(HoldReason.MessageRate);
        }

        if (queue.NextGrantAllowed(now) is var message && message > now)
        {
            return new Hold(HoldReason.MessageRate, message);
        }

        // 5. The connect rate.
        if (queue.NextConnectAllowed(now) is var connect && connect > now)
        {
            return new Hold(HoldReason.ConnectRate, connect);
        }

        // 6. Its source addresses.
        if (queue.NextSourceAllowed(now) is var source && source > now)
        {
            return new Hold(queue.Condition!.AreAllDisabled(now) ? HoldReason.SourcesDisabled : HoldReason.SourceLimits, source);
        }

        return Hold.None;
    }

    /// <summary>The same for people, shared limits included: why the next waiting recipient does not leave now. Empty when it does.</summary>
    public static string Explain(MailQueue queue, SharedLimit server, Instant now) => Reason(queue, server, now) switch
    {
        HoldReason.Deferred => "waiting for the recipients' own retry times",
        HoldReason.JobsHeld => "its jobs are paused or held",
        HoldReason.Paused => "paused",
        HoldReason.Retry => $"retry until {queue.Retry.Time}",
        HoldReason.Probing => "trying one connection after a failure",
        HoldReason.QueueConnections => $"{Prefix(queue)}max-smtp-out reached",
        HoldReason.MessageRate => $"message rate limit reached (based on {Prefix(queue)}max-msg-rate in configuration)",
        HoldReason.ConnectRate => "connect rate limit reached",
        HoldReason.SourcesDisabled => "all source addresses are disabled",
        HoldReason.SourceLimits => "limits of the source addresses reached",
        HoldReason.HostConnections => "mx-connection-limit or ip-connection-limit of its hosts reached",
        HoldReason.SharedConnections => $"max-smtp-out of {Group(queue, now)} reached",
        HoldReason.SharedRate => $"{RatesOf(queue, now)} of {Group(queue, now)} reached",
        HoldReason.ServerConnections => "total-max-smtp-out reached",
        _ => "",
    };

    private static string Prefix(MailQueue queue) => queue.Mode == QueueMode.Backoff ? "backoff-" : "";

    /// <summary>A provider's group has the limits of its main domain's queue, by their names there.</summary>
    private static string RatesOf(MailQueue queue, Instant now) =>
        queue.Group is { } group && ReferenceEquals(SharedLimit.FirstShort(queue.Levels, now), group.Limit)
            ? "max-msg-rate or max-data-volume-rate"
            : "max-smtp-msg-rate or max-smtp-data-volume-rate";

    private static string Group(MailQueue queue, Instant now) =>
        SharedLimit.FirstShort(queue.Levels, now) is var level && ReferenceEquals(level, queue.Lane.Own) ? "the virtual MTA"
        : queue.Group is { } group && ReferenceEquals(level, group.Limit) ? $"{group.Key}"
        : "a pool of the virtual MTA";

    /// <summary>What holds the next waiting recipient, shared limits included.</summary>
    public static HoldReason Reason(MailQueue queue, SharedLimit server, Instant now)
    {
        if (queue.IsPaused)
        {
            return HoldReason.Paused;
        }

        HoldReason own = Ask(queue, now).Reason;
        if (own == HoldReason.QueueConnections && queue.RateWaiting > 0)
        {
            return HoldReason.MessageRate; // Further connections would only wait beside those that wait for the rate.
        }

        if (own != HoldReason.None)
        {
            return own;
        }

        return SharedLimit.FirstShort(queue.Levels, now) is { } level ? (level.IsShortOfSlots ? HoldReason.SharedConnections : HoldReason.SharedRate)
            : !server.HasRoom(now) ? HoldReason.ServerConnections
            : HoldReason.None;
    }
}
