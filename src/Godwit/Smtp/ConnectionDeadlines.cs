// One heartbeat for all connections: a walk each second over whoever has a deadline, instead of a timer for each read.
// Owned by the composition root; thread safe. Promises that a connection whose deadline has passed reads nothing more within a second of it
// and is closed shortly after, and that one which got a later deadline in the meantime is left alone. Disposed, it ends nobody any more; the
// connections stay as they are.

namespace Godwit.Smtp;

/// <summary>Ends connections whose deadline has passed, within a second of it. Thread safe.</summary>
public sealed class ConnectionDeadlines : IDisposable
{
    /// <summary>SMTP's time limits are minutes (RFC 5321 section 4.5.3.2): a second is exact enough.</summary>
    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly List<SmtpConnection> _late = [];
    private SmtpConnection? _first;
    private int _beating;
    private int _count;

    public ConnectionDeadlines(TimeProvider time)
    {
        _time = time;
        _origin = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((ConnectionDeadlines)state!).Beat(), this, _beat, _beat);
    }

    /// <summary>Connections that are watched.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Ticks of 100 ns since this was made; never runs backwards.</summary>
    internal long Now => _time.GetElapsedTime(_origin).Ticks;

    internal void Add(SmtpConnection connection)
    {
        lock (_gate)
        {
            connection.NextWatched = _first;
            if (_first is not null)
            {
                _first.PreviousWatched = connection;
            }

            _first = connection;
            _count++;
        }
    }

    /// <summary>Forgets a connection. Call once.</summary>
    internal void Remove(SmtpConnection connection)
    {
        lock (_gate)
        {
            if (connection.PreviousWatched is { } previous)
            {
                previous.NextWatched = connection.NextWatched;
            }
            else
            {
                _first = connection.NextWatched;
            }

            if (connection.NextWatched is { } next)
            {
                next.PreviousWatched = connection.PreviousWatched;
            }

            connection.PreviousWatched = connection.NextWatched = null;
            _count--;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        // A beat that takes longer than a second swallows the next instead of overlapping it.
        if (Interlocked.Exchange(ref _beating, 1) != 0)
        {
            return;
        }

        long now = Now;
        lock (_gate)
        {
            for (SmtpConnection? each = _first; each is not null; each = each.NextWatched)
            {
                if (each.IsLate(now))
                {
                    _late.Add(each);
                }
            }
        }

        // Closing sockets stays outside the gate: it may take the kernel a while, and connections must come and go meanwhile.
        foreach (SmtpConnection each in _late)
        {
            each.ExpireIfLate(now);
        }

        _late.Clear();
        Volatile.Write(ref _beating, 0);
    }
}
