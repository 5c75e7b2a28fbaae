// Whose request may be under way: so many at all, and few of them at one address, so that one slow host never takes every turn. Owned by HttpsDoor.
// Thread safe. It remembers addresses only while somebody waits or speaks there.

using System.Net;
using System.Net.Sockets;

namespace Godwit.Trust;

/// <summary>Gives turns to speak.</summary>
internal sealed class HttpsTurns : IDisposable
{
    /// <summary>Requests under way; a campaign that meets a thousand new domains makes the others wait.</summary>
    public const int MaxAtOnce = 32;

    /// <summary>Of these at one address: many domains have their policies at one host, and a name costs nothing to whoever wants to keep us busy.</summary>
    public const int MaxAtOneAddress = 4;

    /// <summary>Who has one address of IPv6 has a network of these many leading octets.</summary>
    private const int NetworkOctets = 8;

    private readonly SemaphoreSlim _all = new(MaxAtOnce, MaxAtOnce);
    private readonly Dictionary<IPAddress, Place> _places = [];
    private readonly Lock _gate = new();

    /// <summary>Waits for a turn; whoever disposes what comes back gives it back. Throws when cancelled.</summary>
    public async Task<IDisposable> TakeAsync(IPAddress address, CancellationToken cancellation)
    {
        // 1 At the address first: who waits there keeps nobody else from speaking.
        Place place = Enter(NetworkOf(address));
        try
        {
            await place.Turns.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            Leave(place);
            throw;
        }

        // 2 Then among all.
        try
        {
            await _all.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            place.Turns.Release();
            Leave(place);
            throw;
        }

        return new Turn(this, place);
    }

    public void Dispose() => _all.Dispose();

    private static IPAddress NetworkOf(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        byte[] octets = address.GetAddressBytes();
        octets.AsSpan(NetworkOctets).Clear();
        return new IPAddress(octets);
    }

    private Place Enter(IPAddress network)
    {
        lock (_gate)
        {
            if (!_places.TryGetValue(network, out Place? place))
            {
                _places[network] = place = new Place(network);
            }

            place.Users++;
            return place;
        }
    }

    private void Leave(Place place)
    {
        lock (_gate)
        {
            if (--place.Users == 0)
            {
                _places.Remove(place.Network);
                place.Turns.Dispose();
            }
        }
    }

    /// <summary>One address, or one network of IPv6.</summary>
    private sealed class Place(IPAddress network)
    {
        public IPAddress Network { get; } = network;

        public SemaphoreSlim Turns { get; } = new(MaxAtOneAddress, MaxAtOneAddress);

        /// <summary>Who waits or speaks here.</summary>
        public int Users { get; set; }
    }

    private sealed class Turn(HttpsTurns turns, Place place) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                turns._all.Release();
                place.Turns.Release();
                turns.Leave(place);
            }
        }
    }
}
