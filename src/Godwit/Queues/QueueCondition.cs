// What sets a queue apart from one that just delivers: its mode and its source addresses. Most queues have none of it, so it is an object
// that is made when needed; a million idle queues pay eight octets each. Owned by its MailQueue or QueueGroup and touched under the scheduler's lock only.

using System.Net;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The uncommon state of one queue.</summary>
internal sealed class QueueCondition
{
    private QueueSource[] _sources = [];
    private IReadOnlyList<SourceHost>? _sourcesOf;
    private DeliverySettings? _configuredFor;

    public QueueMode Mode { get; private set; }

    /// <summary>When backoff mode ends by itself; <see cref="Instant.Never"/> when it does not, and in normal mode.</summary>
    public Instant ModeUntil { get; private set; } = Instant.Never;

    /// <summary>Why it is in backoff mode.</summary>
    public string ModeReason { get; private set; } = "";

    public bool RecoversGradually { get; private set; }

    /// <summary>The way back from backoff mode.</summary>
    public ConnectionRamp Ramp;

    /// <summary>Whether source addresses have a state here.</summary>
    public bool HasSources => _sources.Length > 0;

    public ReadOnlySpan<QueueSource> Sources => _sources;

    public void EnterBackoff(Instant until, string reason, bool gradually)
    {
        (Mode, ModeUntil, ModeReason) = (QueueMode.Backoff, until, reason);
        RecoversGradually |= gradually;
        Ramp = default;
    }

    public void LeaveBackoff(Instant now)
    {
        (Mode, ModeUntil, ModeReason) = (QueueMode.Normal, Instant.Never, "");
        if (RecoversGradually)
        {
            RecoversGradually = false;
            Ramp.Begin(now);
        }
    }

    /// <summary>Brings the states of source addresses to the addresses and limits in force. What was said about one that has gone is forgotten.</summary>
    public void UseSources(IReadOnlyList<SourceHost> sources, DeliverySettings settings, Instant now)
    {
        if (!ReferenceEquals(sources, _sourcesOf))
        {
            QueueSource[] before = _sources;
            _sources = [.. sources.Select(source => Array.Find(before, known => Equals(known.Address, source.Address)) ?? new QueueSource(source.Address))];
            (_sourcesOf, _configuredFor) = (sources, null);
        }

        if (!ReferenceEquals(settings, _configuredFor))
        {
            _configuredFor = settings;
            foreach (QueueSource source in _sources)
            {
                source.Configure(settings, now);
            }
        }
    }

    public QueueSource? Find(IPAddress? address) => Array.Find(_sources, source => Equals(source.Address, address));

    /// <summary>The source that an operator names by its address. One that the system chooses has none of its own: any address means it.</summary>
    public QueueSource? FindNamed(IPAddress address) => Find(address) ?? Find(null);

    /// <summary>Every source address is disabled; false when none has a state.</summary>
    public bool AreAllDisabled(Instant now)
    {
        foreach (QueueSource source in _sources)
        {
            if (!source.IsDisabled(now))
            {
                return false;
            }
        }

        return _sources.Length > 0;
    }

    public IReadOnlyList<DisabledSource> DisabledSources(Instant now) =>
        [.. _sources.Where(source => source.IsDisabled(now)).Select(source => new DisabledSource(source.Address, source.DisabledUntil, source.Reason))];

    /// <summary>What a restart must not forget of it.</summary>
    public QueueMemory Remember(Instant now) => new()
    {
        Mode = Mode,
        ModeUntil = ModeUntil,
        ModeReason = ModeReason,
        Return = RecoversGradually ? new RampStep(0, default) : Ramp.Step,
        Disabled = DisabledSources(now),
        Slowed = [.. _sources.Select(source => source.Slowed(now)).OfType<SlowedSource>()],
        Returning = [.. _sources.Where(source => source.Return is not null).Select(source => new ReturningSource(source.Address, source.Return!.Value))],
    };

    /// <summary>
    /// Takes over what was said before a restart. Its source addresses are known; what was said about others is left out, and so is what time has ended.
    /// A backoff mode that time has ended is taken over all the same: its next look at the time ends it.
    /// </summary>
    public void Restore(QueueMemory memory, Instant now)
    {
        if (memory.Mode == QueueMode.Backoff)
        {
            EnterBackoff(memory.ModeUntil, memory.ModeReason, gradually: memory.Return is not null);
        }
        else if (memory.Return is { Ceiling: > 0 } step)
        {
            Ramp.Resume(step);
        }

        QueueMemory holding = memory.At(now);
        foreach (DisabledSource disabled in holding.Disabled)
        {
            Find(disabled.Address)?.Disable(disabled.Until, disabled.Reason, gradually: false);
        }

        foreach (SlowedSource slowed in holding.Slowed)
        {
            Find(slowed.Address)?.Slow(slowed.Connections, slowed.Rate, slowed.Messages, slowed.Until, now);
        }

        foreach (ReturningSource returning in holding.Returning)
        {
            Find(returning.Address)?.Resume(returning.Step);
        }
    }

    /// <summary>Until when it holds something that must not be forgotten although the queue is empty.</summary>
    /// <param name="empty">Since when the queue is empty.</param>
    public Instant WorthKeepingUntil(Instant now, Instant empty)
    {
        Instant until = Mode == QueueMode.Backoff ? ModeUntil : now;
        until = Ramp.IsActive ? Instant.Max(until, empty + ConnectionRamp.KeptFor) : until;
        foreach (QueueSource source in _sources)
        {
            until = Instant.Max(until, source.WorthKeepingUntil(now, empty));
        }

        return until;
    }
}
