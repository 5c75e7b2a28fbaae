// The turns of deliveries into files and programs (total-max-file). Each holds a thread or a process, so they are few; whoever comes waits in line.
// Owned by the dispatcher's tools; thread safe. The line is as long as the limit at most: who finds it full gives its slot of the scheduler back,
// because files that wait must not hold the connections of all other mail.

namespace Godwit.Delivery;

/// <summary>Lets so many in at once, first come, first served.</summary>
internal sealed class LocalTurns(Func<int> limit)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _line = [];
    private int _inside;

    /// <summary>Waits for a turn. False, at once, when the line is full. Every turn is given back with <see cref="Leave"/>.</summary>
    public async ValueTask<bool> EnterAsync(CancellationToken cancellation)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_inside < limit() && _line.Count == 0)
            {
                _inside++;
                return true;
            }

            if (_line.Count >= limit())
            {
                return false;
            }

            _line.AddLast(turn);
        }

        try
        {
            await turn.Task.WaitAsync(cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            bool wasGiven;
            lock (_gate)
            {
                wasGiven = !_line.Remove(turn);
            }

            if (wasGiven)
            {
                Leave();
            }

            throw;
        }
    }

    /// <summary>Gives a turn back.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _inside--;
            while (_inside < limit() && _line.First is { } next)
            {
                _line.RemoveFirst();
                _inside++;
                next.Value.SetResult();
            }
        }
    }
}
