namespace Godwit.Queues;

/// <summary>The recipients of one <see cref="StreamKey"/> over all queues. Owned by the <see cref="StreamTable"/>.</summary>
internal sealed class MailStream(StreamKey key, int number)
{
    public StreamKey Key => key;

    /// <summary>What messages carry; used again when the stream has gone.</summary>
    public int Number => number;

    public long Recipients { get; set; }

    /// <summary>Octets of content over all recipients.</summary>
    public long Bytes { get; set; }

    /// <summary>The operator has paused its job.</summary>
    public bool IsPaused { get; set; }
}
