namespace Godwit.Diagnostics;

/// <summary>A count since the start. Thread safe.</summary>
public sealed class Tally
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public void Add(long amount = 1) => Interlocked.Add(ref _count, amount);
}
