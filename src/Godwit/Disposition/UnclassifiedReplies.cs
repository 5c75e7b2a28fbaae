// Replies of class 4 and 5 that no pattern knew, counted by kind, so that an operator sees which pattern is missing.
// Owned by whoever judges replies; any thread may add and ask. Holds a bounded number of kinds: where one more comes, the rarest goes, and of several
// the one that was seen longest ago. Nothing here is kept over a restart.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Disposition;

/// <summary>One kind of reply.</summary>
/// <param name="Mask">The reply without what differs from mail to mail.</param>
/// <param name="Count">Replies of this kind, since it was last forgotten.</param>
/// <param name="Sample">The first of them as it came, cut at <see cref="UnclassifiedReplies.MaxSample"/> characters.</param>
/// <param name="Destination">Where that one came from.</param>
public sealed record UnclassifiedReply(string Mask, long Count, Instant First, Instant Last, string Sample, DomainName Destination);

/// <summary>Counts replies that nobody knew.</summary>
/// <param name="mostKinds">Kinds kept, at least 1.</param>
public sealed class UnclassifiedReplies(int mostKinds = UnclassifiedReplies.MostKinds)
{
    /// <summary>Nobody reads more; a megabyte at most.</summary>
    public const int MostKinds = 1000;

    /// <summary>Enough to write a pattern from.</summary>
    public const int MaxSample = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Kind> _kinds = new(StringComparer.OrdinalIgnoreCase);
    private long _forgotten;

    /// <summary>Kinds that had to make room for others.</summary>
    public long Forgotten
    {
        get
        {
            lock (_gate)
            {
                return _forgotten;
            }
        }
    }

    /// <summary>Counts a reply; one that is neither 4xx nor 5xx is passed over.</summary>
    /// <param name="ours">Domains of the message: its sender's, its recipient's.</param>
    public void Add(SmtpReply reply, DomainName destination, Instant now, params ReadOnlySpan<DomainName> ours)
    {
        if (!reply.IsTransient && !reply.IsPermanent)
        {
            return;
        }

        // Outside the lock: masking takes longer than counting.
        string text = reply.ToString();
        string mask = ReplyMask.Of(text, ours);
        lock (_gate)
        {
            if (_kinds.TryGetValue(mask, out Kind? known))
            {
                known.Count++;
                known.Last = Instant.Max(known.Last, now);
                return;
            }

            if (_kinds.Count >= Math.Max(1, mostKinds))
            {
                Forget();
            }

            _kinds.Add(mask, new Kind(now, text.Length <= MaxSample ? text : text[..MaxSample], destination) { Count = 1, Last = now });
        }
    }

    /// <summary>At most <paramref name="most"/> kinds, the most frequent first; of equally frequent ones that which was seen last.</summary>
    public IReadOnlyList<UnclassifiedReply> Top(int most)
    {
        List<UnclassifiedReply> all;
        lock (_gate)
        {
            all = [.. _kinds.Select(k => new UnclassifiedReply(k.Key, k.Value.Count, k.Value.First, k.Value.Last, k.Value.Sample, k.Value.Destination))];
        }

        return [.. all.OrderByDescending(r => r.Count).ThenByDescending(r => r.Last.Ticks).ThenBy(r => r.Mask, StringComparer.Ordinal).Take(Math.Max(0, most))];
    }

    private void Forget()
    {
        string? rarest = null;
        (long Count, long Last) least = (long.MaxValue, long.MaxValue);
        foreach ((string mask, Kind kind) in _kinds)
        {
            if ((kind.Count, kind.Last.Ticks).CompareTo(least) < 0)
            {
                (rarest, least) = (mask, (kind.Count, kind.Last.Ticks));
            }
        }

        if (rarest is not null)
        {
            _kinds.Remove(rarest);
            _forgotten++;
        }
    }

    private sealed class Kind(Instant first, string sample, DomainName destination)
    {
        public long Count { get; set; }

        public Instant First => first;

        public Instant Last { get; set; }

        public string Sample => sample;

        public DomainName Destination => destination;
    }
}
