using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Replies of one destination that say the same.</summary>
/// <param name="Pattern">The reply without what differs from mail to mail.</param>
/// <param name="Count">Recipients that got it, since it was last forgotten.</param>
/// <param name="Sample">One as it came, at most <see cref="ActivityBook.MaxReply"/> characters: the first.</param>
public sealed record ReplyGroup(string Pattern, long Count, string Sample, Instant Last);
