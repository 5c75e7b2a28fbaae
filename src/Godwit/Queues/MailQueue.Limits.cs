// What limits one queue: its mode and its rates, whom it shares limits with, and how long it is worth keeping.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Queues;

internal sealed partial class MailQueue
{
    /// <summary>
    /// How long a queue believes who receives its mail: empty, so that its next message need not learn it anew; with mail on its way to a rollup, before DNS
    /// is asked again.
    /// </summary>
    private static readonly TimeSpan _destinationKnownFor = TimeSpan.FromMinutes(10);

    private QueueCondition? _condition;
    private QueueNotes? _notes;
    private FlowGate _flow;
    private QueueMode _followed;
    private RateGate _connectGate;

    /// <summary>The limits of its mode.</summary>
    public PaceSettings Pace => new(Settings, Mode == QueueMode.Backoff);

    /// <summary>Those of the provider whose limits it shares; its own where it stands alone.</summary>
    public PaceSettings SharedPace => Group?.Pace ?? Pace;

    public QueueMode Mode => _condition?.Mode ?? QueueMode.Normal;

    /// <summary>What sets it apart; null when nothing does.</summary>
    public QueueCondition? Condition => _condition;

    /// <summary>The queues it shares limits with; null when it stands alone.</summary>
    public QueueGroup? Group => _notes?.Group;

    /// <summary>Those of its mode and its source addresses: the group's where it has one.</summary>
    public DeliverySettings SharedSettings => Group?.Settings ?? Settings;

    /// <summary>Every limit that its connections count at beside its own, the narrowest first.</summary>
    public SharedLimit[] Levels => Group?.Levels ?? Lane.Levels;

    /// <summary>The rollup that its mail belongs to; null when it stays.</summary>
    public DomainName? Rollup => _notes?.Rollup;

    /// <summary>The virtual MTA or pool that its mail is to leave through instead, in the mode it is in; empty when its own.</summary>
    public string RerouteWord =>
        Mode == QueueMode.Backoff && Settings.BackoffRerouteToVirtualMta.Length > 0 ? Settings.BackoffRerouteToVirtualMta : Settings.RerouteToVirtualMta;

    /// <summary>Whether it is worth asking where its mail belongs. What the operator holds here does not leave by another way.</summary>
    public bool MayMove => !IsPaused && (Rollup is not null || RerouteWord.Length > 0) && Ready + Held + Deferred > 0;

    /// <summary>Connections that it may have now.</summary>
    public int MostConnections => Math.Min(Pace.MaxSmtpOut, _condition?.Ramp.Most ?? int.MaxValue);

    public Instant NextMessageAllowed(Instant now) => _flow.NextAllowed(Pace.MaxMsgRate, Pace.MaxDataVolumeRate, now);

    /// <summary>The same for a connection that is yet to be opened: those on their way have their unit.</summary>
    public Instant NextGrantAllowed(Instant now) => _flow.NextGrant(Pace.MaxMsgRate, Pace.MaxDataVolumeRate, now);

    public Instant NextConnectAllowed(Instant now) =>
        Instant.Max(_connectGate.NextAllowed(Pace.MaxConnectRate, now), (_notes is null ? now : _notes.Rampup.NextAllowed(RampupRate, now)));

    /// <summary>Counts a connection attempt.</summary>
    public void CountConnect(Instant now)
    {
        _flow.TakeGrant(Pace.MaxMsgRate, now);
        _connectGate.Take(Pace.MaxConnectRate, now, 1);
        if (!RampupRate.IsUnlimited)
        {
            NeedNotes().Rampup.Take(RampupRate, now, 1);
        }
    }

    /// <summary>A connection was granted and not opened: whoever waits for a full host would spend the rate by asking for it.</summary>
    public void GiveBackConnect(QueueSource? source, Instant granted)
    {
        _connectGate.GiveBackLast(Pace.MaxConnectRate, granted);
        source?.GiveBackConnect(granted);
        if (!RampupRate.IsUnlimited)
        {
            NeedNotes().Rampup.GiveBackLast(RampupRate, granted);
        }
    }

