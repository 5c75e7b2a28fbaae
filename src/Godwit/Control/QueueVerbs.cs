// Verbs that change queues, jobs and source addresses as a whole. Stateless; what they change is kept over a restart by whoever takes the scheduler's changes.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Does what an operator says about queues. Thread safe.</summary>
internal sealed class QueueVerbs(ServerView server)
{
    /// <summary>What the queue says of its mode.</summary>
    private const string ByOperator = "set by the operator";

    private readonly QueueRemarks _remarks = new(server);

    private Scheduler Scheduler => server.Scheduler;

    private Instant Now => server.Clock.Now;

    /// <summary>A name with a star, or without a virtual MTA, or of a provider's group, means what comes later too.</summary>
    public OperatorReport Pause(QueuePattern pattern)
    {
        bool isOne = IsOneQueue(pattern, out _);
        if (isOne)
        {
            QueueKey[] named = Meant(pattern, out string slip);
            if (slip.Length > 0)
            {
                return Refused(slip);
            }

            Scheduler.PauseStanding(pattern, isOneQueue: true, Now);
            Array.ForEach(named, key => Scheduler.Pause(key, Now));
            return new CountReport("Queue(s) paused.", "queues", named.Length, _remarks.Elsewhere(pattern, "pause queue"));
        }

        if ((Slip(pattern) is { Length: > 0 } slipped ? slipped : NoDomain(pattern)) is { Length: > 0 } problem && Matching(pattern).Length == 0)
        {
            return Refused(problem);
        }

        // First those to come: what is made in between is paused by it, or found.
        bool kept = Scheduler.PauseStanding(pattern, isOneQueue: false, Now);
        QueueKey[] keys = Matching(pattern);
        Array.ForEach(keys, key => Scheduler.Pause(key, Now, byPattern: kept));
        string more = kept
            ? $"{keys.Length} queue(s) now; all that {pattern} means later too, until \"resume queue {pattern}\"."
            : $"{keys.Length} queue(s) now, none that comes later: {StandingPauses.Bound} patterns are paused already, \"show queues\" lists them.";
        return new CountReport("Queue(s) paused.", "queues", keys.Length, QueueRemarks.Join(more, _remarks.Elsewhere(pattern, "pause queue")));
    }

    public OperatorReport Resume(QueuePattern pattern)
    {
        bool kept = Scheduler.ResumeStanding(pattern, Now, out int ended);
        QueueKey[] keys = Matching(pattern);
        if (keys.Length == 0 && ended == 0)
        {
            return Refused(_remarks.NoQueue(pattern, "resume queue"));
        }

        Array.ForEach(keys, key => Scheduler.Resume(key, Now));
        QueuePattern[] others = [.. Scheduler.StandingPauses().Where(wider => wider.Covers(pattern))];
        string more = others.Length == 0 ? ""
            : kept ? $"All else that {string.Join(" or ", (object[])others)} means stays paused."
            : $"Once empty and forgotten they are paused again, by {string.Join(" or ", (object[])others)}: too many exceptions are kept already.";
        return new CountReport("Queue(s) resumed.", "queues", keys.Length, QueueRemarks.Join(more, _remarks.Elsewhere(pattern, "resume queue")));
    }

    public OperatorReport SetMode(QueuePattern pattern, QueueMode mode)
    {
        QueueKey[] keys = Meant(pattern, out string problem);
        if (problem.Length > 0)
        {
            return Refused(problem);
        }

        int waiting = 0;
        foreach (QueueKey key in keys)
        {
            Scheduler.SetMode(key, mode, ByOperator, Now);
            waiting += mode == QueueMode.Normal && Scheduler.Queue(key) is { InRetry: true } queue && queue.RetryTime > Now ? 1 : 0;
        }

        // The mode and the wait for a retry are two things; leaving the one does not end the other.
        string more = waiting == 0 ? ""
            : $"{(waiting == 1 ? "One of them still waits for its" : $"{waiting} of them still wait for their")} next try; \"schedule {pattern}\" ends that.";
        return new CountReport(
            ModeIsSet(mode, ""), "queues", keys.Length, QueueRemarks.Join(_remarks.Shared(keys), more, _remarks.Elsewhere(pattern, ModeCommand(mode))));
    }

