// What replies have asked of certain mail of one provider. Owned by its QueueGroup; each of its queues takes it over when it is looked at next.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>The terms that all queues of a group keep to.</summary>
internal sealed class GroupTerms
{
    private readonly List<StreamTerms> _all = [];

    public IReadOnlyList<StreamTerms> All => _all;

    /// <summary>Grows with each word; 0 is none yet.</summary>
    public int Version { get; private set; }

    /// <summary>At most as many as a queue can keep to: then the oldest goes.</summary>
    public void Add(StreamTerms terms, Instant now)
    {
        Version++;
        _all.RemoveAll(known => known.IsOver(now) || known.IsAbout(terms));
        if (_all.Count >= StreamCurbs.MaxCurbs)
        {
            _all.RemoveAt(0);
        }

        _all.Add(terms);
    }
}
