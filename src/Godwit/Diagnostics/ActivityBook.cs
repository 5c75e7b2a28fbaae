// What became of mail, by destination, virtual MTA, source address and job, and what destinations say. The two doors count here, each recipient once;
// Control, Metrics and Api read copies. Bounded: the least recently used goes. Nothing is allocated for what is known already.
// A restart begins with nothing, but for the jobs' recipients that wait: the door in tells them anew.

using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Counts fates. Thread safe.</summary>
public sealed class ActivityBook
{
    /// <summary>Destinations known at once; about 200 octets each and a reply.</summary>
    public const int MostDestinations = 20_000;

    /// <summary>More than configurations have.</summary>
    public const int MostVirtualMtas = 10_000;

    /// <summary>Source addresses, counted anew for each virtual MTA that uses them.</summary>
    public const int MostSources = 10_000;

    /// <summary>A job is whatever a client writes into X-Job.</summary>
    public const int MostJobs = 10_000;

    /// <summary>Characters of a reply that are kept.</summary>
    public const int MaxReply = 500;

    private readonly ActivityTable<string, Fates> _destinations = new(MostDestinations, static _ => new Fates());
    private readonly ActivityTable<string, Fates> _virtualMtas = new(MostVirtualMtas, static _ => new Fates());
    private readonly ActivityTable<SourceKey, Fates> _sources = new(MostSources, static _ => new Fates());
    private readonly ActivityTable<string, JobFates> _jobs = new(MostJobs, static _ => new JobFates());

    /// <summary>Recipients of all destinations, those that are forgotten too.</summary>
    public Tally Delivered { get; } = new();

    /// <summary>Attempts at recipients of all destinations that ended in "later".</summary>
    public Tally Deferred { get; } = new();

    /// <summary>Recipients of all destinations that were given up, by whoever it was but the operator.</summary>
    public Tally Bounced { get; } = new();

    /// <summary>What destinations say.</summary>
    public ReplyBook Replies { get; } = new();

    /// <summary>Minute by minute, for the most active queues and destinations.</summary>
    public MailHistory History { get; } = new();

    /// <summary>Recipients of a message came in, or a restart found them.</summary>
    /// <param name="job">Empty when none: nothing is counted then.</param>
    public void Accepted(string job, int recipients, Instant now)
    {
        if (job.Length == 0)
        {
            return;
        }

        ActivityTable<string, JobFates>.Stripe stripe = _jobs.StripeOf(job);
        lock (stripe.Gate)
        {
            JobFates fates = stripe.Touch(job);
            fates.See(now);
            fates.Accepted += recipients;
        }
    }

    /// <summary>Recipients of a job will not be delivered, and nobody who would have delivered them has anything to do with that.</summary>
    /// <param name="job">Empty when none: nothing is counted then.</param>
    public void Removed(string job, int recipients, Instant now)
    {
        if (job.Length == 0)
        {
            return;
        }

        ActivityTable<string, JobFates>.Stripe stripe = _jobs.StripeOf(job);
        lock (stripe.Gate)
        {
            JobFates fates = stripe.Touch(job);
            fates.See(now);
            fates.Bounced += recipients;
        }
    }

    /// <summary>Recipients had their fates.</summary>
    public void Settled(in SettledRecipients settled)
    {
        Delivered.Add(settled.Delivered);
        Deferred.Add(settled.Deferred);
        Bounced.Add(settled.Bounced);
        Count(_destinations, settled.Destination, settled);
        Count(_virtualMtas, settled.VirtualMta, settled);
        History.Settled(settled);
        if (settled.Source is { } source)
        {
            Count(_sources, new SourceKey(settled.VirtualMta, source), settled);
        }

        if (settled.Job.Length > 0)
        {
            ActivityTable<string, JobFates>.Stripe stripe = _jobs.StripeOf(settled.Job);
            lock (stripe.Gate)
            {
                JobFates fates = stripe.Touch(settled.Job);
                fates.See(settled.Time);
                fates.Delivered += settled.Delivered;
                fates.Bounced += settled.Bounced;
                fates.Deferrals += settled.Deferred;
                fates.Gone.Add(settled.Delivered + settled.Bounced, settled.Time);
            }
        }
    }

