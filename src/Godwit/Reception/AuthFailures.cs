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
    }
}
