// Signature fields of messages with several recipients, also while they are being made: the second queue of a message waits for the first one's work.
// Owned by MessageSigning; thread safe. Bounded by number and age; the oldest goes first. What failed is forgotten at once.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Dkim;

/// <summary>What was signed lately.</summary>
internal sealed class SignatureCache(ServerClock clock)
{
    /// <summary>About 700 octets each: six megabytes.</summary>
    private const int MaxEntries = 8192;

    /// <summary>A signature says when it was made and may end with a time from then on, so a retry in an hour gets a fresh one.</summary>
    private static readonly TimeSpan _maxAge = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<SignatureKey, Entry> _entries = [];
    private readonly Queue<(SignatureKey Key, Entry Entry)> _inOrder = new();

    /// <summary>What is known, else what <paramref name="sign"/> makes now, for everyone who asks from now on.</summary>
    public Task<byte[]> GetAsync(SigningOrder order, Func<SigningOrder, Task<byte[]>> sign)
    {
        var key = new SignatureKey(order.Id, order.Keys, order.WishedKeys, order.First, order.Second);
        Instant now = clock.Now;
        var made = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out Entry? known) && now - known.Since < _maxAge)
            {
                return known.Fields;
            }

            var entry = new Entry(made.Task, now);
            _entries[key] = entry;
            _inOrder.Enqueue((key, entry));
            while (_inOrder.Count > MaxEntries)
            {
                Forget(_inOrder.Dequeue());
            }
        }

        return MakeAsync(key, order, sign, made);
    }

    private async Task<byte[]> MakeAsync(SignatureKey key, SigningOrder order, Func<SigningOrder, Task<byte[]>> sign, TaskCompletionSource<byte[]> made)
    {
        try
        {
            byte[] fields = await sign(order);
            made.SetResult(fields);
            return fields;
        }
        catch (Exception fault)
        {
            lock (_lock)
            {
                _entries.Remove(key);
            }

            // Whoever waits gets the same fault; that nobody waits is no fault of theirs.
            made.SetException(fault);
            _ = made.Task.Exception;
            throw;
        }
    }

    private void Forget((SignatureKey Key, Entry Entry) oldest)
    {
        if (_entries.TryGetValue(oldest.Key, out Entry? now) && ReferenceEquals(now, oldest.Entry))
        {
            _entries.Remove(oldest.Key);
        }
    }

    private readonly record struct SignatureKey(MessageId Id, KeyRing Keys, KeyRing? WishedKeys, DkimSettings? First, DkimSettings? Second);

    private sealed record Entry(Task<byte[]> Fields, Instant Since);
}
