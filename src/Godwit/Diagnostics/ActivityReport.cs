using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>What became of the mail of one destination, virtual MTA or source address since the start, or since it was forgotten.</summary>
/// <param name="Delivered">Recipients.</param>
/// <param name="Deferred">Attempts at recipients that ended in "later".</param>
/// <param name="Bounced">Recipients given up.</param>
/// <param name="ReplyCode">Of the last reply; 0 when there was none.</param>
/// <param name="ReplyText">At most <see cref="ActivityBook.MaxReply"/> characters.</param>
public readonly record struct ActivityReport<TKey>(
    TKey Key, long Delivered, long Deferred, long Bounced, int ReplyCode, string ReplyText, Instant LastTime)
{
    /// <summary>Code and text of the last reply; empty when there was none.</summary>
    public string LastReply => ReplyCode == 0 ? "" : ReplyText.Length == 0 ? $"{ReplyCode}" : $"{ReplyCode} {ReplyText}";
}
