// Room for those who work at the configuration over the port: each holds a text and a whole configuration for a moment, so that only a few may at once.
// Owned by ConfigurationFiles; thread safe. Who finds no room is told to come back, and waits for nothing.

namespace Godwit.Control;

/// <summary>Lets a few in.</summary>
internal sealed class ConfigRoom
{
    /// <summary>Pages of a few people at once; with the largest texts some hundred megabytes.</summary>
    public const int Most = 8;

    /// <summary>What somebody is told who finds none.</summary>
    public const string Full = "too many others read or check the configuration right now: try again in a few seconds";

    private int _inside;

    /// <summary>A place, to be given back; null when there is none.</summary>
    public IDisposable? Enter()
    {
        if (Interlocked.Increment(ref _inside) <= Most)
        {
            return new Place(this);
        }

        Interlocked.Decrement(ref _inside);
        return null;
    }

    private sealed class Place(ConfigRoom room) : IDisposable
    {
        private int _isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) == 0)
            {
                Interlocked.Decrement(ref room._inside);
            }
        }
    }
}
