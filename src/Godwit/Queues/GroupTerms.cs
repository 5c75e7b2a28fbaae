// What replies have asked of certain mail of one provider. Owned by its QueueGroup; each of its queues takes it over when it is looked at next.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>The terms that all queues of a group keep to.</summary>
internal sealed class GroupTerms
{
    private readonly Dictionary<(string? Job, string? Tenant), StreamTerms> _all = [];

    public IReadOnlyCollection<StreamTerms> All => _all.Values;

    /// <summary>Grows with each word; 0 is none yet.</summary>
    public int Version { get; private set; }

    /// <summary>These are among them, whatever they ask.</summary>
    public bool AreAbout(StreamTerms terms) => _all.ContainsKey((terms.Job, terms.Tenant));

    /// <summary>Those that are not over.</summary>
    public IReadOnlyList<StreamTerms> InForce(Instant now) => _all.Count == 0 ? [] : [.. _all.Values.Where(terms => !terms.IsOver(now))];

    /// <summary>At most as many as a queue can keep to: then the one that would end first goes.</summary>
    public void Add(StreamTerms terms, Instant now)
    {
        Version++;
        foreach ((var about, StreamTerms known) in _all)
        {
            if (known.IsOver(now))
            {
                _all.Remove(about);
            }
        }

        if (_all.Count >= StreamCurbs.MaxCurbs && !AreAbout(terms))
        {
            _all.Remove(_all.MinBy(static each => Instant.Max(each.Value.HeldUntil, each.Value.CeilingUntil)).Key);
        }

        (string?, string?) key = (terms.Job, terms.Tenant);
        _all[key] = _all.TryGetValue(key, out StreamTerms? earlier) ? earlier.With(terms) : terms;
    }
}
