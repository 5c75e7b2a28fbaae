// Every connection to a host that is open, or is being opened. Each delivery puts its own in and takes it out, so there are at most total-max-smtp-out.
// A look is one pass over those that are open and never over queues. Nothing is counted for a message here: each connection counts its own.

using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Godwit.Diagnostics;

/// <summary>The book of open connections. Thread safe.</summary>
public sealed class OpenConnections
{
    private readonly ConcurrentDictionary<OpenConnection, byte> _open = new(ReferenceEqualityComparer.Instance);

    public void Begin(OpenConnection connection) => _open[connection] = 0;

    /// <summary>Nothing happens where it has ended before.</summary>
    public void End(OpenConnection connection) => _open.TryRemove(connection, out _);

    /// <summary>Those that are meant, the oldest first.</summary>
    public IReadOnlyList<OpenConnection> Read(Func<OpenConnection, bool> isMeant)
    {
        var found = new List<OpenConnection>();
        foreach ((OpenConnection each, _) in _open)
        {
            if (isMeant(each))
            {
                found.Add(each);
            }
        }

        // A connection's time may change once while this sorts: Sort must not see two values of it.
        return [.. found.Select(static each => (each, each.Since)).OrderBy(static each => each.Since).Select(static each => each.each)];
    }

    /// <summary>How many of those that are meant each source address has; those without one are left out.</summary>
    public IReadOnlyDictionary<SourceName, int> CountBySource(Func<OpenConnection, bool> isMeant)
    {
        var counts = new Dictionary<SourceName, int>();
        foreach ((OpenConnection each, _) in _open)
        {
            if (isMeant(each))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, each.From, out _)++;
            }
        }

        return counts;
    }
}
