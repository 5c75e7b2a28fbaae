// How many connections each address has, so that nobody who may do nothing, and no single address, can take all of them from those who steer the server.
// Owned by WebConsole; thread safe; holds only addresses that are connected.

using System.Net;
using Godwit.Reception;

namespace Godwit.Web;

/// <summary>Counts connections by address.</summary>
internal sealed class DoorCount
{
    /// <summary>Half of all: a proxy, or a room full of open consoles behind one address.</summary>
    public const int MaxOfOne = 128;

    /// <summary>Of all addresses together that http-access does not let in: enough for orchestrators that ask /health.</summary>
    public const int MaxOfStrangers = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _addresses = [];
    private int _strangers;

    /// <summary>False when there is no room for one more.</summary>
    public bool TryEnter(IPAddress address, bool isStranger)
    {
        address = AuthFailures.Whole(address);
        lock (_gate)
        {
            int own = _addresses.GetValueOrDefault(address);
            if (own >= MaxOfOne || (isStranger && _strangers >= MaxOfStrangers))
            {
                return false;
            }

            _addresses[address] = own + 1;
            _strangers += isStranger ? 1 : 0;
            return true;
        }
    }

    /// <param name="isStranger">As it was when it entered.</param>
    public void Leave(IPAddress address, bool isStranger)
    {
        address = AuthFailures.Whole(address);
        lock (_gate)
        {
            int own = _addresses[address] - 1;
            if (own > 0)
            {
                _addresses[address] = own;
            }
            else
            {
                _addresses.Remove(address);
            }

            _strangers -= isStranger ? 1 : 0;
        }
    }
}