    /// <summary>One queue into backoff mode until a time; <see cref="Instant.Never"/> until somebody ends it.</summary>
    public OperatorReport Backoff(QueueKey key, Instant until)
    {
        Scheduler.SetMode(key, QueueMode.Backoff, until, ByOperator, Now);
        return new MessageReport(ReportOutcome.Done, ModeIsSet(QueueMode.Backoff, until == Instant.Never ? "" : $" until {until}"));
    }

    /// <summary>The verb as it is typed.</summary>
    public static string ModeCommand(QueueMode mode, string queue = "") => $"set queue --mode={Word(mode)} {queue}".TrimEnd();

    private static string ModeIsSet(QueueMode mode, string end) => $"Queue(s) set to {Word(mode)} mode{end}.";

    private static string Word(QueueMode mode) => mode.ToString().ToLowerInvariant();

    /// <summary>Empty queues match and have nothing to be scheduled.</summary>
    public OperatorReport Schedule(QueuePattern pattern, bool retryRecipients)
    {
        IReadOnlyList<QueueGlance> matching = Scheduler.Glances(QueueNames.Matcher(Scheduler, pattern));
        string verb = retryRecipients ? "schedule --retry-recipients" : "schedule";
        if (matching.Count == 0 && !pattern.IsAll)
        {
            return Refused(_remarks.NoQueue(pattern, verb));
        }

        QueueKey[] scheduled =
        [
            .. matching.Where(queue => queue.Recipients > 0 && Scheduler.ScheduleNow(queue.Key, retryRecipients, Now)).Select(static queue => queue.Key),
        ];
        return new CountReport(
            $"{scheduled.Length} of {matching.Count} matching queues scheduled.", "queues", scheduled.Length,
            QueueRemarks.Join(_remarks.StillHeld(pattern, scheduled, retryRecipients), _remarks.Elsewhere(pattern, verb)));
    }

    public OperatorReport DisableSource(OperatorCommand command)
    {
        TimeSpan? after = command.Options.ReenableAfter;
        Instant until = after is { } wait ? Now + wait : Instant.Never;
        return ForSources(
            command, "disable source", "disabled", "is no source address of",
            key => Scheduler.DisableSource(key, command.Address!, until, "disabled by the operator", Now));
    }

    public OperatorReport EnableSource(OperatorCommand command)
    {
        // Queues of one provider share it: the first of them enables it for all.
        HashSet<QueueKey> disabled =
        [
            .. Scheduler.DisabledSources(static _ => true).Where(each => Equals(each.Source.Address, command.Address)).Select(each => each.Key),
        ];
        Dictionary<QueueKey, QueueKey> groups = Scheduler.Groups(static _ => true)
            .SelectMany(group => group.Members, static (group, member) => (group.Key, member))
            .ToDictionary(static each => each.member, static each => each.Key);
        return ForSources(command, "enable source", "enabled", "is not disabled in", key =>
        {
            bool was = disabled.Contains(groups.GetValueOrDefault(key, key));
            return Scheduler.EnableSource(key, command.Address!, Now) || was;
        });
    }

    /// <summary>The job need not have mail: it may be paused before it comes. But a slip must be seen.</summary>
    public OperatorReport PauseJob(string job)
    {
        if (job.Any(char.IsWhiteSpace) && !Scheduler.Jobs().Any(each => each.Job == job))
        {
            return Refused($"\"{job}\" is no job: a job's name holds no blank");
        }

        bool changes = Scheduler.PauseJob(job, Now);
        JobReport known = Scheduler.Jobs().First(each => each.Job == job);
        string more = known.Recipients > 0 ? ""
            : $"No mail of \"{job}\" is here. What comes will wait, also after a restart, until \"resume job {job}\"; \"show jobs\" lists the jobs.";
        more = QueueRemarks.Join(
            changes ? "" : "It was paused before.", more,
            QueuePattern.IsPattern(job) ? "A star or a question mark in a job's name means itself: no other job is paused by it." : "");
        return new CountReport("paused job.", "recipients", known.Recipients, more);
    }

