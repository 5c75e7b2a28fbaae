// Mail to those who want to hear of backoff mode and of disabled source addresses: one for each change, and never a storm, because a provider in a bad hour
// may change its mind for each of ten thousand queues again and again. What was not told is counted, and the next mail says the count.
// Owned by QueueStateKeeper's loop. A mail that Intake does not take is said in the log and not tried again: the queue's state can be asked for at any time.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Disposition;

/// <summary>Tells people about changes of queues. Not thread safe.</summary>
internal sealed class QueueNotices(Func<BounceDraft, ValueTask<SmtpReply>> submit, CurrentSettings settings, ServerClock clock, ILogger log)
{
    /// <summary>Changes of one queue that are told in an hour: three times in and out.</summary>
    public const int MostOfQueue = 6;

    /// <summary>Changes of all queues that are told in an hour: more than anybody reads.</summary>
    public const int MostOfAll = 200;

    /// <summary>Queues whose changes are counted at the same time; of further ones nothing is told until an hour has passed.</summary>
    private const int MaxQueues = 10_000;

    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly Dictionary<QueueKey, Tally> _queues = [];
    private readonly Tally _all = new();

    /// <summary>Sends the mails about a change, if somebody wants them. Never throws for what Intake says.</summary>
    public async ValueTask TellAsync(QueueChange change)
    {
        if (change.Kind is QueueChangeKind.JobPaused or QueueChangeKind.JobResumed or QueueChangeKind.StandingPauses)
        {
            return; // About no queue, and an operator has said it.
        }

        DeliverySettings delivery = settings.Value.DeliveryFor(change.SettingsOf, change.Key.VirtualMta);
        IReadOnlyList<EmailAddress> who = change.Kind switch
        {
            QueueChangeKind.Backoff or QueueChangeKind.Normal or QueueChangeKind.Alert => delivery.BackoffNotify,
            QueueChangeKind.SourceDisabled or QueueChangeKind.SourceEnabled or QueueChangeKind.AllSourcesDisabled => delivery.DisabledSourceNotify,
            _ => [],
        };
        if (who.Count == 0 || !MayTell(change.Key, out int untold))
        {
            return;
        }

        var message = new QueueNoticeMessage(change, settings.Value, untold, clock.Now);
        foreach (EmailAddress recipient in who)
        {
            await SendAsync(change.Key, recipient, message);
        }
    }

    private async ValueTask SendAsync(QueueKey key, EmailAddress recipient, QueueNoticeMessage message)
    {
        try
        {
            SmtpReply reply = await submit(message.For(recipient));
            if (!reply.IsPositive)
            {
                log.QueueNoticeRefused(key, recipient.Text, reply.ToString());
            }
        }
        catch (Exception error)
        {
            log.QueueNoticeFailed(key, recipient.Text, error);
        }
    }

    /// <param name="untold">Changes of this queue since the last mail that nobody was told of.</param>
    private bool MayTell(QueueKey key, out int untold)
    {
        Instant now = clock.Now;
        untold = 0;
        if (!_queues.TryGetValue(key, out Tally? tally))
        {
            if (_queues.Count >= MaxQueues && !MakeRoom(now))
            {
                return false;
            }

            _queues[key] = tally = new Tally();
        }

        bool may = tally.HasRoom(MostOfQueue, now) & _all.HasRoom(MostOfAll, now);
        if (!may)
        {
            tally.Untold++;
            return false;
        }

        (untold, tally.Untold) = (tally.Untold, 0);
        tally.Told++;
        _all.Told++;
        return true;
    }

    private bool MakeRoom(Instant now)
    {
        foreach ((QueueKey key, Tally tally) in _queues)
        {
            if (tally.IsOver(now))
            {
                _queues.Remove(key);
            }
        }

        return _queues.Count < MaxQueues;
    }

    /// <summary>What was told in an hour.</summary>
    private sealed class Tally
    {
        private Instant _until;

        public int Told { get; set; }

        public int Untold { get; set; }

        public bool IsOver(Instant now) => _until <= now;

        public bool HasRoom(int most, Instant now)
        {
            if (IsOver(now))
            {
                (_until, Told) = (now + _hour, 0);
            }

            return Told < most;
        }
    }
}
