// Why mail waits: every hold of a queue in the order in which it binds. Read only; the same limits that Ask looks at, each asked by itself.

using System.Net;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

public sealed partial class Scheduler
{
    /// <summary>A wait that is longer than what the slowest rates in use impose is a stop, and no part of a queue's speed.</summary>
    private static readonly TimeSpan _longestBeat = TimeSpan.FromMinutes(1);

    /// <summary>Everything that holds a queue's mail back or slows it down. Null when there is no such queue.</summary>
    public QueueExplanation? Why(QueueKey key, Instant now)
    {
        lock (Gate)
        {
            now = Advance(now);
            if (_table.Find(key) is not { } queue)
            {
                return null;
            }

            queue.FollowCurbs(now);
            var reasons = new List<WaitReason>();
            AddStops(queue, now, reasons);
            AddOwnLimits(queue, now, reasons);
            AddSharedLimits(queue, now, reasons);
            AddRecipients(queue, reasons);
            Instant next = NextAttempt(queue, reasons, now);
            AddLost(queue, next, now, reasons);
            return new QueueExplanation(
                key, queue.Ready + queue.Held + queue.Deferred, queue.Out, [.. reasons.OrderByDescending(static reason => reason.IsBinding)], next,
                queue.PerSecond(now), queue.Events)
            {
                FailedTries = queue.Retry.Failures,
                IsStopped = next == Instant.Never || next - now > _longestBeat,
            };
        }
    }

    /// <summary>Before all else: when the other holds end, this mail is not sent but goes back.</summary>
    private void AddLost(MailQueue queue, Instant next, Instant now, List<WaitReason> reasons)
    {
        if (!_settings.Value.VirtualMtas.ContainsKey(queue.Key.VirtualMta))
        {
            string when = next == Instant.Never ? "when what holds it has ended" : next > now ? $"at {next}" : "when its turn comes";
            string text = $"its virtual MTA {queue.Key.VirtualMta} is gone from the configuration; it bounces {when}; "
                + $"\"pause queue */{queue.Key.VirtualMta}\" keeps it until that is put back";
            reasons.Insert(0, Stop(text, now));
        }
    }

    private static WaitReason Stop(string text, Instant until) => new(text, until) { IsBinding = true };

    /// <summary>Where another try would meet the same, none is suggested. A configuration that has come since may have mended it.</summary>
    private WaitReason Retry(MailQueue queue, string trouble) => queue.Retry.Lasts && queue.SettingsVersion == _version
        ? Stop($"the queue waits for its next try{trouble}; trying again will not help until that is mended", queue.Retry.Time)
        : Stop($"the queue waits for its next try{trouble}", queue.Retry.Time) with { Fix = $"schedule {queue.Key}" };

    /// <summary>What lets nothing go at all.</summary>
    private void AddStops(MailQueue queue, Instant now, List<WaitReason> reasons)
    {
        if (queue.IsPaused)
        {
            reasons.Add(Stop(PauseText(queue), Instant.Never) with { Fix = $"resume queue {queue.Key}" });
        }

        if (queue.Retry.IsActive)
        {
            string trouble = queue.LastError.Length > 0 ? $" after: {queue.LastError}" : "";
            reasons.Add(queue.Retry.Time > now ? Retry(queue, trouble)
                : queue.Retry.IsProbing ? Stop($"one connection tries the destination{trouble}", Instant.Never)
                : new WaitReason($"the next connection tries the destination{trouble}", now));
        }

        if (queue.HostWait > now)
        {
            reasons.Add(Stop("mx-connection-limit or ip-connection-limit of all its hosts is reached", Instant.Never));
        }

        if (queue.Ready == 0 && queue.Held > 0)
        {
            reasons.Add(Stop($"{queue.Held} recipients belong to jobs that are paused or held; \"show jobs\" names them", Instant.Never));
        }

        AddCurbs(queue, now, reasons);
        if (queue.Condition is not { } condition)
        {
            return;
        }

        foreach (QueueSource source in condition.Sources)
        {
            if (source.IsDisabled(now))
            {
                string text = $"source address {Name(source.Address)} is disabled: {source.Reason}";
                string fix = source.Address is { } address ? $"enable source {address} {queue.Group?.Key ?? queue.Key}" : "";
                reasons.Add(new WaitReason(text, source.DisabledUntil) { IsBinding = condition.AreAllDisabled(now), Fix = fix });
            }
        }
    }

