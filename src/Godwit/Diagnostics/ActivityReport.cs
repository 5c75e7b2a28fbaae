using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>What became of the mail of one destination, virtual MTA or source address since the start, or since it was forgotten.</summary>
/// <param name="Delivered">Recipients.</param>
/// <param name="Deferred">Attempts at recipients that ended in "later".</param>
/// <param name="Bounced">Recipients given up.</param>
/// <param name="LastReply">Code and text of the last reply, at most <see cref="ActivityBook.MaxReply"/> characters; empty when there was none.</param>
public readonly record struct ActivityReport<TKey>(TKey Key, long Delivered, long Deferred, long Bounced, string LastReply, Instant LastTime);
