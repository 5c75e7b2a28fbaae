// All curbs of one queue, by job and by tenant. Owned by its ReadyRecipients; made with the first reply that is about certain mail, gone with the last curb.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Finds the curb of a stream.</summary>
internal sealed class StreamCurbs
{
    /// <summary>Jobs and senders that replies hold or slow in one queue: some 200 KB. Beyond it the one that would end first is let go.</summary>
    internal const int MaxCurbs = 1000;

    private readonly Dictionary<string, StreamCurb> _jobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StreamCurb> _tenants = new(StringComparer.Ordinal);

    public int Count => _jobs.Count + _tenants.Count;

    public IEnumerable<StreamCurb> All => _jobs.Values.Concat(_tenants.Values);

    /// <summary>When the next of them has something to do.</summary>
    public Instant NextLook { get; private set; } = Instant.Never;

    /// <summary>What is about the job goes before what is about its sender. Null when nothing is.</summary>
    public StreamCurb? Of(in StreamKey key)
    {
        StreamCurb? curb = null;
        bool has = (key.Job is not null && _jobs.TryGetValue(key.Job, out curb)) || (key.Tenant is not null && _tenants.TryGetValue(key.Tenant, out curb));
        return has ? curb : null;
    }

    public void Add(StreamTerms terms, Instant now)
    {
        (Dictionary<string, StreamCurb> curbs, string name) = terms.Job is not null ? (_jobs, terms.Job) : (_tenants, terms.Tenant ?? "");
        if (curbs.TryGetValue(name, out StreamCurb? known))
        {
            known.Add(terms, now);
        }
        else
        {
            MakeRoom();
            curbs.Add(name, new StreamCurb(terms));
        }

        Look(now);
    }

    /// <summary>Looks at all of them and forgets those that are over. True when one has opened or closed.</summary>
    public bool Look(Instant now)
    {
        bool changed = false;
        List<StreamCurb>? over = null;
        NextLook = Instant.Never;
        foreach (Dictionary<string, StreamCurb> curbs in (ReadOnlySpan<Dictionary<string, StreamCurb>>)[_jobs, _tenants])
        {
            foreach (StreamCurb curb in curbs.Values)
            {
                changed |= curb.Look(now);
                NextLook = Instant.Min(NextLook, curb.NextLook);
                if (curb.IsOver(now))
                {
                    (over ??= []).Add(curb);
                }
            }
        }

        over?.ForEach(Remove);
        return changed;
    }

    /// <summary>The same for one whose order has begun or ended.</summary>
    public bool Look(StreamCurb curb, Instant now)
    {
        bool changed = curb.Look(now);
        NextLook = Instant.Min(NextLook, curb.NextLook);
        if (curb.IsOver(now))
        {
            Remove(curb);
        }

        return changed;
    }

    private void Remove(StreamCurb curb) => _ = curb.Terms.Job is { } job ? _jobs.Remove(job) : _tenants.Remove(curb.Terms.Tenant ?? "");

    private void MakeRoom()
    {
        if (Count >= MaxCurbs)
        {
            Remove(All.MinBy(static curb => Instant.Max(curb.Terms.HeldUntil, curb.Terms.CeilingUntil))!);
        }
    }
}
