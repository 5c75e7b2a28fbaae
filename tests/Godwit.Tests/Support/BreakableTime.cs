// The machine's clock, until a test breaks it: then whoever asks for the time from a named place gets the exception of a broken invariant. Nothing else of a
// server can be made to contradict itself from outside, and every room asks the clock.

using System.Diagnostics;

namespace Godwit.Tests.Support;

/// <summary>A clock that breaks whoever the test names. Thread safe.</summary>
internal sealed class BreakableTime : TimeProvider
{
    private volatile string _victim = "";
    private int _broken;

    /// <summary>How often it has broken somebody.</summary>
    public int Broken => Volatile.Read(ref _broken);

    public override long TimestampFrequency => System.TimestampFrequency;

    /// <summary>From now on whoever has this method on its stack is broken; empty for nobody.</summary>
    /// <param name="victim">Type and method as a stack trace names them, such as <c>SmtpSession.FailAsync</c>.</param>
    public void Break(string victim) => _victim = victim;

    public override long GetTimestamp()
    {
        BreakVictim();
        return System.GetTimestamp();
    }

    public override DateTimeOffset GetUtcNow()
    {
        BreakVictim();
        return System.GetUtcNow();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        BreakVictim();
        return System.CreateTimer(callback, state, dueTime, period);
    }

    private void BreakVictim()
    {
        if (_victim is { Length: > 0 } victim && new StackTrace().ToString().Contains(victim, StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _broken);
            throw new InvalidOperationException($"broken by the test in {victim}");
        }
    }
}
