// What the resolver remembers, by name and type, and for how long: the bounds on every server's idea of a time to live.
// Owned by DnsResolver.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Dns;

/// <summary>Remembers answers. Thread safe.</summary>
internal sealed class DnsCache(ServerClock clock)
{
    /// <summary>Names: a day's destinations of a large sender, at about a kilobyte each. What falls out is still in the name server's cache.</summary>
    public const int Capacity = 100_000;

    /// <summary>Below it every delivery would ask again.</summary>
    public static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(1);

    /// <summary>Above it a typing error of somebody else would be ours for too long.</summary>
    public static readonly TimeSpan MaxTtl = TimeSpan.FromDays(1);

    /// <summary>A mistake in a zone is repaired while its mail waits; RFC 2308 section 5 would allow hours.</summary>
    public static readonly TimeSpan MaxNegativeTtl = TimeSpan.FromMinutes(5);

    /// <summary>RFC 2308 section 5 would not remember a negative answer without SOA record at all; but many recipients of one domain ask at once.</summary>
    public static readonly TimeSpan UnknownNegativeTtl = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A broken zone is not hammered: RFC 9520 section 3.2 asks for a second at least and RFC 2308 section 7 for five minutes at most. Who asks may
    /// believe a failure for a shorter time than it is remembered.
    /// </summary>
    public static readonly TimeSpan FailureTtl = TimeSpan.FromSeconds(30);

    /// <summary>When no server could be asked at all: that says nothing about the name, and may be over soon.</summary>
    public static readonly TimeSpan SilenceTtl = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of a message worth remembering: keeps hostile zones with huge answers from filling memory.</summary>
    private const int MaxSize = 4096;

    private readonly NameCache<DnsAnswer[]> _names = new(Capacity, clock);

    public int Count => _names.Count;

    public int Generation => _names.Generation;

    public static TimeSpan PositiveTtl(int seconds) => Clamp(seconds, MinTtl, MaxTtl);

    public static TimeSpan NegativeTtl(int? seconds) => seconds is { } known ? Clamp(known, MinTtl, MaxNegativeTtl) : UnknownNegativeTtl;

    /// <param name="failuresFor">A failure that is this old is not believed any more; no less than <see cref="MinTtl"/>.</param>
    public DnsAnswer? Find(in DnsQuestion question, TimeSpan failuresFor)
    {
        if (_names.Find(question.Name) is { } answers)
        {
            foreach (DnsAnswer answer in answers)
            {
                if (answer.Question.Type == question.Type)
                {
                    return Holds(answer, failuresFor) ? answer : null;
                }
            }
        }

        return null;
    }

    /// <summary>Remembers an answer beside those of other types. Two stores at once may lose one of them, which costs a query.</summary>
    public void Store(DnsAnswer answer, int generation)
    {
        if (answer.WireSize > MaxSize)
        {
            return;
        }

        Instant last = answer.Expires;
        var answers = new List<DnsAnswer> { answer };
        Instant now = clock.Now;
        foreach (DnsAnswer known in _names.Find(answer.Question.Name) ?? [])
        {
            if (known.Question.Type != answer.Question.Type && known.Expires > now)
            {
                answers.Add(known);
                last = Instant.Max(last, known.Expires);
            }
        }

        _names.Store(answer.Question.Name, [.. answers], last, generation);
    }

    public void Clear(DomainName? name) => _names.Clear(name);

    private bool Holds(DnsAnswer answer, TimeSpan failuresFor)
    {
        Instant now = clock.Now;
        return answer.Expires > now
            && (answer.Status != DnsStatus.Failure || answer.Came + (failuresFor > MinTtl ? failuresFor : MinTtl) > now);
    }

    private static TimeSpan Clamp(int seconds, TimeSpan min, TimeSpan max)
    {
        var ttl = TimeSpan.FromSeconds(seconds);
        return ttl < min ? min : ttl > max ? max : ttl;
    }
}
