// The door to the room: signature fields for messages on their way out. Owned by the composition root. Thread safe. Holds the keys of the configuration
// in force, the threads that sign and what they signed lately. A fault of a key or of the spool is the caller's exception: nothing leaves unsigned by it.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Dkim;

/// <summary>Signs messages.</summary>
public sealed class MessageSigning : IDisposable
{
    private readonly SigningThreads _threads;
    private readonly SignatureCache _cache;
    private readonly Func<SigningOrder, Task<byte[]>> _sign;
    private volatile KeyRings _keys;

    internal MessageSigning(KeyRings keys, ServerClock clock)
    {
        _keys = keys;
        _threads = new SigningThreads(clock);
        _cache = new SignatureCache(clock);
        _sign = _threads.SignAsync;
    }

    /// <summary>The keys that a virtual MTA signs with now.</summary>
    internal KeyRing KeysOf(string virtualMta) => _keys.Of(virtualMta);

    /// <summary>The keys of a <c>&lt;domain-key-list&gt;</c> now.</summary>
    internal KeyRing KeysNamed(string list) => _keys.Named(list);

    /// <summary>Every key that may sign for a domain now.</summary>
    internal IReadOnlyList<SigningKey> KeysFor(DomainName domain) => _keys.For(domain);

    /// <summary>What the vault gave is asked for again by the next message that needs it, which waits for the answer.</summary>
    public void ForgetSecrets() => _keys.ForgetVaulted();

    /// <summary>Puts the keys of a newer configuration in force. Orders under way keep theirs.</summary>
    internal void Use(KeyRings keys) => _keys = keys;

    /// <summary>
    /// DKIM-Signature fields, to stand before the content; empty when no key fits. For a message with several recipients they are made once.
    /// </summary>
    internal Task<byte[]> SignAsync(SigningOrder order) => order.IsShared ? _cache.GetAsync(order, _sign) : _threads.SignAsync(order);

    /// <summary>Signs what is no DKIM signature, in the same line. What it throws the caller gets.</summary>
    internal Task<T> SignAsync<T>(Func<T> work) => _threads.SignAsync(work);

    /// <summary>Work that costs as much as signing, on the threads that sign and behind it: verifying. What it throws the caller gets.</summary>
    internal Task VerifyAsync(Action work) => _threads.VerifyAsync(() =>
    {
        work();
        return true;
    });

    /// <summary>Ends the threads when they have done what waits. Nobody may ask any more.</summary>
    public void Dispose() => _threads.Dispose();
}
