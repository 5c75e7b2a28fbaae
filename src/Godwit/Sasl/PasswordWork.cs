// Comparing hashed passwords costs tens of milliseconds of a core each: too long for a thread that many sockets wait for (docs/decisions/003), and a way
// to keep every core busy from outside. So it is done here, a few at a time, and beyond a bound not at all. One object a process; thread safe.

using System.Security.Cryptography;

namespace Godwit.Sasl;

/// <summary>Runs what takes long, within bounds.</summary>
public sealed class PasswordWork : IDisposable
{
    /// <summary>Comparisons that wait or run: at the usual cost, the last of them has its answer after some two seconds on four cores.</summary>
    public const int MaxWaiting = 256;

    /// <summary>Half of the cores at most: mail needs the others.</summary>
    private readonly SemaphoreSlim _slots = new(Math.Max(1, Environment.ProcessorCount / 2));
    private int _waiting;
    private long _done;

    /// <summary>Pieces of work done since the start.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>Random for each process: what is derived from it means nothing elsewhere.</summary>
    internal byte[] Key { get; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>Runs <paramref name="work"/> on the pool. The default value when too many wait already.</summary>
    internal async ValueTask<T?> TryRunAsync<T>(Func<T> work)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > MaxWaiting)
            {
                return default;
            }

            await _slots.WaitAsync();
            try
            {
                Interlocked.Increment(ref _done);
                return await Task.Run(work);
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose() => _slots.Dispose();
}
