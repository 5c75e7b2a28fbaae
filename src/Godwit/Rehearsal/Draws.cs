namespace Godwit.Rehearsal;

/// <summary>Random numbers that are the same for the same seed on every machine and runtime (SplitMix64). Owned by one rehearsal.</summary>
internal struct Draws(int seed)
{
    private ulong _state = (ulong)seed * 0x9E3779B97F4A7C15;

    /// <summary>From 0 up to, not including, 1.</summary>
    public double Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1ul << 53));
    }
}
