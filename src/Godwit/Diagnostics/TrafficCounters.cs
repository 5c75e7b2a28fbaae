// What the server counts: the numbers of "show status", what became of mail and where, and what the protocols met.
// Every room that moves mail adds here; Control, Metrics and Api read.

using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Traffic of one direction.</summary>
public sealed class DirectionCounters(ServerClock clock)
{
    public RollingCounter Recipients { get; } = new(clock);

    public RollingCounter Messages { get; } = new(clock);

    public RollingCounter Bytes { get; } = new(clock);

    internal void Reset()
    {
        Recipients.Reset();
        Messages.Reset();
        Bytes.Reset();
    }
}

/// <summary>Connections of one direction: now, the most there were, the most there may be.</summary>
public sealed class ConnectionCounter
{
    private int _current;
    private int _top;

    public int Current => Volatile.Read(ref _current);

    public int Top => Volatile.Read(ref _top);

    /// <summary>Counts one more; returns how many there are now.</summary>
    public int Open()
    {
        int now = Interlocked.Increment(ref _current);
        int top = Volatile.Read(ref _top);
        while (now > top && Interlocked.CompareExchange(ref _top, now, top) != top)
        {
            top = Volatile.Read(ref _top);
        }

        return now;
    }

    public void Close() => Interlocked.Decrement(ref _current);

    /// <summary>The most there were is from now on the most since now.</summary>
    internal void Reset() => Volatile.Write(ref _top, Volatile.Read(ref _current));
}

/// <summary>All counters of the server.</summary>
public sealed class TrafficCounters(ServerClock clock)
{
    public Foundation.Instant Started { get; } = clock.Now;

    public DirectionCounters In { get; } = new(clock);

    public DirectionCounters Out { get; } = new(clock);

    /// <summary>Recipients refused for good.</summary>
    public RollingCounter Bounced { get; } = new(clock);

    /// <summary>Recipient attempts that ended in "later".</summary>
    public RollingCounter Deferred { get; } = new(clock);

    /// <summary>Transactions whose message went unsigned although dkim-sign is yes: no key was for it.</summary>
    public RollingCounter Unsigned { get; } = new(clock);

    public ConnectionCounter ConnectionsIn { get; } = new();

    public ConnectionCounter ConnectionsOut { get; } = new();

    /// <summary>Each of those that are open now; those that still connect are among them.</summary>
    public OpenConnections OpenConnections { get; } = new();

    /// <summary>From acceptance to delivery, for each delivered recipient.</summary>
    public LogHistogram TimeToDeliver { get; } = new(unitsPerSecond: 1024);

    /// <summary>Bounced recipients by bounce category.</summary>
    public LabelledCounter BounceCategories { get; } = new();

    /// <summary>What became of mail, by destination, virtual MTA, source address and job.</summary>
    public ActivityBook Activity { get; } = new();

    /// <summary>What happened to recipients lately.</summary>
    public RecipientEvents Events { get; } = new();

    /// <summary>What the protocols met.</summary>
    public ProtocolCounters Protocol { get; } = new();

    /// <summary>The operator's <c>reset counters</c>: what "show status" prints begins at 0, but for the connections that stand.</summary>
    public void Reset()
    {
        In.Reset();
        Out.Reset();
        Bounced.Reset();
        Deferred.Reset();
        Unsigned.Reset();
        ConnectionsIn.Reset();
        ConnectionsOut.Reset();
    }
}