    /// <summary>Connections in a row that hosts ended before they took any mail.</summary>
    public int Dropped
    {
        get => _notes?.Dropped ?? 0;
        set
        {
            if (value != Dropped)
            {
                NeedNotes().Dropped = value;
            }
        }
    }

    /// <summary>Its uncommon state, made when it is asked for.</summary>
    public QueueCondition NeedCondition() => _condition ??= new QueueCondition();

    /// <summary>Its uncommon state with one entry for each source address.</summary>
    public QueueCondition NeedSources(Instant now)
    {
        QueueCondition condition = NeedCondition();
        condition.UseSources(Lane.Sources, SharedSettings, now);
        return condition;
    }

    public void EnterBackoff(Instant until, string reason, bool gradually, Instant now)
    {
        NeedCondition().EnterBackoff(until, reason, gradually);
        FollowMode(now);
    }

    public void LeaveBackoff(Instant now)
    {
        _condition?.LeaveBackoff(now);
        FollowMode(now);
    }

    /// <summary>The mode may be that of a group and have changed for all its queues.</summary>
    public void FollowMode(Instant now)
    {
        if (Mode != _followed)
        {
            var before = new PaceSettings(Settings, _followed == QueueMode.Backoff);
            _followed = Mode;
            AdaptTo(before, now);
        }
    }

    /// <summary>Shares a provider's limits with others, or null: has its own only. What was said about it alone is forgotten.</summary>
    public void Join(QueueGroup? group)
    {
        LeaveCurbs();
        if (group is not null || _notes is not null)
        {
            NeedNotes().Group = group;
        }

        _condition = group?.Condition;
    }

    /// <summary>Its mail belongs to a rollup, as far as is known now.</summary>
    public void MoveTo(DomainName rollup, Instant now) => (NeedNotes().Rollup, NeedNotes().RollupUntil) = (rollup, now + _destinationKnownFor);

    /// <summary>Where its mail belongs is to be learned anew, when it was learned long ago or, with <see cref="Instant.Never"/>, in any case.</summary>
    public void ForgetRollup(Instant now)
    {
        if (_notes?.Rollup is not null && _notes.RollupUntil <= now)
        {
            _notes.Rollup = null;
        }
    }

    /// <summary>A message of this length that an order held was not delivered: its octets count nowhere.</summary>
    public void GiveBackFlow(QueueSource? source, SharedLimit[] levels, long length)
    {
        _flow.GiveBack(Pace.MaxDataVolumeRate, length);
        source?.GiveBackFlow(length);
        foreach (SharedLimit level in levels)
        {
            level.GiveBackFlow(length);
        }
    }

    /// <summary>A connection ended without a message.</summary>
    public void GiveBackGrant(QueueSource? source, SharedLimit[] levels, Instant now)
    {
        _flow.GiveBackGrant(Pace.MaxMsgRate);
        source?.GiveBackGrant(now);
        foreach (SharedLimit level in levels)
        {
            level.GiveBackGrant();
        }
    }

    /// <summary>What a recorded error told of is over.</summary>
    public void Withdraw(string text) => _notes?.Events.Withdraw(text);

    public void Record(string text, Instant now) => NeedNotes().Events.Record(text, Settings.MaxEventsRecorded, now);

