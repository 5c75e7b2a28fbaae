// What a queue was before the last stop: its pause, its mode, its disabled source addresses.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>
    /// Puts a queue into the state that it had before a restart. That is no change, so nothing is noted for <see cref="TakeChanges"/>; only a backoff mode
    /// that has ended by itself meanwhile is noted as ended. A source address that the queue does not have any more is left out, and so is one whose time has
    /// passed.
    /// </summary>
    public void Restore(QueueKey key, QueueMemory memory, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            if (key.Destination.Text.EndsWith(MxRollupRule.Ending, StringComparison.Ordinal))
            {
                // What queues of one provider share comes into force with the first of them; an explicit rollup is a queue as any other.
                _groups.Remember(key, memory);
                if (!_settings.Value.MxRollups.Any(rule => rule.Rollup == key.Destination))
                {
                    return;
                }
            }

            MailQueue queue = Current(_table.FindOrAdd(key, _settings.Value, _version, now), now);
            queue.IsPaused |= memory.IsPaused;
            queue.IsPausedByPattern &= !memory.IsPaused;
            if (memory.Mode == QueueMode.Backoff)
            {
                queue.EnterBackoff(memory.ModeUntil, memory.ModeReason, queue.Settings.BackoffRecovery == RecoveryKind.Gradual, now);
            }

            foreach (DisabledSource disabled in memory.Disabled)
            {
                if (disabled.Until > now)
                {
                    queue.NeedSources(now).Find(disabled.Address)?.Disable(disabled.Until, disabled.Reason, gradually: false);
                }
            }

            Settle(queue, now);
        }
    }
}
