// Addresses that fail to authenticate, and how often: smtp-max-auth-failure-rate. Owned by the desk; thread safe. Bounded: a flood from everywhere forgets
// the addresses whose period began first, never what happens now.

using System.Net;
using System.Net.Sockets;
using Godwit.Foundation;

namespace Godwit.Reception;

/// <summary>Counts failures of each address, in periods that begin with the first of them.</summary>
internal sealed class AuthFailures
{
    /// <summary>Some 6 MB. A network of guessers with more addresses than this is not stopped by counting them.</summary>
    public const int MaxAddresses = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Period> _periods = [];

    /// <summary>In the order in which the periods began; those that were replaced stay until their turn.</summary>
    private readonly Queue<(IPAddress Address, Period Period)> _order = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _periods.Count;
            }
        }
    }

    /// <summary>Counts one. True when the address has had more of them than the rate allows.</summary>
    public bool Add(IPAddress address, Rate most, Instant now)
    {
        if (most.IsUnlimited)
        {
            return false;
        }

        address = Whole(address);
        lock (_gate)
        {
            if (!_periods.TryGetValue(address, out Period? period) || now - period.Began >= most.Period)
            {
                MakeRoom();
                _periods[address] = period = new Period(now);
                _order.Enqueue((address, period));
            }

            period.Most = most;
            return ++period.Failures > most.Count;
        }
    }

    /// <summary>Whether the address has had more than the rate allows, and its period is not over.</summary>
    public bool IsLocked(IPAddress address, Rate most, Instant now)
    {
        if (most.IsUnlimited)
        {
            return false;
        }

        lock (_gate)
        {
            return _periods.TryGetValue(Whole(address), out Period? period) && period.Failures > most.Count && now - period.Began < most.Period;
        }
    }

    /// <summary>Those that are shut out now, by the rate that their last failure was counted with; longest first.</summary>
    public IReadOnlyList<ShutOutClient> Locked(Instant now)
    {
        var locked = new List<ShutOutClient>();
        lock (_gate)
        {
            foreach ((IPAddress address, Period period) in _periods)
            {
                if (period.Failures > period.Most.Count && now - period.Began < period.Most.Period)
                {
                    locked.Add(new ShutOutClient(address, period.Failures, period.Began, period.Began + period.Most.Period));
                }
            }
        }

        locked.Sort(static (one, other) => one.Since.CompareTo(other.Since));
        return locked;
    }

    /// <summary>Forgets the failures of an address, or with null those of all. Returns how many addresses were shut out and are not any more.</summary>
    public int Forgive(IPAddress? address, Instant now)
    {
        IPAddress? whole = address is null ? null : Whole(address);
        int forgiven = 0;
        foreach (ShutOutClient client in Locked(now))
        {
            if (whole is null || client.Address.Equals(whole))
            {
                lock (_gate)
                {
                    forgiven += _periods.Remove(client.Address) ? 1 : 0;
                }
            }
        }

        return forgiven;
    }

    /// <summary>One customer of IPv6 has a whole /64 (RFC 6177), so that is one address here.</summary>
    internal static IPAddress Whole(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new IPAddress(octets);
    }

    private void MakeRoom()
    {
        while (_order.Count >= MaxAddresses)
        {
            (IPAddress oldest, Period period) = _order.Dequeue();
            if (_periods.TryGetValue(oldest, out Period? current) && current == period)
            {
                _periods.Remove(oldest);
            }
        }
    }

    private sealed class Period(Instant began)
    {
        public Instant Began => began;

        public long Failures { get; set; }

        /// <summary>What the last of them was counted against.</summary>
        public Rate Most { get; set; }
    }
}