    /// <summary>Jobs and senders that replies hold or slow, those that wait longest first.</summary>
    private static void AddCurbs(MailQueue queue, Instant now, List<WaitReason> reasons)
    {
        const int Most = 10;
        (string Text, Instant Until)[] all = [.. queue.Curbs.Select(curb => curb.Explain(now)).OrderByDescending(static each => each.Until)];
        foreach ((string text, Instant until) in all.Take(Most))
        {
            reasons.Add(new WaitReason(text, until));
        }

        if (all.Length > Most)
        {
            reasons.Add(new WaitReason($"{all.Length - Most} further jobs or senders are held or slowed, because replies were about them", Instant.Never));
        }
    }

    private static string Name(IPAddress? address) => address?.ToString() ?? "of the system's choice";

    private void AddOwnLimits(MailQueue queue, Instant now, List<WaitReason> reasons)
    {
        if (queue.Mode == QueueMode.Backoff)
        {
            string fix = $"set queue --mode=normal {queue.Key}";
            reasons.Add(new WaitReason($"backoff mode: {queue.Condition!.ModeReason}", queue.Condition.ModeUntil) { Fix = fix });
        }

        if (queue.Connections >= queue.MostConnections)
        {
            bool isComing = queue.MostConnections < queue.Pace.MaxSmtpOut;
            string limit = $"{Prefix(queue)}max-smtp-out";
            string why = isComing ? "it comes back from trouble step by step" : limit;
            string whose = isComing ? "" : ByProvider(queue.Key, limit);
            reasons.Add(new WaitReason($"all {queue.MostConnections} connections of the queue are in use ({why}){whose}", Instant.Never));
        }

        // While connections wait for the rate it binds, whatever a further one would be told: both limits are named then.
        Instant message = queue.RateWaiting > 0 ? Instant.Max(queue.NextMessageAllowed(now), queue.NextGrantAllowed(now)) : queue.NextGrantAllowed(now);
        if (message > now || queue.RateWaiting > 0)
        {
            string words = RateWords(queue.Pace.MaxMsgRate, queue.Pace.MaxDataVolumeRate, Prefix(queue));
            string whose = queue.Pace.MaxMsgRate.IsUnlimited ? "" : ByProvider(queue.Key, $"{Prefix(queue)}max-msg-rate");
            reasons.Add(Stop($"message rate limit of the queue ({words}){whose}", message));
        }
        else if (queue.NextConnectAllowed(now) is var connect && connect > now)
        {
            reasons.Add(new WaitReason($"no new connection before then ({ConnectWords(queue)})", connect) { IsBinding = queue.Connections == 0 });
        }

        if (queue.KeptSource(now) is { } kept && queue.Lane.Sources.Count > 1)
        {
            reasons.Add(new WaitReason($"it keeps to source address {kept}, because a host wants the next try from there", queue.KeptSourceUntil));
        }

        if (queue.NextSourceAllowed(now) > now && !queue.Condition!.AreAllDisabled(now))
        {
            AddSources(queue, now, reasons);
        }
    }

