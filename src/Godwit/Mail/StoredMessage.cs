// A message that is on disk, as memory knows it: 48 bytes, whatever its size. The spool owns where it lies and moves it; queues carry the reference
// and never look inside. Address, headers and body stay on disk until an attempt needs them.

namespace Godwit.Mail;

/// <summary>The handle of a spooled message, shared by all its recipients.</summary>
public sealed class StoredMessage
{
    private long _location;
    private int _openRecipients;

    /// <param name="location">The spool's own position word.</param>
    /// <param name="frameLength">Octets to read at once to have the envelope (and, for small messages, the content).</param>
    public StoredMessage(MessageId id, long location, int frameLength, long contentLength, int openRecipients)
    {
        Id = id;
        _location = location;
        FrameLength = frameLength;
        ContentLength = (uint)Math.Min(contentLength, uint.MaxValue);
        _openRecipients = openRecipients;
    }

    public MessageId Id { get; }

    public int FrameLength { get; }

    /// <summary>The number of its stream (job and tenant) in the queues, which set it; it lives as long as the process.</summary>
    public int Stream { get; set; }

    /// <summary>Octets of content, headers included; the accounting's size. Bounded by 4 GiB, which intake enforces.</summary>
    public uint ContentLength { get; }

    /// <summary>Only the spool writes this: when it copies a survivor forward.</summary>
    public long Location
    {
        get => Volatile.Read(ref _location);
        set => Volatile.Write(ref _location, value);
    }

    /// <summary>Recipients that have no final fate yet.</summary>
    public int OpenRecipients => Volatile.Read(ref _openRecipients);

    /// <summary>One recipient less. True for the last one: its content may be forgotten.</summary>
    public bool CloseRecipient()
    {
        int left = Interlocked.Decrement(ref _openRecipients);
        return left >= 0 ? left == 0 : throw new InvalidOperationException($"message {Id} closed more recipients than it has");
    }
}
