namespace Godwit.Control;

/// <summary>
/// Who the sender of a request is now: answers that go on for hours ask again, because sessions end, users go and <c>http-access</c> changes. Put beside
/// the caller by the port; what it finds does not count as a use of the session.
/// </summary>
/// <param name="Now">Null when what was shown opens nothing any more.</param>
internal sealed record CallerWatch(Func<Caller?> Now)
{
    /// <summary>Whether whoever asked may still do what it asked for.</summary>
    public bool Stands(Caller asked) =>
        Now() is { } now && now.Level >= asked.Level && now.User == asked.User && (now.MayReadLogs || !asked.MayReadLogs);
}
