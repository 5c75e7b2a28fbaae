// All curbs of one queue, or of the queues that share a provider's limits, by job and by tenant. Owned by ReadyRecipients, or by GroupTerms.
// A word, and an order that begins or ends, is about one curb and looks at that one; all are looked at when the time of one has come.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Finds the curb of a stream.</summary>
internal sealed class StreamCurbs
{
    /// <summary>Jobs and senders that replies hold or slow in one place: some 200 KB. Beyond it the one that would end first is let go.</summary>
    internal const int MaxCurbs = 1000;

    private readonly Dictionary<string, StreamCurb> _jobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StreamCurb> _tenants = new(StringComparer.Ordinal);
    private readonly List<MailQueue> _called = [];

    public int Count => _jobs.Count + _tenants.Count;

    public IEnumerable<StreamCurb> All => _jobs.Values.Concat(_tenants.Values);

    /// <summary>When the next of them has something to do.</summary>
    public Instant NextLook { get; private set; } = Instant.Never;

    /// <summary>Grows when one comes, goes, opens, closes or calls somebody; 0 is none yet.</summary>
    public int Version { get; private set; }

    /// <summary>When the last of them ends; the default when there is none.</summary>
    public Instant LastEnd
    {
        get
        {
            Instant latest = default;
            foreach (StreamCurb curb in All)
            {
                latest = Instant.Max(latest, curb.Terms.End);
            }

            return latest;
        }
    }

    /// <summary>What is about the job goes before what is about its sender. Null when nothing is.</summary>
    public StreamCurb? Of(in StreamKey key)
    {
        StreamCurb? curb = null;
        bool has = (key.Job is not null && _jobs.TryGetValue(key.Job, out curb)) || (key.Tenant is not null && _tenants.TryGetValue(key.Tenant, out curb));
        return has ? curb : null;
    }

    /// <summary>What all of them ask; nothing that is over.</summary>
    public IReadOnlyList<StreamTerms> Remember(Instant now) => [.. All.Select(curb => curb.Remember(now)).Where(terms => !terms.IsOver(now))];

    /// <summary>A reply has said this.</summary>
    public void Add(StreamTerms terms, Instant now)
    {
        StreamCurb curb = FindOrAdd(terms, now, out bool isNew);
        if (!isNew)
        {
            curb.Add(terms, now);
        }

        LetGoBeyondBound(curb, now);
        Version++;
        Look(curb, now);
    }

    /// <summary>These were said elsewhere, or before a restart.</summary>
    public void AddBeside(IReadOnlyList<StreamTerms> several, Instant now)
    {
        foreach (StreamTerms terms in several)
        {
            StreamCurb curb = FindOrAdd(terms, now, out bool isNew);
            if (!isNew)
            {
                curb.AddBeside(terms, now);
            }
        }

        LetGoBeyondBound(null, now);
        Version++;
        Look(now);
    }

    /// <summary>Looks at all of them and forgets those that are over. True when one has opened or closed.</summary>
    public bool Look(Instant now)
    {
        int before = Version;
        List<StreamCurb>? over = null;
        NextLook = Instant.Never;
        foreach (Dictionary<string, StreamCurb> curbs in (ReadOnlySpan<Dictionary<string, StreamCurb>>)[_jobs, _tenants])
        {
            foreach (StreamCurb curb in curbs.Values)
            {
                LookAt(curb, now);
                NextLook = Instant.Min(NextLook, curb.NextLook);
                if (curb.IsOver(now))
                {
                    (over ??= []).Add(curb);
                }
            }
        }

        foreach (StreamCurb curb in over ?? [])
        {
            Remove(curb, now);
        }

        return Version != before;
    }

    /// <summary>The same for one about which something was said, or whose order has begun or ended.</summary>
    public bool Look(StreamCurb curb, Instant now)
    {
        int before = Version;
        LookAt(curb, now);
        NextLook = Instant.Min(NextLook, curb.NextLook);
        if (curb.IsOver(now))
        {
            Remove(curb, now);
        }

        return Version != before;
    }

    /// <summary>A queue does not share them any more.</summary>
    public void Leave(MailQueue member)
    {
        foreach (StreamCurb curb in All)
        {
            curb.Leave(member);
        }
    }

    /// <summary>Queues that have waited and may go now; each must look again. Null when there are none.</summary>
    public MailQueue[]? TakeCalled()
    {
        if (_called.Count == 0)
        {
            return null;
        }

        MailQueue[] called = [.. _called];
        _called.Clear();
        return called;
    }

    private void LookAt(StreamCurb curb, Instant now)
    {
        int called = _called.Count;
        Version += curb.Look(now, _called) || _called.Count > called ? 1 : 0;
    }

    private StreamCurb FindOrAdd(StreamTerms terms, Instant now, out bool isNew)
    {
        (Dictionary<string, StreamCurb> curbs, string name) = ByName(terms);
        isNew = !curbs.TryGetValue(name, out StreamCurb? curb);
        if (curb is null)
        {
            curbs.Add(name, curb = new StreamCurb(terms));
            if (terms.Job is not null)
            {
                CallTenants(now); // What was held as its sender's may go as the job's.
            }
        }

        return curb;
    }

    private void CallTenants(Instant now)
    {
        foreach (StreamCurb tenant in _tenants.Values)
        {
            tenant.CallAll(now, _called);
        }
    }

    private (Dictionary<string, StreamCurb> Curbs, string Name) ByName(StreamTerms terms) =>
        terms.Job is not null ? (_jobs, terms.Job) : (_tenants, terms.Tenant ?? "");

    /// <summary>Another one of its name may stand in its place.</summary>
    private void Remove(StreamCurb curb, Instant now)
    {
        (Dictionary<string, StreamCurb> curbs, string name) = ByName(curb.Terms);
        if (curbs.TryGetValue(name, out StreamCurb? known) && ReferenceEquals(known, curb))
        {
            curbs.Remove(name);
            curb.CallAll(now, _called);
            Version++;
        }
    }

    /// <summary>Those under way stay: their orders would count nowhere. There are no more of them than connections.</summary>
    private void LetGoBeyondBound(StreamCurb? newest, Instant now)
    {
        if (Count > MaxCurbs)
        {
            StreamCurb[] first = [.. All.Where(curb => curb.InUse == 0 && curb != newest).OrderBy(static curb => curb.Terms.End).Take(Count - MaxCurbs)];
            foreach (StreamCurb curb in first)
            {
                Remove(curb, now);
            }
        }
    }
}
