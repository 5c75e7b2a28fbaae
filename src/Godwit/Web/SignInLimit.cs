// How often an address may try to sign in: guessing ends after a few passwords. Owned by the caller desk; thread safe. An attempt counts from its beginning,
// so that a hundred at once are not all let through, and one that was right is taken off again. Full, the oldest period is forgotten.

using System.Net;
using Godwit.Reception;

namespace Godwit.Web;

/// <summary>Counts attempts of each address in periods that begin with the first of them.</summary>
internal sealed class SignInLimit(TimeProvider time)
{
    /// <summary>Somebody who has forgotten which of a few passwords it was gets in.</summary>
    public const int MaxAttempts = 10;

    /// <summary>Some 2 MB; only addresses that http-access admits are counted at all.</summary>
    public const int MaxAddresses = 16_384;

    /// <summary>Some 3,000 guesses a day and address, each at the cost of a hash.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Attempts> _addresses = [];

    /// <summary>Counts an attempt. Otherwise how long the address has to wait.</summary>
    public bool TryBegin(IPAddress address, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        address = AuthFailures.Whole(address);
        lock (_gate)
        {
            if (!_addresses.TryGetValue(address, out Attempts? attempts) || time.GetElapsedTime(attempts.Began) >= Period)
            {
                _addresses.Remove(address);
                MakeRoom();
                _addresses.Add(address, attempts = new Attempts(time.GetTimestamp()));
            }

            if (attempts.Count >= MaxAttempts)
            {
                wait = Period - time.GetElapsedTime(attempts.Began);
                return false;
            }

            attempts.Count++;
            return true;
        }
    }

    /// <summary>Takes an attempt off again that was none of guessing.</summary>
    public void Forgive(IPAddress address)
    {
        lock (_gate)
        {
            if (_addresses.TryGetValue(AuthFailures.Whole(address), out Attempts? attempts) && attempts.Count > 0)
            {
                attempts.Count--;
            }
        }
    }

    private void MakeRoom()
    {
        if (_addresses.Count >= MaxAddresses)
        {
            _addresses.Remove(_addresses.MinBy(each => each.Value.Began).Key);
        }
    }

    private sealed class Attempts(long began)
    {
        public long Began => began;

        public int Count { get; set; }
    }
}
