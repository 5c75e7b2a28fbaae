namespace Godwit.Delivery;

/// <summary>How a transaction ended, as far as the connection is concerned.</summary>
internal enum TransactionEnd : byte
{
    /// <summary>Every recipient has its verdict; the connection can carry the next message.</summary>
    Done,

    /// <summary>Every recipient has its verdict; the connection is lost.</summary>
    ConnectionOver,

    /// <summary>
    /// The connection, used before, was found closed, or we cut it: recipients without a verdict were not attempted and wait for another connection.
    /// </summary>
    NotAttempted,

    /// <summary>
    /// 421 where that means that the host is unavailable, or a reply with skip-mx: recipients without a verdict go to the next host.
    /// </summary>
    HostUnavailable,

    /// <summary>A reply with bounce-queue: every recipient has its verdict, and all others in the queue are to get the transaction's.</summary>
    QueueBounced,
}
