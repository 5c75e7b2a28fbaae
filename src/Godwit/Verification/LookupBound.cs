// Bounds what checks ask at once: the names are the senders' choice, and deliveries ask the same resolver. Owned by whoever composes the checks;
// thread safe.

using Godwit.Dns;

namespace Godwit.Verification;

/// <summary>A lookup that lets so many questions be under way and no more.</summary>
internal sealed class LookupBound
{
    /// <summary>Questions of all checks together: a tenth of what the resolver asks at once.</summary>
    public const int Usual = 100;

    private readonly SenderLookup _lookup;
    private readonly SemaphoreSlim _room;

    private LookupBound(SenderLookup lookup, int most) => (_lookup, _room) = (lookup, new SemaphoreSlim(most, most));

    /// <param name="most">Questions under way; who has one more waits, as long as the time of its check lasts.</param>
    public static SenderLookup Of(SenderLookup lookup, int most = Usual) => new LookupBound(lookup, most).AskAsync;

    private async ValueTask<NameAnswer> AskAsync(string name, DnsType type, CancellationToken cancellation)
    {
        await _room.WaitAsync(cancellation);

        // Who does not wait any more does not end the question: it holds its place until it is answered.
        return await HoldAsync(name, type).WaitAsync(cancellation);
    }

    private async Task<NameAnswer> HoldAsync(string name, DnsType type)
    {
        try
        {
            return await _lookup(name, type, CancellationToken.None);
        }
        finally
        {
            _room.Release();
        }
    }
}