    /// <summary>A queue could not be tried. That is nobody's fate, and it is not counted; but how its mail grows is worth a history.</summary>
    public void QueueFailed(string destination, string virtualMta, Instant now) =>
        History.Settled(new SettledRecipients(destination, virtualMta, null, "", 0, 0, 0, 0, "", now));

    public IReadOnlyList<ActivityReport<string>> Destinations() => _destinations.Read(Report);

    public IReadOnlyList<ActivityReport<string>> VirtualMtas() => _virtualMtas.Read(Report);

    public IReadOnlyList<ActivityReport<SourceKey>> Sources() => _sources.Read(Report);

    /// <param name="now">What left lately is told up to then.</param>
    public IReadOnlyList<JobActivity> Jobs(Instant now) => _jobs.Read((key, fates) => Report(key, fates, now));

    /// <summary>Null when nothing has happened there.</summary>
    public ActivityReport<string>? Destination(string destination) => _destinations.Read(destination, Maybe);

    public ActivityReport<string>? VirtualMta(string virtualMta) => _virtualMtas.Read(virtualMta, Maybe);

    public ActivityReport<SourceKey>? Source(SourceKey source) => _sources.Read(source, Maybe);

    /// <param name="now">What left lately is told up to then.</param>
    public JobActivity? Job(string job, Instant now) => _jobs.Read(job, (key, fates) => (JobActivity?)Report(key, fates, now));

    private static void Count<TKey>(ActivityTable<TKey, Fates> table, TKey key, in SettledRecipients settled)
        where TKey : notnull
    {
        ActivityTable<TKey, Fates>.Stripe stripe = table.StripeOf(key);
        lock (stripe.Gate)
        {
            stripe.Touch(key).Add(settled);
        }
    }

    private static ActivityReport<TKey> Report<TKey>(TKey key, Fates fates) =>
        new(key, fates.Delivered, fates.Deferred, fates.Bounced, fates.ReplyCode, fates.ReplyText, fates.LastTime);

    private static ActivityReport<TKey>? Maybe<TKey>(TKey key, Fates fates) => Report(key, fates);

    private static JobActivity Report(string key, JobFates fates, Instant now) =>
        new(key, fates.Accepted, fates.Delivered, fates.Bounced, fates.Deferrals, fates.FirstSeen, fates.LastSeen)
        {
            PerMinute = fates.Gone.PerMinute(fates.FirstSeen, now),
        };

    private sealed class Fates
    {
        public long Delivered { get; private set; }

        public long Deferred { get; private set; }

        public long Bounced { get; private set; }

        public Instant LastTime { get; private set; }

        public int ReplyCode { get; private set; }

        public string ReplyText { get; private set; } = "";

        public void Add(in SettledRecipients settled)
        {
            Delivered += settled.Delivered;
            Deferred += settled.Deferred;
            Bounced += settled.Bounced;
            LastTime = settled.Time;
            if (settled.ReplyCode != 0)
            {
                ReplyCode = settled.ReplyCode;
                ReplyText = settled.ReplyText.Length <= MaxReply ? settled.ReplyText : settled.ReplyText[..MaxReply];
            }
        }
    }

    private sealed class JobFates
    {
        public long Accepted { get; set; }

        public long Delivered { get; set; }

        public long Bounced { get; set; }

        public long Deferrals { get; set; }

        /// <summary>Delivered or given up lately; what an operator takes out is no speed.</summary>
        public RecentMinutes Gone { get; } = new();

        public Instant FirstSeen { get; private set; } = Instant.Never;

        public Instant LastSeen { get; private set; }

        public void See(Instant now)
        {
            FirstSeen = Instant.Min(FirstSeen, now);
            LastSeen = Instant.Max(LastSeen, now);
        }
    }
}
