// What replies and the operator say about a queue as a whole: its mode and its source addresses. Each change is noted for whoever keeps it over a restart and
// tells people.

using System.Net;
using Godwit.Foundation;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>
    /// Changes a queue's mode, or that of a group by its name; backoff mode ends as the settings say that the queue, or its group, goes by. False when it has
    /// that mode already.
    /// </summary>
    public bool SetMode(QueueKey key, QueueMode mode, string reason, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            MailQueue queue = Current(Named(key) ?? _table.FindOrAdd(key, _settings.Value, _version, now), now);
            return SetMode(queue.Key, mode, mode == QueueMode.Normal ? Instant.Never : now.EndOf(queue.SharedSettings.BackoffToNormalAfter), reason, now);
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
            SettleNamed(queue, now);
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
            bool known = queue.NeedSources(now).Find(address) is { } source && Disable(queue, source, until, reason, gradually: false, now, isError: false);
            SettleNamed(queue, now);
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
            queue.Withdraw(NoSources(queue)); // It is over, and what a host said before it stands again.
            Note(queue, QueueChangeKind.SourceEnabled, $"{address} is used again", now);
            SettleNamed(queue, now);
            return true;
        }
    }

    /// <summary>
    /// The queue of that name, or one of the group of that name: what they share is the same for all. Null when there is none. A group without queues, as it is
    /// after a restart, has one made for the purpose that stands in no list.
    /// </summary>
    private MailQueue? Named(QueueKey key)
    {
        if (_groups.Find(key) is not { } group)
        {
            return _table.Find(key);
        }

        if (group.Members.FirstOrDefault() is { } member)
        {
            return member;
        }

        MailQueue speaker = _table.Unlisted(key, _settings.Value, _version, _now);
        speaker.Join(group);
        return speaker;
    }

    private void SettleNamed(MailQueue queue, Instant now)
    {
        if (_table.Find(queue.Key) == queue)
        {
            Settle(queue, now);
        }
    }

    /// <summary>Carries out what a reply asks for.</summary>
    internal void React(MailQueue queue, IPAddress? address, QueueReaction reaction, Instant now)
    {
        if (reaction.Mode is { } mode)
        {
            Instant until = now.EndOf(reaction.BackoffFor ?? queue.SharedSettings.BackoffToNormalAfter);
            ChangeMode(queue, mode, until, reaction.Reason, reaction.RecoverGradually, now);
        }

        if (reaction.KeepSource)
        {
            queue.KeepTo(address, now);
        }

        if (reaction.Alerts)
        {
            Note(queue, QueueChangeKind.Alert, reaction.Reason, now);
        }

        bool limitsSources = reaction.CeilingFor > TimeSpan.Zero && !reaction.LimitsStream;
        if (!reaction.DisableSource && !limitsSources)
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

        if (reaction.CeilingFor > TimeSpan.Zero && !reaction.LimitsStream)
        {
            // A source that was nothing special until now has not counted its connections.
            int open = Math.Max(source.Connections, OpenFor(queue) / condition.Sources.Length);
            (int connections, Rate rate) = reaction.Ceilings(open, queue.SharedPace.MaxMsgRate);
            source.Slow(connections, rate, reaction.SourceMessages, now + reaction.CeilingFor, now, reaction.Reason);
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

        int top = queue.SharedPace.MaxSmtpOut;
        bool more = condition.Ramp.Delivered(top, now);
        if (source?.Delivered(top, now) == true || more)
        {
            GroupChanged(queue, now);
            KeepInMind(queue, "mail was delivered", now);
            Settle(queue, now);
        }
    }

    /// <summary>What time ends by itself.</summary>
    private void EndWhatIsOver(MailQueue queue, Instant now)
    {
        queue.FollowMode(now);
        queue.FollowCurbs(now);
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
            Note(queue, mode == QueueMode.Backoff ? QueueChangeKind.Backoff : QueueChangeKind.Normal, reason, now);
        }
        else
        {
            KeepInMind(queue, reason, now);
        }

        return changes;
    }

    private static string NoSources(MailQueue queue) => $"All SMTP sources for queue {queue.Key} are now disabled.";

    /// <param name="isError">A reply is behind it: what an operator does must not stand where the last error is looked for.</param>
    private bool Disable(MailQueue queue, QueueSource source, Instant until, string reason, bool gradually, Instant now, bool isError = true)
    {
        bool already = source.IsDisabled(now);
        source.Disable(until, reason, gradually);
        if (already)
        {
            KeepInMind(queue, reason, now);
            return true;
        }

        GroupChanged(queue, now);
        Note(queue, QueueChangeKind.SourceDisabled, $"{source.Address} disabled: {reason}", now);
        if (queue.Condition!.AreAllDisabled(now))
        {
            if (isError)
            {
                queue.Record(NoSources(queue), now);
            }

            Note(queue, QueueChangeKind.AllSourcesDisabled, reason, now);
            if (queue.SharedSettings.BackoffUponAllSourcesDisabled)
            {
                Instant end = now.EndOf(queue.SharedSettings.BackoffToNormalAfter);
                ChangeMode(queue, QueueMode.Backoff, end, "all source addresses are disabled", gradually: false, now);
            }
        }

        return true;
    }
}
