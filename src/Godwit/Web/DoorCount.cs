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

    /// <summary>Of all addresses together that are for sign-in: some twenty open consoles. That may be everybody, so the others keep as many.</summary>
    public const int MaxOfSignIn = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _addresses = [];
    private readonly int[] _kinds = new int[3];

    /// <summary>False when there is no room for one more.</summary>
    public bool TryEnter(IPAddress address, DoorKind kind)
    {
        address = AuthFailures.Whole(address);
        lock (_gate)
        {
            int own = _addresses.GetValueOrDefault(address);
            if (own >= MaxOfOne || _kinds[(int)kind] >= Most(kind))
            {
                return false;
            }

            _addresses[address] = own + 1;
            _kinds[(int)kind]++;
            return true;
        }
    }

    /// <param name="kind">As it was when it entered.</param>
    public void Leave(IPAddress address, DoorKind kind)
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

            _kinds[(int)kind]--;
        }
    }

    private static int Most(DoorKind kind) => kind switch { DoorKind.Stranger => MaxOfStrangers, DoorKind.SignIn => MaxOfSignIn, _ => int.MaxValue };
}
