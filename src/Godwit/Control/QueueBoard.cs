// What all who look at queues share: one snapshot of all of them, made when somebody asks and the last one is too old. Owned by Operator. Thread safe.
// How old it may be depends on what it costs: two seconds, and so much longer on a server with very many queues that observing it takes two percent of
// one core at most, however many pages are open. Long work is done on a thread of its own: the pool's threads are the mail's.
// Nobody asks for a minute: it is forgotten.

using System.Diagnostics;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Sorted, filtered views of all queues.</summary>
internal sealed class QueueBoard : IDisposable
{
    /// <summary>A person does not read faster.</summary>
    private static readonly TimeSpan _youngest = TimeSpan.FromSeconds(2);

    /// <summary>However dear: what is shown is never older.</summary>
    private static readonly TimeSpan _oldest = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan _forgottenAfter = TimeSpan.FromMinutes(1);

    /// <summary>A snapshot stands this many times longer than it took: 1/60 is below two percent.</summary>
    private const int RestPerWork = 60;

    /// <summary>Below it the work takes no longer than handing it over to another thread.</summary>
    private const int FewQueues = 2000;

    private readonly ServerView _server;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ITimer _forget;
    private QueueSnapshot? _snapshot;
    private long _made;
    private TimeSpan _cost;

    public QueueBoard(ServerView server)
    {
        _server = server;
        _forget = server.Clock.Time.CreateTimer(static state => ((QueueBoard)state!).Forget(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Looks at the snapshot that is in force. <paramref name="look"/> runs alone, mostly on a thread of its own.</summary>
    public async Task<T> LookAsync<T>(Func<QueueSnapshot, T> look, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            _forget.Change(_forgottenAfter, Timeout.InfiniteTimeSpan);
            return _server.QueueTotals().Queues <= FewQueues
                ? Look(look)
                : await Task.Factory.StartNew(() => Look(look), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What an operator has just changed is seen by the next look.</summary>
    public void Renew() => Volatile.Write(ref _made, 0);

    public void Dispose()
    {
        _forget.Dispose();
        _one.Dispose();
    }

    private T Look<T>(Func<QueueSnapshot, T> look)
    {
        // The machine's time and not the server's: this is about the processor.
        long begun = Stopwatch.GetTimestamp();
        long made = Volatile.Read(ref _made);
        if (_snapshot is null || made == 0 || _server.Clock.Time.GetElapsedTime(made) >= Lasting())
        {
            Volatile.Write(ref _made, _server.Clock.Time.GetTimestamp());
            _snapshot = new QueueSnapshot(_server.Scheduler.Glances(static _ => true), _server.Clock.Now);
            _cost = TimeSpan.Zero;
        }

        T seen = look(_snapshot);
        _cost += Stopwatch.GetElapsedTime(begun);
        return seen;
    }

    private TimeSpan Lasting()
    {
        TimeSpan paid = _cost * RestPerWork;
        return paid < _youngest ? _youngest : paid > _oldest ? _oldest : paid;
    }

    /// <summary>Somebody looks right now: the timer is set again then.</summary>
    private void Forget()
    {
        if (_one.Wait(0))
        {
            _snapshot = null;
            _one.Release();
        }
    }
}
