// How far the records of one <acct-file> are on disk, for whoever reads on behind the log: it is woken when there is more and never reads what was not
// synced. Owned by the AccountingLog, one for each exported file, over reloads; thread safe.

using Godwit.Foundation;

namespace Godwit.Accounting;

/// <summary>The end of the durable records: everything before the newest file, and of that so many octets.</summary>
/// <param name="Name">The newest file; empty while there is none.</param>
/// <param name="Octets">Those of it that are synced; they end with a whole line.</param>
internal sealed record DurableEnd(string Name, long Octets);

/// <summary>Tells one reader how far it may read.</summary>
internal sealed class AccountingFeed
{
    private volatile DurableEnd _end = new("", 0);

    /// <summary>Set when the end has moved.</summary>
    public WakeSignal More { get; } = new();

    public DurableEnd End => _end;

    public void Advance(string name, long octets)
    {
        _end = new DurableEnd(name, octets);
        More.Set();
    }
}
