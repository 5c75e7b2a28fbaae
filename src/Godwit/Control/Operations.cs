// Long work that an operator begins and comes back to: it survives the connection that asked for it. Owned by Operator; thread safe.
// A few run at a time, more are refused; the last hundred are remembered. Each can be stopped between two messages. A stop of the server stops them all:
// what was not done yet waits as before.

using Godwit.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Godwit.Control;

/// <summary>The operations of one server.</summary>
internal sealed class Operations(ServerView server, ILogger log) : IAsyncDisposable
{
    /// <summary>Each reads a disk and holds threads.</summary>
    public const int MostRunning = 4;

    /// <summary>Ended ones make room for new ones.</summary>
    public const int MostKept = 100;

    private readonly Lock _gate = new();
    private readonly List<Operation> _operations = [];
    private readonly List<Task> _running = [];
    private int _last;
    private bool _isClosed;

    /// <summary>The newest first.</summary>
    public IReadOnlyList<Operation> All
    {
        get
        {
            lock (_gate)
            {
                return [.. Enumerable.Reverse(_operations)];
            }
        }
    }

    /// <summary>As many run as may: none can be begun now.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _isClosed || Running() >= MostRunning;
            }
        }
    }

    /// <summary>Null when it is not remembered.</summary>
    public Operation? Find(int id)
    {
        lock (_gate)
        {
            return _operations.Find(each => each.Id == id);
        }
    }

    /// <summary>Begins an operation; null when as many run as may.</summary>
    /// <param name="work">Returns how it ended, in words, and whether all was done. Cancelled when it is to stop.</param>
    public Operation? Begin(
        string kind, string what, string about, string by, long total, Func<Operation, CancellationToken, Task<(bool AllDone, string Message)>> work)
    {
        lock (_gate)
        {
            if (_isClosed || Running() >= MostRunning)
            {
                return null;
            }

            if (_operations.Count >= MostKept && _operations.Find(static each => each.State != OperationState.Running) is { } oldest)
            {
                _operations.Remove(oldest);
                oldest.Dispose();
            }

            var operation = new Operation(++_last, kind, what, about, by, total, server.Clock.Now);
            _operations.Add(operation);
            _running.RemoveAll(static task => task.IsCompleted);
            _running.Add(RunAsync(operation, work));
            return operation;
        }
    }

    /// <summary>Asks one to stop. False when there is none.</summary>
    public bool Stop(int id)
    {
        Operation? operation = Find(id);
        operation?.Stop();
        return operation is not null;
    }

    /// <summary>Stops all and waits for them.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_gate)
        {
            _isClosed = true;
            _operations.ForEach(static each => each.Stop());
            running = [.. _running];
        }

        await Task.WhenAll(running);
    }

    private int Running() => _operations.Count(static each => each.State == OperationState.Running);

    private async Task RunAsync(Operation operation, Func<Operation, CancellationToken, Task<(bool AllDone, string Message)>> work)
    {
        await Task.Yield();
        log.OperationBegun(operation.Id, operation.By, operation.What);
        try
        {
            (bool allDone, string message) = await work(operation, operation.Stopped);
            operation.End(allDone ? OperationState.Done : OperationState.Failed, message, server.Clock.Now);
        }
        catch (OperationCanceledException)
        {
            operation.End(OperationState.Failed, $"Stopped after {operation.Done} recipient(s).", server.Clock.Now);
        }
        catch (Exception broken)
        {
            // Its owner is this loop: the server goes on, and the log has the whole of it.
            log.OperationBroken(operation.Id, broken);
            operation.End(OperationState.Failed, $"Broken off after {operation.Done} recipient(s): {broken.Message}", server.Clock.Now);
        }

        log.OperationEnded(operation.Id, operation.Message);
    }
}
