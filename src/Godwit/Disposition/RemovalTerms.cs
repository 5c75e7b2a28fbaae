namespace Godwit.Disposition;

/// <summary>How recipients leave that an operator deletes.</summary>
/// <param name="Record">A <c>b</c> record each is written (without: delete --no-accounting).</param>
/// <param name="Tell">Their senders get a bounce message where NOTIFY allows one (delete --dsn).</param>
public sealed record RemovalTerms(bool Record, bool Tell);
