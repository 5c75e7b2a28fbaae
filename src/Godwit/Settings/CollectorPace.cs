// A reload runs beside the delivery of mail, and most of what it makes stays: the collector has to move it, and everything stands still meanwhile.
// Many collections of one or two milliseconds cost no more than a few of thirty, which would be felt. Only very large configurations come to one at all.

namespace Godwit.Settings;

/// <summary>Has what was just made moved to where the collector looks rarely, little by little. Owned by one step of a load.</summary>
internal sealed class CollectorPace
{
    /// <summary>Lines or blocks between two collections: about a megabyte that stays.</summary>
    private const int AtOnce = 5_000;

    private int _made;

    /// <summary>One more line was read, or one more block understood.</summary>
    public void Step()
    {
        if (++_made == AtOnce)
        {
            _made = 0;
            GC.Collect(generation: 1, GCCollectionMode.Forced, blocking: true);
        }
    }
}
