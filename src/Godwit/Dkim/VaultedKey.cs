// A key that is kept in the vault: asked for when the first message needs it, kept for cache-ttl, then asked for again while the one at hand still signs.
// Owned by its rings; thread safe. What cannot be had is not asked for by every message: a key that is not there for an hour, a vault that does not answer
// for a minute. A key at hand that cannot be renewed is told in the log.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Dkim;

/// <summary>A key in the vault.</summary>
/// <param name="place"><c>/path:key</c></param>
internal sealed class VaultedKey(VaultClient vault, string place, ILogger log)
{
    /// <summary>PowerMTA's time for a key that is not there.</summary>
    private static readonly TimeSpan _missingFor = TimeSpan.FromHours(1);

    private static readonly TimeSpan _silentFor = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private DkimKey? _key;
    private string _fault = "";
    private Instant _askAgain;
    private Task? _asking;
    private int _generation;

    /// <summary>As a configuration writes it.</summary>
    public string Source { get; } = $"{{vault}}:{place}";

    /// <summary>The key at hand.</summary>
    /// <exception cref="KeyNotAtHandException">It has to be asked for: await <see cref="AskAsync"/> and try again.</exception>
    /// <exception cref="DkimKeyException">It was, and could not be had.</exception>
    public DkimKey Key
    {
        get
        {
            lock (_gate)
            {
                bool isDue = vault.Clock.Now >= _askAgain;
                if (_key is null)
                {
                    throw _fault.Length == 0 || isDue ? new KeyNotAtHandException(this) : new DkimKeyException(_fault);
                }

                if (isDue && _asking is null)
                {
                    _asking = BeginAsync();
                }

                return _key;
            }
        }
    }

    /// <summary>Asks the vault, once for all who wait. Never throws: <see cref="Key"/> says how it ended.</summary>
    public Task AskAsync()
    {
        lock (_gate)
        {
            return _asking ??= BeginAsync();
        }
    }

    private Task BeginAsync()
    {
        int generation = _generation;
        return Task.Run(() => FetchAsync(generation));
    }

    /// <summary>The operator knows better: what the vault said before no longer counts, not even what is on its way.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _generation++;
            _key = null;
            _fault = "";
            _asking = null;
        }
    }

    private async Task FetchAsync(int generation)
    {
        DkimKey? key = null;
        string fault = "";
        TimeSpan wait = _silentFor;
        try
        {
            key = DkimKey.Read(await vault.ReadAsync(place), Source);
            wait = vault.CacheTtl;
        }
        catch (VaultException refused)
        {
            fault = $"{refused.Message}; mail that it signs waits";
            wait = refused.IsMissing ? _missingFor : _silentFor;
        }
        catch (DkimKeyException unusable)
        {
            fault = unusable.Message;
            wait = _missingFor;
        }
        catch (Exception unexpected)
        {
            // Its own words may show what was read.
            fault = $"{Source}: it could not be asked for ({unexpected.GetType().Name}); mail that it signs waits";
        }
        finally
        {
            Keep(generation, key, fault, wait);
        }
    }

    private void Keep(int generation, DkimKey? key, string fault, TimeSpan wait)
    {
        bool isOld;
        lock (_gate)
        {
            if (generation != _generation)
            {
                return;
            }

            // The key at hand goes on signing while the vault is away.
            isOld = key is null && _key is not null;
            _key = key ?? _key;
            _fault = fault;
            _askAgain = vault.Clock.Now + wait;
            _asking = null;
        }

        if (isOld)
        {
            // No more than one a minute for each key: nobody asks before.
            log.KeyNotRenewed(fault.Replace("; mail that it signs waits", "", StringComparison.Ordinal));
        }
    }
}

/// <summary>A signature needs a key that has to be asked for first.</summary>
internal sealed class KeyNotAtHandException(VaultedKey key) : Exception
{
    public VaultedKey Key => key;
}
