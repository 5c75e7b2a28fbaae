// Comparing hashed passwords costs tens of milliseconds of a core each: too long for a thread that many sockets wait for (docs/decisions/003), and a way
// to keep every core busy from outside. So it is done here, a few at a time, and beyond a bound not at all; a bound for each client besides, so that one
// of them cannot keep the others out. A stop ends what waits: nobody waits for more than the comparisons that run. One object a process; thread safe.

using System.Net;
using System.Security.Cryptography;

namespace Godwit.Sasl;

/// <summary>Runs what takes long, within bounds.</summary>
/// <param name="decoyKey">What answers about names that nobody has are made from, kept over restarts; when empty, they change with each process.</param>
public sealed class PasswordWork(ReadOnlyMemory<byte> decoyKey = default) : IDisposable
{
    /// <summary>
    /// Comparisons that wait or run. At the usual 30 ms each, the last of them has its answer after some four seconds on four cores, of which two compare,
    /// and after eight on two: less than clients wait for a reply.
    /// </summary>
    public const int MaxWaiting = 256;

    /// <summary>
    /// Those of one client: a sender that opens its connections all at once gets in, and three more of its kind have room beside it.
    /// </summary>
    public const int MaxWaitingOfOne = 64;

    /// <summary>Octets of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>Half of the cores at most: mail needs the others.</summary>
    private readonly SemaphoreSlim _slots = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();

    /// <summary>How many each client has here; those with none are not in it.</summary>
    private readonly Dictionary<IPAddress, int> _clients = [];
    private int _waiting;
    private bool _isDisposed;
    private long _done;

    /// <summary>Pieces of work done since the start.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>What SCRAM's answers about names that nobody has are made from.</summary>
    internal byte[] DecoyKey { get; } = decoyKey.IsEmpty ? RandomNumberGenerator.GetBytes(KeyLength) : decoyKey.ToArray();

    /// <summary>Random for each process: what is derived from it means nothing elsewhere.</summary>
    internal byte[] Key { get; } = RandomNumberGenerator.GetBytes(KeyLength);

    /// <summary>Runs <paramref name="work"/> on the pool. The default value when too many wait already, or a stop came in between.</summary>
    /// <param name="client">Who it is for: an address, or the network that stands for it.</param>
    internal async ValueTask<T?> TryRunAsync<T>(IPAddress client, Func<T> work)
    {
        if (!TryEnter(client))
        {
            return default;
        }

        try
        {
            if (!await TryTakeSlotAsync())
            {
                return default;
            }

            try
            {
                Interlocked.Increment(ref _done);
                return await Task.Run(work);
            }
            finally
            {
                GiveSlotBack();
            }
        }
        finally
        {
            Leave(client);
        }
    }

    /// <summary>From now on nothing begins, and what waits ends without having run.</summary>
    internal void Stop()
    {
        if (!_stop.IsCancellationRequested)
        {
            _stop.Cancel();
        }
    }

    /// <summary>Work that runs goes on to its end: the management port has some for longer than those who take mail.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _slots.Dispose();
            _stop.Dispose();
        }
    }

    private void GiveSlotBack()
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _slots.Release();
            }
        }
    }

    private async ValueTask<bool> TryTakeSlotAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return false;
        }

        try
        {
            await _slots.WaitAsync(_stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private bool TryEnter(IPAddress client)
    {
        lock (_gate)
        {
            int own = _clients.GetValueOrDefault(client);
            if (_waiting >= MaxWaiting || own >= MaxWaitingOfOne)
            {
                return false;
            }

            _waiting++;
            _clients[client] = own + 1;
            return true;
        }
    }

    private void Leave(IPAddress client)
    {
        lock (_gate)
        {
            _waiting--;
            int own = _clients[client] - 1;
            if (own > 0)
            {
                _clients[client] = own;
            }
            else
            {
                _clients.Remove(client);
            }
        }
    }
}
