// The threads that sign: as many as the machine has cores, so that a signature of a millisecond never keeps a socket waiting. Owned by MessageSigning.
// They are started by the first order. Work waits in a queue with a bound; whoever brings more awaits. A fault of an order is its caller's and ends
// nothing else. Dispose finishes what waits.

using System.Collections.Concurrent;
using Godwit.Foundation;

namespace Godwit.Dkim;

/// <summary>Carries out orders.</summary>
internal sealed class SigningThreads(ServerClock clock) : IDisposable
{
    /// <summary>Half a second of RSA-2048 on one core. More would only hide from deliveries that they ask for more than the machine can do.</summary>
    private const int WaitingBound = 512;

    private readonly BlockingCollection<Work> _waiting = [];
    private readonly SemaphoreSlim _room = new(WaitingBound, WaitingBound);
    private readonly Lock _starting = new();
    private Thread[] _threads = [];
    private bool _ended;

    /// <summary>Signs. Cannot be cancelled: the content is the thread's until it is done.</summary>
    public Task<byte[]> SignAsync(SigningOrder order) => CarryOutAsync(new SigningWork(order));

    /// <summary>Does other work with keys, verifying: it waits in the same line, because it costs the same cores.</summary>
    public Task<T> RunAsync<T>(Func<T> work) => CarryOutAsync(new OtherWork<T>(work));

    private async Task<T> CarryOutAsync<T>(Work<T> work)
    {
        Start();
        await _room.WaitAsync();
        _waiting.Add(work);
        return await work.Done.Task;
    }

    public void Dispose()
    {
        lock (_starting)
        {
            _ended = true;
        }

        _waiting.CompleteAdding();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _waiting.Dispose();
        _room.Dispose();
    }

    private void Start()
    {
        if (Volatile.Read(ref _threads).Length > 0)
        {
            return;
        }

        lock (_starting)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (_threads.Length == 0)
            {
                var threads = new Thread[Environment.ProcessorCount];
                for (int i = 0; i < threads.Length; i++)
                {
                    threads[i] = new Thread(Run) { IsBackground = true, Name = $"dkim {i + 1}" };
                    threads[i].Start();
                }

                Volatile.Write(ref _threads, threads);
            }
        }
    }

    private void Run()
    {
        foreach (Work work in _waiting.GetConsumingEnumerable())
        {
            _room.Release();
            work.Do(clock.Now);
        }
    }

    private abstract class Work
    {
        /// <summary>Does not throw: a fault is handed to whoever waits.</summary>
        public abstract void Do(Instant now);
    }

    private abstract class Work<T> : Work
    {
        // Not on a signing thread: what follows a signature is its delivery.
        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public sealed override void Do(Instant now)
        {
            try
            {
                Done.SetResult(Make(now));
            }
            catch (Exception fault)
            {
                Done.SetException(fault);
            }
        }

        protected abstract T Make(Instant now);
    }

    private sealed class SigningWork(SigningOrder order) : Work<byte[]>
    {
        protected override byte[] Make(Instant now) => ContentSigner.Sign(order, now);
    }

    private sealed class OtherWork<T>(Func<T> make) : Work<T>
    {
        protected override T Make(Instant now) => make();
    }
}
