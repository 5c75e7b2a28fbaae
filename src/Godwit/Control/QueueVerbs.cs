// Verbs that change queues, jobs and source addresses as a whole. Stateless; what they change is kept over a restart by whoever takes the scheduler's changes.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Does what an operator says about queues. Thread safe.</summary>
internal sealed class QueueVerbs(ServerView server)
{
    private Scheduler Scheduler => server.Scheduler;

    private Instant Now => server.Clock.Now;

    public OperatorReport Pause(QueuePattern pattern) =>
        ForEach(pattern, mayBeNew: true, "Queue(s) paused.", key => Scheduler.Pause(key, Now));

    public OperatorReport Resume(QueuePattern pattern) =>
        ForEach(pattern, mayBeNew: false, "Queue(s) resumed.", key => Scheduler.Resume(key, Now));

    public OperatorReport SetMode(QueuePattern pattern, QueueMode mode) =>
        ForEach(pattern, mayBeNew: true, $"Queue(s) set to {mode.ToString().ToLowerInvariant()} mode.", key =>
        {
            // As when a reply has begun it: backoff-to-normal-after counts from now.
            TimeSpan wait = server.Settings.Value.DeliveryFor(key.Destination, key.VirtualMta).BackoffToNormalAfter;
            Instant until = mode == QueueMode.Normal ? Instant.Never : Now.EndOf(wait);
            Scheduler.SetMode(key, mode, until, "set by the operator", Now);
        });

    /// <summary>Empty queues match and have nothing to be scheduled.</summary>
    public OperatorReport Schedule(QueuePattern pattern, bool retryRecipients)
    {
        IReadOnlyList<QueueGlance> matching = Scheduler.Glances(pattern.Matches);
        int scheduled = matching.Count(queue => queue.Recipients > 0 && Scheduler.ScheduleNow(queue.Key, retryRecipients, Now));
        return new MessageReport(ReportOutcome.Done, $"{scheduled} of {matching.Count} matching queues scheduled.");
    }

    public OperatorReport DisableSource(OperatorCommand command)
    {
        TimeSpan? after = command.Options.ReenableAfter;
        Instant until = after is { } wait ? Now + wait : Instant.Never;
        return ForSources(
            command, mayBeNew: true, "disabled", "is no source address of",
            key => Scheduler.DisableSource(key, command.Address!, until, "disabled by the operator", Now));
    }

    public OperatorReport EnableSource(OperatorCommand command) =>
        ForSources(command, mayBeNew: true, "enabled", "is not disabled in", key => Scheduler.EnableSource(key, command.Address!, Now));

    public OperatorReport PauseJob(string job)
    {
        Scheduler.PauseJob(job, Now);
        return new MessageReport(ReportOutcome.Done, "paused job.");
    }

    public OperatorReport ResumeJob(string job) => Scheduler.ResumeJob(job, Now)
        ? new MessageReport(ReportOutcome.Done, "resumed job.")
        : new MessageReport(ReportOutcome.Refused, $"the job \"{job}\" is not paused; \"show jobs\" lists the jobs");

    private OperatorReport ForEach(QueuePattern pattern, bool mayBeNew, string answer, Action<QueueKey> act)
    {
        QueueKey[] keys = Meant(pattern, mayBeNew, out string problem);
        foreach (QueueKey key in keys)
        {
            act(key);
        }

        return problem.Length > 0 ? new MessageReport(ReportOutcome.Refused, problem) : new CountReport(answer, "queues", keys.Length);
    }

    private OperatorReport ForSources(OperatorCommand command, bool mayBeNew, string done, string not, Func<QueueKey, bool> act)
    {
        IReadOnlyList<QueueKey> keys = Meant(command.Queues, mayBeNew, out string problem);
        int count = keys.Count(act);
        return problem.Length > 0 ? new MessageReport(ReportOutcome.Refused, problem)
            : count == 0 ? new MessageReport(ReportOutcome.Refused, $"{command.Address} {not} {command.Queues}")
            : new CountReport($"Source {command.Address} {done} for {count} queue(s).", "queues", count);
    }

    /// <summary>The existing queues that match; else the one that is named in full, if it may be made for the occasion.</summary>
    private QueueKey[] Meant(QueuePattern pattern, bool mayBeNew, out string problem)
    {
        problem = "";
        QueueKey[] matching = [.. Scheduler.Glances(pattern.Matches).Select(queue => queue.Key)];
        if (matching.Length > 0)
        {
            return matching;
        }

        if (!mayBeNew || !pattern.TryGetKey(out QueueKey key))
        {
            problem = $"no queue matches {pattern}" + (mayBeNew ? "; one that does not exist yet is named in full, without stars: DOMAIN/VMTA" : "");
            return [];
        }

        if (server.Settings.Value.VirtualMtas.TryGetValue(key.VirtualMta, out VirtualMtaSettings? virtualMta))
        {
            return [key with { VirtualMta = virtualMta.Name }];
        }

        problem = key.VirtualMta == EnvelopeRecipient.DefaultVirtualMta ? "" : $"there is no virtual MTA \"{key.VirtualMta}\" in the configuration";
        return problem.Length > 0 ? [] : [key];
    }
}
