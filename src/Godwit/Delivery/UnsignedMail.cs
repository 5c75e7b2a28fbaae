// Mail that goes out without the signature that dkim-sign wants, for want of a key: counted, and logged once an hour for each domain. Shared by all
// deliveries; thread safe. Bounded: where there are more domains than it remembers, the further ones are counted and not named.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Microsoft.Extensions.Logging;

namespace Godwit.Delivery;

/// <summary>Notes what lacks a signature.</summary>
internal sealed class UnsignedMail(TrafficCounters traffic, ServerClock clock, ILogger log)
{
    /// <summary>As many senders as one server signs for; each is some 100 octets.</summary>
    private const int MaxDomains = 10_000;

    /// <summary>Often enough to be met in a log of today, seldom enough not to fill it.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<DomainName, Instant> _silentUntil = [];

    /// <summary>One message.</summary>
    /// <param name="domain">Whose key is missing; absent when that is not known, or there is no key at all.</param>
    public void Note(DomainName domain)
    {
        traffic.Unsigned.Add(1);
        if (!MayTell(domain, clock.Now))
        {
            return;
        }

        if (domain.IsEmpty)
        {
            log.NothingToSignWith();
        }
        else
        {
            log.NoKeyFor(domain.Text);
        }
    }

    private bool MayTell(DomainName domain, Instant now)
    {
        lock (_lock)
        {
            if (_silentUntil.TryGetValue(domain, out Instant until) && now < until)
            {
                return false;
            }

            if (_silentUntil.Count >= MaxDomains && !_silentUntil.ContainsKey(domain))
            {
                RemoveOver(now);
            }

            bool hasRoom = _silentUntil.Count < MaxDomains || _silentUntil.ContainsKey(domain);
            if (hasRoom)
            {
                _silentUntil[domain] = now + Interval;
            }

            return hasRoom;
        }
    }

    private void RemoveOver(Instant now)
    {
        foreach ((DomainName domain, Instant until) in _silentUntil)
        {
            if (until <= now)
            {
                _silentUntil.Remove(domain);
            }
        }
    }
}
