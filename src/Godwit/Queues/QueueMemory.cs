using System.Net;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

/// <summary>A source address that a queue does not use.</summary>
public sealed record DisabledSource(IPAddress? Address, Instant Until, string Reason);

/// <summary>What a reply has lowered at a source address for a time.</summary>
/// <param name="Connections">At once; 0 leaves them.</param>
/// <param name="Rate">Recipients attempted; unlimited leaves them.</param>
/// <param name="Messages">On one connection; 0 leaves them.</param>
public sealed record SlowedSource(IPAddress? Address, int Connections, Rate Rate, int Messages, Instant Until);

/// <summary>A source address that comes back, or will, with few connections first.</summary>
public sealed record ReturningSource(IPAddress? Address, RampStep Step);

/// <summary>What a restart must not forget about a queue, or about what the queues of one provider share. Immutable.</summary>
public sealed record QueueMemory
{
    /// <summary>
    /// An end that moves by less is the same: each of a provider's replies moves it, and each state that is kept is a write to the spool.
    /// </summary>
    internal static readonly TimeSpan Noteworthy = TimeSpan.FromMinutes(1);

    /// <summary>The domain whose settings the queues of a provider share; null for a queue.</summary>
    public DomainName? MainDomain { get; init; }

    public bool IsPaused { get; init; }

    public QueueMode Mode { get; init; }

    public Instant ModeUntil { get; init; } = Instant.Never;

    public string ModeReason { get; init; } = "";

    public IReadOnlyList<DisabledSource> Disabled { get; init; } = [];

    public IReadOnlyList<SlowedSource> Slowed { get; init; } = [];

    public IReadOnlyList<ReturningSource> Returning { get; init; } = [];

    /// <summary>The way back from backoff mode, under way or to come; null when there is none.</summary>
    public RampStep? Return { get; init; }

    /// <summary>Jobs and senders whose mail waits or is slowed because of a reply.</summary>
    public IReadOnlyList<StreamTerms> Streams { get; init; } = [];

    /// <summary>Until when a reply has put the queue off; the default when none has. A failure to connect is no reply.</summary>
    public Instant DeferredUntil { get; init; }

    /// <summary>Nothing sets the queue apart from a new one.</summary>
    public bool IsPlain => !IsPaused && !HasCondition && DeferredUntil == default && Streams.Count == 0;

    /// <summary>Something is said about its mode or its source addresses, which a group would share.</summary>
    internal bool HasCondition => Mode != QueueMode.Normal || Return is not null || HasSources;

    /// <summary>Something is said about source addresses.</summary>
    internal bool HasSources => Disabled.Count + Slowed.Count + Returning.Count > 0;

    /// <summary>
    /// The same without waits that have ended. A backoff mode that has ended stays: whoever takes it over ends it, and says so.
    /// </summary>
    public QueueMemory At(Instant now) => this with
    {
        Disabled = [.. Disabled.Where(source => source.Until > now)],
        Slowed = [.. Slowed.Where(source => source.Until > now)],
        Streams = [.. Streams.Select(terms => terms.At(now)).Where(terms => !terms.IsOver(now))],
        DeferredUntil = DeferredUntil > now ? DeferredUntil : default,
    };

    /// <summary>Whether it says something that the one kept before does not. The words of a reply alone are no news.</summary>
    internal bool IsNewsAfter(QueueMemory kept) =>
        IsPaused != kept.IsPaused || MainDomain != kept.MainDomain || Mode != kept.Mode
        || Return?.Ceiling != kept.Return?.Ceiling || HasMoved(kept.ModeUntil, ModeUntil) || HasMoved(kept.DeferredUntil, DeferredUntil)
        || Differ(Disabled, kept.Disabled, static (was, isNow) => Equals(was.Address, isNow.Address) && !HasMoved(was.Until, isNow.Until))
        || Differ(Slowed, kept.Slowed, static (was, isNow) => was with { Until = isNow.Until } == isNow && !HasMoved(was.Until, isNow.Until))
        || Differ(Returning, kept.Returning, static (was, isNow) => Equals(was.Address, isNow.Address) && was.Step.Ceiling == isNow.Step.Ceiling)
        || Differ(Streams, kept.Streams, static (was, isNow) =>
            was with { HeldUntil = isNow.HeldUntil, CeilingUntil = isNow.CeilingUntil, Return = isNow.Return } == isNow
            && was.Return?.Ceiling == isNow.Return?.Ceiling && !HasMoved(was.HeldUntil, isNow.HeldUntil) && !HasMoved(was.CeilingUntil, isNow.CeilingUntil));

    private static bool HasMoved(Instant was, Instant isNow) => isNow < was || (was != isNow && was != Instant.Never && isNow > was + Noteworthy);

    private static bool Differ<T>(IReadOnlyList<T> now, IReadOnlyList<T> kept, Func<T, T, bool> areSame)
    {
        if (now.Count != kept.Count)
        {
            return true;
        }

        for (int i = 0; i < now.Count; i++)
        {
            if (!areSame(kept[i], now[i]))
            {
                return true;
            }
        }

        return false;
    }
}
