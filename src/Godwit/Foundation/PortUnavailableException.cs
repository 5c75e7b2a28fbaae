namespace Godwit.Foundation;

/// <summary>A port cannot be listened on. The message is a sentence for the operator: which address, why, and what to do.</summary>
public sealed class PortUnavailableException : Exception
{
    public PortUnavailableException()
    {
    }

    public PortUnavailableException(string message)
        : base(message)
    {
    }

    public PortUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
