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

    /// <summary>421 where that means that the host is unavailable: recipients without a verdict go to the next host.</summary>
    HostUnavailable,
}