    public OperatorReport ResumeJob(string job) => Scheduler.ResumeJob(job, Now)
        ? new MessageReport(ReportOutcome.Done, "resumed job.")
        : Refused($"the job \"{job}\" is not paused; \"show jobs\" lists the jobs");

    private OperatorReport ForSources(OperatorCommand command, string verb, string done, string not, Func<QueueKey, bool> act)
    {
        QueueKey[] keys = Meant(command.Queues, out string problem);
        QueueKey[] changed = [.. keys.Where(act)];
        string elsewhere = problem.Length > 0 ? "" : _remarks.Elsewhere(command.Queues, $"{verb} {command.Address}");
        return problem.Length > 0 ? Refused(problem)
            : changed.Length == 0 ? Refused($"{command.Address} {not} {command.Queues}{(elsewhere.Length > 0 ? ". " : "")}{elsewhere}")
            : new CountReport(
                $"Source {command.Address} {done} for {changed.Length} queue(s).", "queues", changed.Length,
                QueueRemarks.Join(_remarks.Shared(changed), elsewhere));
    }

    private QueueKey[] Matching(QueuePattern pattern) => [.. Scheduler.Glances(QueueNames.Matcher(Scheduler, pattern)).Select(queue => queue.Key)];

    /// <summary>A queue that is named in full. What queues of one provider share has a name too, and is none.</summary>
    private bool IsOneQueue(QueuePattern pattern, out QueueKey key) =>
        pattern.TryGetKey(out key) && Scheduler.Groups(pattern.Matches).Count == 0
        && (QueueNames.Provider(server.Settings.Value, pattern) is null || Scheduler.Queue(key) is not null);

    /// <summary>A single word is mostly a slip. Where it is none, such as the name of a host within, the star says so.</summary>
    private static string NoDomain(QueuePattern pattern) =>
        pattern.NamesVirtualMta || QueuePattern.IsPattern(pattern.Destination) || pattern.Destination.Contains('.', StringComparison.Ordinal) ? ""
        : $"no queue matches {pattern}, and \"{pattern.Destination}\" is hardly a domain; what does not exist yet is paused "
            + $"when it is named DOMAIN or DOMAIN/VMTA, and this one by \"pause queue {pattern}\"";

    private string Slip(QueuePattern pattern) =>
        QueueNames.UnknownRollup(server.Settings.Value, pattern) is { Length: > 0 } rollup ? rollup
        : QueueNames.UnknownVirtualMta(server.Settings.Value, pattern);

    /// <summary>The existing queues that are meant; else the one that is named in full, which is made for the occasion.</summary>
    private QueueKey[] Meant(QueuePattern pattern, out string problem)
    {
        problem = "";
        QueueKey[] matching = Matching(pattern);
        if (matching.Length > 0)
        {
            return matching;
        }

        ServerSettings settings = server.Settings.Value;
        problem = Slip(pattern);
        if (problem.Length == 0 && pattern.TryGetKey(out QueueKey group) && Scheduler.IsGroup(group))
        {
            return [group];
        }

        if (problem.Length == 0 && QueueNames.Provider(settings, pattern) is { } provider)
        {
            problem = $"{pattern} is what queues of one provider share, and none of them is here now: name them, "
                + $"such as {provider.MainDomain}/{pattern.VirtualMta}, or come back when they have mail";
        }
        else if (problem.Length == 0 && !pattern.TryGetKey(out _))
        {
            string elsewhere = _remarks.Elsewhere(pattern, "show queues");
            problem = elsewhere.Length > 0 ? $"no queue matches {pattern}. {elsewhere}"
                : $"no queue matches {pattern}; one that does not exist yet is named in full, without stars: DOMAIN/VMTA";
        }

        return problem.Length == 0 && pattern.TryGetKey(out QueueKey key)
            ? [settings.VirtualMtas.TryGetValue(key.VirtualMta, out VirtualMtaSettings? known) ? key with { VirtualMta = known.Name } : key]
            : [];
    }

    private static MessageReport Refused(string why) => new(ReportOutcome.Refused, why);
}