    /// <summary>Why no source address may open one more connection: each that is not disabled says why.</summary>
    private static void AddSources(MailQueue queue, Instant now, List<WaitReason> reasons)
    {
        const int Most = 10;
        string shared = queue.Group is { } group ? $"; shared by the {group.Members.Count} queue(s) of {group.Key}" : "";
        QueueSource[] full = [.. queue.Condition!.Sources.ToArray().Where(source => !source.IsDisabled(now))];
        foreach (QueueSource source in full.Take(Most))
        {
            string text = $"source address {Name(source.Address)} opens no further connection: {source.Explain(now)}{shared}";
            reasons.Add(new WaitReason(text, source.NextConnectionAllowed(now)) { IsBinding = queue.Connections == 0 });
        }

        if (full.Length > Most)
        {
            reasons.Add(new WaitReason($"{full.Length - Most} further source addresses open no further connection", Instant.Never));
        }
    }

    private static string Prefix(MailQueue queue) => queue.Mode == QueueMode.Backoff ? "backoff-" : "";

    private static string RateWords(Rate messages, Rate octets, string prefix = "") => octets.IsUnlimited ? $"{prefix}max-msg-rate {messages}"
        : messages.IsUnlimited ? $"{prefix}max-data-volume-rate {octets}"
        : $"{prefix}max-msg-rate {messages}, {prefix}max-data-volume-rate {octets}";

    private static string ConnectWords(MailQueue queue) => queue.Settings.SmtpOutRampupInterval > TimeSpan.Zero
        ? $"{Prefix(queue)}max-connect-rate {queue.Pace.MaxConnectRate}, smtp-out-rampup-interval {queue.Settings.SmtpOutRampupInterval.TotalSeconds:0.###}s"
        : $"{Prefix(queue)}max-connect-rate {queue.Pace.MaxConnectRate}";

    /// <summary>Behind a limit that nobody has configured, and that is what is known about the provider.</summary>
    private string ByProvider(QueueKey whose, string directive) =>
        _settings.Value.Origins.ProviderOf(whose.Destination, whose.VirtualMta, directive) is { } provider ? $"; {provider.Requirement}" : "";

    private void AddSharedLimits(MailQueue queue, Instant now, List<WaitReason> reasons)
    {
        foreach (SharedLimit level in queue.Levels)
        {
            if (level.HasRoom(now))
            {
                continue;
            }

            string whose = ReferenceEquals(level, _server) ? "the server (total-max-smtp-out)"
                : ReferenceEquals(level, queue.Lane.Own) ? $"the virtual MTA {queue.Key.VirtualMta}"
                : queue.Group is { } group && ReferenceEquals(level, group.Limit) ? $"the provider's group {group.Key}"
                : "a pool of the virtual MTA";
            string limit = $"{Prefix(queue)}{(level.IsShortOfSlots ? "max-smtp-out" : "max-msg-rate")}";
            string by = queue.Group is { } shared && ReferenceEquals(level, shared.Limit)
                ? ByProvider(new QueueKey(shared.MainDomain, shared.Key.VirtualMta), limit)
                : "";
            string what = level.IsShortOfSlots
                ? $"all {level.Limit} connections of {whose} are in use{by}"
                : $"the rate of {whose} is used up ({RateWords(level.MessageRate, level.VolumeRate)}){by}";
            Instant until = level.NextRoom(now);
            reasons.Add(new WaitReason(what, until) { IsBinding = queue.Connections == 0 });
        }
    }

    private static void AddRecipients(MailQueue queue, List<WaitReason> reasons)
    {
        if (queue.Deferred > 0)
        {
            bool binds = queue.Ready == 0;
            Instant until = binds ? queue.NextAttention : Instant.Never;
            string text = $"{queue.Deferred} recipient(s) wait for their own retry time";
            reasons.Add(new WaitReason(text, until) { IsBinding = binds, Fix = $"schedule --retry-recipients {queue.Key}" });
        }
    }

    /// <summary>The latest end of all that binds; now when nothing does.</summary>
    private static Instant NextAttempt(MailQueue queue, List<WaitReason> reasons, Instant now)
    {
        Instant next = now;
        foreach (WaitReason reason in reasons)
        {
            next = reason.IsBinding ? Instant.Max(next, reason.Until) : next;
        }

        return queue.Ready + queue.Held + queue.Deferred == 0 ? Instant.Never : next;
    }
}
