// One long piece of work and how far it has come. Owned by Operations; the work itself counts, anybody may look.

using Godwit.Foundation;

namespace Godwit.Control;

/// <summary>Where an operation is.</summary>
internal enum OperationState : byte
{
    Running,
    Done,

    /// <summary>Not done, or stopped; what it had done before stays done.</summary>
    Failed,
}

/// <summary>An operation. Thread safe.</summary>
/// <param name="what">What it does, for a person: <c>delete mail of bigmail.example/vmta1</c>.</param>
/// <param name="about">Which of that mail: begins with a blank, may name people's addresses, and is empty for all of it.</param>
/// <param name="by">Who began it.</param>
/// <param name="total">Recipients that it may come to, as known at its beginning.</param>
internal sealed class Operation(int id, string kind, string what, string about, string by, long total, Instant begun) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private long _done;
    private Ending? _ending;

    public int Id => id;

    public string Kind => kind;

    /// <summary>For those who may see people's addresses.</summary>
    public string What => what + about;

    /// <summary>For everybody.</summary>
    public string WhatOfMail => what;

    public string By => by;

    public Instant Begun => begun;

    public OperationState State => _ending?.State ?? OperationState.Running;

    /// <summary><see cref="Instant.Never"/> while it runs.</summary>
    public Instant Ended => _ending?.Time ?? Instant.Never;

    /// <summary>How it ended, in words; empty while it runs.</summary>
    public string Message => _ending?.Message ?? "";

    public long Done => Interlocked.Read(ref _done);

    /// <summary>Never less than <see cref="Done"/>: mail may come while it runs.</summary>
    public long Total => _ending is null ? Math.Max(total, Done) : Done;

    /// <summary>Cancelled when somebody asks it to stop.</summary>
    internal CancellationToken Stopped => _stop.Token;

    internal void Count(int recipients) => Interlocked.Add(ref _done, recipients);

    internal void End(OperationState state, string message, Instant now) => _ending = new Ending(state, message, now);

    internal void Stop()
    {
        if (_ending is null)
        {
            _stop.Cancel();
        }
    }

    public void Dispose() => _stop.Dispose();

    private sealed record Ending(OperationState State, string Message, Instant Time);
}
