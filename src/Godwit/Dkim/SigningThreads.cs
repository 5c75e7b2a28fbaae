// The threads that sign: as many as the machine has cores, so that a signature of a millisecond never keeps a socket waiting. Owned by MessageSigning.
// They are started by the first order. Work waits in two lines with a bound each: ours, signing, which goes first, and what strangers make us do, verifying,
// which has half of the threads at most. Whoever brings more awaits. A fault of an order is its caller's and ends nothing else. Dispose finishes
// everything that was handed in, also what still waits for its place in a line.

using Godwit.Foundation;

namespace Godwit.Dkim;

/// <summary>Carries out orders.</summary>
internal sealed class SigningThreads : IDisposable
{
    /// <summary>Half a second of RSA-2048 on one core. More would only hide from deliveries that they ask for more than the machine can do.</summary>
    private const int WaitingBound = 512;

    /// <summary>While signing never pauses, every so many orders one verification gets its turn: mail that comes in must end too.</summary>
    private const int Turn = 8;

    private readonly ServerClock _clock;
    private readonly int _cores;
    private readonly int _mostVerifying;
    private readonly Line _signing = new();
    private readonly Line _verifying = new();

    /// <summary>Guards all that is below, and the lines.</summary>
    private readonly object _gate = new();

    private Thread[] _threads = [];
    private int _open;
    private int _verifyingNow;
    private int _sinceVerifying;
    private bool _ended;

    public SigningThreads(ServerClock clock)
        : this(clock, Environment.ProcessorCount)
    {
    }

    /// <param name="cores">Threads, one or more.</param>
    internal SigningThreads(ServerClock clock, int cores) => (_clock, _cores, _mostVerifying) = (clock, cores, Math.Max(1, cores / 2));

    /// <summary>Signs. Cannot be cancelled: the content is the thread's until it is done.</summary>
    public Task<byte[]> SignAsync(SigningOrder order) => CarryOutAsync(_signing, new SigningWork(order));

    /// <summary>Signs in another way, in the same line.</summary>
    public Task<T> SignAsync<T>(Func<T> work) => CarryOutAsync(_signing, new OtherWork<T>(work));

    /// <summary>Verifies: it costs the same cores, and must not keep them from signing.</summary>
    public Task<T> VerifyAsync<T>(Func<T> work) => CarryOutAsync(_verifying, new OtherWork<T>(work));

    private async Task<T> CarryOutAsync<T>(Line line, Work<T> work)
    {
        Begin();
        await line.Room.WaitAsync();
        lock (_gate)
        {
            line.Waiting.Enqueue(work);
            Monitor.Pulse(_gate);
        }

        return await work.Done.Task;
    }

    public void Dispose()
    {
        Thread[] threads;
        lock (_gate)
        {
            _ended = true;
            threads = _threads;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        _signing.Room.Dispose();
        _verifying.Room.Dispose();
    }

    /// <summary>From here on the work counts as handed in.</summary>
    private void Begin()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            _open++;
            if (_threads.Length > 0)
            {
                return;
            }

            _threads = new Thread[_cores];
            for (int i = 0; i < _threads.Length; i++)
            {
                _threads[i] = new Thread(Run) { IsBackground = true, Name = $"dkim {i + 1}" };
                _threads[i].Start();
            }
        }
    }

    private void Run()
    {
        while (Next(out Line line) is { } work)
        {
            line.Room.Release();
            work.Do(_clock.Now);
            lock (_gate)
            {
                _open--;
                _verifyingNow -= line == _verifying ? 1 : 0;

                // One who waits may take what was bound until now; at the end all of them leave.
                if (_ended)
                {
                    Monitor.PulseAll(_gate);
                }
                else
                {
                    Monitor.Pulse(_gate);
                }
            }
        }
    }

    /// <summary>Waits for work; null when there will be none any more.</summary>
    private Work? Next(out Line line)
    {
        lock (_gate)
        {
            while (true)
            {
                bool mayVerify = _verifying.Waiting.Count > 0 && _verifyingNow < _mostVerifying;
                if (mayVerify && (_signing.Waiting.Count == 0 || _sinceVerifying >= Turn))
                {
                    line = _verifying;
                    _verifyingNow++;
                    _sinceVerifying = 0;
                    return line.Waiting.Dequeue();
                }

                line = _signing;
                if (line.Waiting.Count > 0)
                {
                    _sinceVerifying++;
                    return line.Waiting.Dequeue();
                }

                if (_ended && _open == 0)
                {
                    return null;
                }

                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Work of one kind, in the order in which it came.</summary>
    private sealed class Line
    {
        public Queue<Work> Waiting { get; } = new();

        /// <summary>Places that are free.</summary>
        public SemaphoreSlim Room { get; } = new(WaitingBound, WaitingBound);
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
