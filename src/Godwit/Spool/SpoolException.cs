namespace Godwit.Spool;

/// <summary>The device under the spool failed, or the spool cannot be used. The message says what to do.</summary>
public sealed class SpoolException : Exception
{
    /// <summary>Another process has the spool, and with it the log.</summary>
    public bool IsInUse { get; init; }

    public SpoolException()
    {
    }

    public SpoolException(string message)
        : base(message)
    {
    }

    public SpoolException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