    /// <summary>
    /// Until when an empty queue is worth keeping: a retry wait, a rate or a mode that a new queue of this name would forget, an error somebody may want
    /// to read.
    /// </summary>
    public Instant WorthKeepingUntil(Instant now, TimeSpan errorsFor)
    {
        // A new gate forgives the lateness that this one may have forgiven already.
        Instant before = now - RateGate.Tolerance;
        Instant until = Instant.Max(NextMessageAllowed(before), NextConnectAllowed(before)) + RateGate.Tolerance;
        until = Retry.IsActive ? Instant.Max(until, Retry.Time) : until;
        until = Instant.Max(until, _ready.LastCurbEnd);
        until = _condition is { } condition && Group is null ? Instant.Max(until, condition.WorthKeepingUntil(now, KeptSince(now))) : until;
        until = Rollup is null && Group is null ? until : Instant.Max(until, KeptSince(now) + _destinationKnownFor);
        return _notes?.Events.Last is { } last ? Instant.Max(until, last.Time + errorsFor) : until;
    }

    /// <summary>Counted from when it became empty, or each look at it would prolong its stay for ever.</summary>
    private Instant KeptSince(Instant now)
    {
        QueueNotes notes = NeedNotes();
        return !IsKept || notes.KeptSince == default ? notes.KeptSince = now : notes.KeptSince;
    }

    /// <summary>Recipients that left a second lately.</summary>
    public double PerSecond(Instant now) => _notes?.Drain.PerSecond(now) ?? 0;

    /// <summary>A recipient has its final fate. One that an operator took out shows no speed.</summary>
    public void CountLeft(Instant now)
    {
        QueueNotes notes = NeedNotes();
        if (notes.TakenOut > 0)
        {
            notes.TakenOut = Out == 0 ? 0 : notes.TakenOut - 1; // One whose fate could not be recorded came back uncounted: nobody is out, so it is over.
            return;
        }

        notes.Drain.Count(now);
    }

    /// <summary>So many recipients are out because an operator deletes them.</summary>
    public void CountTakenOut(int count)
    {
        if (count > 0)
        {
            NeedNotes().TakenOut += count;
        }
    }

    private QueueNotes NeedNotes() => _notes ??= new QueueNotes();

    private Rate RampupRate => Settings.SmtpOutRampupInterval > TimeSpan.Zero ? new Rate(1, Settings.SmtpOutRampupInterval) : Rate.Unlimited;

    /// <summary>What an old limit said must not hold up the new one by more than one of its units.</summary>
    private void AdaptTo(in PaceSettings before, Instant now)
    {
        PaceSettings pace = Pace;
        if (before.MaxMsgRate != pace.MaxMsgRate)
        {
            _flow.AdaptMessages(pace.MaxMsgRate, now);
        }

        if (before.MaxDataVolumeRate != pace.MaxDataVolumeRate)
        {
            _flow.AdaptOctets(pace.MaxDataVolumeRate, now);
        }

        if (before.MaxConnectRate != pace.MaxConnectRate)
        {
            _connectGate.Adapt(pace.MaxConnectRate, now);
        }

        _notes?.Rampup.Adapt(RampupRate, now);
    }

    private int AllowedByRates(QueueSource? source, SharedLimit[] levels, Instant now, int wanted, out RateWait wait)
    {
        wait = RateWait.None;
        int allowed = _flow.Allowed(Pace.MaxMsgRate, Pace.MaxDataVolumeRate, now, wanted);
        if (allowed == 0)
        {
            wait = new RateWait(NextMessageAllowed(now), null);
            return 0;
        }

        allowed = source?.Allowed(now, allowed) ?? allowed;
        if (allowed == 0)
        {
            wait = new RateWait(source!.NextMessageAllowed(now), null) { IsSource = true };
            return 0;
        }

        foreach (SharedLimit level in levels)
        {
            allowed = level.Allowed(now, allowed);
            if (allowed == 0)
            {
                wait = new RateWait(level.NextMessageAllowed(now), level);
                return 0;
            }
        }

        return allowed;
    }

    /// <summary>The newest recorded error; empty when there is none.</summary>
    public string LastError => _notes?.Events.Last?.Text ?? "";

    public IReadOnlyList<QueueEvent> Events => _notes is null ? [] : [.. _notes.Events.All];
}
