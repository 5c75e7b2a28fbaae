// Addresses, or ways to speak to one, that failed a moment ago. Hosts that did not answer are tried last, not never: so one dead MX does not cost every
// connection a timeout, and a destination whose hosts are all marked is still tried. Owned by DestinationHosts, for proxies by ProxyDialer, for broken TLS by
// OutgoingTls; thread safe; forgotten at restart.

using Godwit.Foundation;

namespace Godwit.Delivery;

/// <summary>A bounded memory of what failed.</summary>
/// <typeparam name="T">An address, or more than that; compared by value.</typeparam>
/// <param name="remembered">How long; two minutes when nothing is said.</param>
internal sealed class BadHosts<T>(ServerClock clock, TimeSpan? remembered = null)
    where T : notnull
{
    /// <summary>About 200 bytes each. When full, new ones are not remembered: the price is a slower connection, not a wrong one.</summary>
    private const int MaxHosts = 10_000;

    /// <summary>As long as one connect-timeout costs by default, and well below the default queue retry of ten minutes.</summary>
    private static readonly TimeSpan _usual = TimeSpan.FromMinutes(2);

    private readonly TimeSpan _remembered = remembered ?? _usual;
    private readonly Lock _lock = new();
    private readonly Dictionary<T, Instant> _until = [];

    public void Add(T address)
    {
        Instant now = clock.Now;
        lock (_lock)
        {
            if (_until.Count >= MaxHosts)
            {
                RemoveExpired(now);
            }

            if (_until.Count < MaxHosts)
            {
                _until[address] = now + _remembered;
            }
        }
    }

    /// <summary>The address answered.</summary>
    public void Remove(T address)
    {
        lock (_lock)
        {
            _until.Remove(address);
        }
    }

    public bool Contains(T address)
    {
        lock (_lock)
        {
            return _until.Count > 0 && _until.TryGetValue(address, out Instant until) && until > clock.Now;
        }
    }

    private void RemoveExpired(Instant now)
    {
        foreach ((T address, Instant until) in _until)
        {
            if (until <= now)
            {
                _until.Remove(address);
            }
        }
    }
}
