// What replies and the operator say about a queue as a whole: its mode and its source addresses. Each change is noted for whoever keeps it over a restart and
// tells people.

using System.Net;
using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>Set when <see cref="TakeChanges"/> has something.</summary>
    public WakeSignal Changed => _changes.Arrived;

    /// <summary>An end that moves by less is not noted: each of a provider's replies moves it, and each note is a write to the spool.</summary>
    private static readonly TimeSpan _noteworthy = TimeSpan.FromMinutes(1);

    private readonly QueueChanges _changes = new();

    /// <summary>What has changed since the last call, in order; at most <paramref name="most"/>.</summary>
    public IReadOnlyList<QueueChange> TakeChanges(int most)
    {
        lock (Gate)
        {
            return _changes.Take(most);
        }
    }

    /// <summary>Changes a queue's mode. False when it has that mode already; a new end of backoff mode is taken over all the same.</summary>
    /// <param name="until">When backoff mode ends by itself; <see cref="Instant.Never"/> when it does not.</param>
    public bool SetMode(QueueKey key, QueueMode mode, Instant until, string reason, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            MailQueue queue = Current(Named(key) ?? _table.FindOrAdd(key, _settings.Value, _version, now), now);
            bool changed = ChangeMode(queue, mode, until, reason, gradually: false, now);
            Settle(queue, now);
            return changed;
        }
    }

    /// <summary>The queue stops using a source address until then. False when it has no such address.</summary>
    public bool DisableSource(QueueKey key, IPAddress address, Instant until, string reason, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            MailQueue queue = Current(Named(key) ?? _table.FindOrAdd(key, _settings.Value, _version, now), now);
            bool known = queue.NeedSources(now).Find(address) is { } source && Disable(queue, source, until, reason, gradually: false, now);
            Settle(queue, now);
            return known;
        }
    }

    /// <summary>The queue uses a source address again. False when it was not disabled.</summary>
    public bool EnableSource(QueueKey key, IPAddress address, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            if (Named(key) is not { Condition: { } condition } queue || condition.FindNamed(address) is not { } source || !source.IsDisabled(now))
            {
                return false;
            }

            source.Enable();
            GroupChanged(queue, now);
            queue.Record($"source address {address} is used again", now); // What was recorded when it was disabled is over.
            _changes.Add(queue, QueueChangeKind.SourceEnabled, $"{address} is used again", now);
            Settle(queue, now);
            return true;
        }
    }

    /// <summary>The queue of that name, or one of the group of that name: what they share is the same for all. Null when there is none.</summary>
    private MailQueue? Named(QueueKey key) => _groups.Find(key)?.Members.FirstOrDefault() ?? _table.Find(key);

    /// <summary>Carries out what a reply asks for.</summary>
    internal void React(MailQueue queue, IPAddress? address, QueueReaction reaction, Instant now)
    {
        if (reaction.Mode is { } mode)
        {
            Instant until = now.EndOf(reaction.BackoffFor ?? queue.SharedSettings.BackoffToNormalAfter);
            ChangeMode(queue, mode, until, reaction.Reason, reaction.RecoverGradually, now);
        }

        if (reaction.Alerts)
        {
            _changes.Add(queue, QueueChangeKind.Alert, reaction.Reason, now);
        }

        if (!reaction.DisableSource && reaction.CeilingFor <= TimeSpan.Zero)
        {
            return;
        }

        QueueCondition condition = queue.NeedSources(now);
        foreach (QueueSource source in condition.Sources)
        {
            if (SourceNets.Reaches(reaction.Reach, address, source.Address))
            {
                React(queue, condition, source, reaction, now);
            }
        }
    }

    private void React(MailQueue queue, QueueCondition condition, QueueSource source, QueueReaction reaction, Instant now)
    {
        if (reaction.DisableSource)
        {
            Instant until = now.EndOf(reaction.ReenableAfter ?? queue.SharedSettings.ReenableSourceAfter);
            Disable(queue, source, until, reaction.Reason, reaction.RecoverGradually, now);
        }

        if (reaction.CeilingFor > TimeSpan.Zero)
        {
            Rate ordinary = new Settings.PaceSettings(queue.SharedSettings, queue.Mode == QueueMode.Backoff).MaxMsgRate;
            bool halves = reaction.HalvesConnections || (reaction.HalvesRate && ordinary.IsUnlimited);

            // A source that was nothing special until now has not counted its connections.
            int open = Math.Max(source.Connections, (queue.Group?.Limit.InUse ?? queue.Connections) / condition.Sources.Length);
            Rate rate = reaction.HalvesRate && !ordinary.IsUnlimited ? new Rate(ordinary.Count, ordinary.Period * 2) : reaction.SourceRate;
            source.Slow(halves ? Math.Max(1, open / 2) : reaction.SourceConnections, rate, reaction.SourceMessages, now + reaction.CeilingFor, now);
            GroupChanged(queue, now);
        }
    }

    /// <summary>Mail was taken: what waits for that to return to normal takes a step.</summary>
    internal void NoteDelivery(MailQueue queue, QueueSource? source, Instant now)
    {
        if (queue.Condition is not { } condition)
        {
            return;
        }

        if (condition.Mode == QueueMode.Backoff && queue.SharedSettings.BackoffToNormalAfterDelivery)
        {
            ChangeMode(queue, QueueMode.Normal, Instant.Never, "mail was delivered", gradually: false, now);
            Settle(queue, now);
        }

        int top = queue.Group is { } group ? new Settings.PaceSettings(group.Settings, condition.Mode == QueueMode.Backoff).MaxSmtpOut : queue.Pace.MaxSmtpOut;
        bool more = condition.Ramp.Delivered(top, now);
        if (source?.Delivered(top, now) == true || more)
        {
            GroupChanged(queue, now);
            Settle(queue, now);
        }
    }

    /// <summary>What time ends by itself.</summary>
    private void EndWhatIsOver(MailQueue queue, Instant now)
    {
        queue.FollowMode(now);
        queue.ForgetRollup(now);
        if (queue.Mode == QueueMode.Backoff && queue.Condition!.ModeUntil <= now)
        {
            ChangeMode(queue, QueueMode.Normal, Instant.Never, "backoff-to-normal-after has passed", gradually: false, now);
        }
    }

    private bool ChangeMode(MailQueue queue, QueueMode mode, Instant until, string reason, bool gradually, Instant now)
    {
        bool changes = queue.Mode != mode;
        if (mode == QueueMode.Backoff)
        {
            gradually |= queue.SharedSettings.BackoffRecovery == Settings.RecoveryKind.Gradual;
            queue.EnterBackoff(until, reason, gradually, now);
        }
        else if (changes)
        {
            queue.LeaveBackoff(now);
        }

        if (changes)
        {
            GroupChanged(queue, now);
            _changes.Add(queue, mode == QueueMode.Backoff ? QueueChangeKind.Backoff : QueueChangeKind.Normal, reason, now);
        }
        else if (mode == QueueMode.Backoff && IsNoteworthy(queue.Condition!.NotedUntil, until))
        {
            _changes.Add(queue, QueueChangeKind.Extended, reason, now);
        }
        else
        {
            return changes;
        }

        if (mode == QueueMode.Backoff)
        {
            queue.Condition!.NotedUntil = until;
        }

        return changes;
    }

    private static bool IsNoteworthy(Instant noted, Instant until) => until < noted || (noted != Instant.Never && until > noted + _noteworthy);

    private bool Disable(MailQueue queue, QueueSource source, Instant until, string reason, bool gradually, Instant now)
    {
        bool already = source.IsDisabled(now);
        Instant before = source.DisabledUntil;
        source.Disable(until, reason, gradually);
        if (already)
        {
            if (until > before && IsNoteworthy(before, until))
            {
                _changes.Add(queue, QueueChangeKind.Extended, reason, now);
            }

            return true;
        }

        GroupChanged(queue, now);
        _changes.Add(queue, QueueChangeKind.SourceDisabled, $"{source.Address} disabled: {reason}", now);
        if (queue.Condition!.AreAllDisabled(now))
        {
            queue.Record($"All SMTP sources for queue {queue.Key} are now disabled.", now);
            _changes.Add(queue, QueueChangeKind.AllSourcesDisabled, reason, now);
            if (queue.SharedSettings.BackoffUponAllSourcesDisabled)
            {
                Instant end = now.EndOf(queue.SharedSettings.BackoffToNormalAfter);
                ChangeMode(queue, QueueMode.Backoff, end, "all source addresses are disabled", gradually: false, now);
            }
        }

        return true;
    }
}
