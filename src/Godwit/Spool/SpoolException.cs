namespace Godwit.Spool;

/// <summary>The device under the spool failed, or the spool cannot be used. The message says what to do.</summary>
public sealed class SpoolException : Exception
{
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
