// What all who look at queues share: one snapshot of all of them, made when somebody asks and the last one is too old. Owned by Operator. Thread safe.
// How old it may be depends on what it costs: two seconds, and so much longer on a server with very many queues that what all share takes less than two percent
// of one core, however many pages are open. Cost is the processor's time, not the clock's: what others do on the machine makes nothing older.
// What one asker alone wants, a filter, is searched for beside it: it holds up other filters only, and makes nobody's snapshot older.
// Long work is done on a thread of its own: the pool's threads are the mail's. Nobody asks for a minute: it is forgotten.

using Godwit.Foundation;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Sorted, filtered views of all queues.</summary>
internal sealed class QueueBoard : IDisposable
{
    /// <summary>A person does not read faster.</summary>
    private static readonly TimeSpan _youngest = TimeSpan.FromSeconds(2);

    /// <summary>However dear: what is shown is never older.</summary>
    private static readonly TimeSpan _oldest = TimeSpan.FromMinutes(4);

    private static readonly TimeSpan _forgottenAfter = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A snapshot stands this many times longer than it cost: the collector takes as much again, on threads of its own, so 1/120 is
    /// below two percent.
    /// </summary>
    private const int RestPerWork = 120;

    /// <summary>Below it the work takes no longer than handing it over to another thread.</summary>
    private const int FewQueues = 2000;

    private readonly ServerView _server;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly SemaphoreSlim _search = new(1, 1);
    private readonly ITimer _forget;
    private volatile QueueSnapshot? _snapshot;
    private long _made;
    private TimeSpan _cost;

    public QueueBoard(ServerView server)
    {
        _server = server;
        _forget = server.Clock.Time.CreateTimer(static state => ((QueueBoard)state!).Forget(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Looks at the snapshot that is in force, for what all may want: its cost decides how long the snapshot stands. <paramref name="look"/> runs alone, mostly
    /// on a thread of its own.
    /// </summary>
    public async Task<T> LookAsync<T>(Func<QueueSnapshot, T> look, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            _forget.Change(_forgottenAfter, Timeout.InfiniteTimeSpan);
            return await RunAsync(() => Look(look));
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Looks for what one asker wants. <paramref name="look"/> runs while others look, but no two of them at once, and should end when nobody waits any more.
    /// </summary>
    public async Task<T> SearchAsync<T>(Func<QueueSnapshot, T> look, CancellationToken cancellation)
    {
        await _search.WaitAsync(cancellation);
        try
        {
            QueueSnapshot snapshot = await LookAsync(static snapshot => snapshot, cancellation);
            return await RunAsync(() => look(snapshot));
        }
        finally
        {
            _search.Release();
        }
    }

    /// <summary>What an operator has just changed is seen by the next look.</summary>
    public void Renew() => Volatile.Write(ref _made, 0);

    public void Dispose()
    {
        _forget.Dispose();
        _one.Dispose();
        _search.Dispose();
    }

    private Task<T> RunAsync<T>(Func<T> work) => _server.QueueTotals().Queues <= FewQueues
        ? Task.FromResult(work())
        : Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private T Look<T>(Func<QueueSnapshot, T> look)
    {
        TimeSpan begun = ThreadTime.Now();
        long made = Volatile.Read(ref _made);
        QueueSnapshot? snapshot = _snapshot;
        if (snapshot is null || made == 0 || _server.Clock.Time.GetElapsedTime(made) >= Lasting())
        {
            Volatile.Write(ref _made, _server.Clock.Time.GetTimestamp());
            _snapshot = snapshot = new QueueSnapshot(_server.Scheduler.Glances(static _ => true), _server.Clock.Now);
            _cost = TimeSpan.Zero;
        }

        T seen = look(snapshot);
        _cost += ThreadTime.Now() - begun;
        return seen;
    }

    private TimeSpan Lasting()
    {
        TimeSpan paid = _cost * RestPerWork;
        return paid < _youngest ? _youngest : paid > _oldest ? _oldest : paid;
    }

    /// <summary>
    /// On the timer's thread, maybe while somebody looks or after the end: whoever looks has the snapshot in hand, and only this one reference is touched.
    /// </summary>
    private void Forget() => _snapshot = null;
}
