namespace Godwit.Export;

/// <summary>Records cannot be handed over as the configuration says: a file that it names is no good. The message is for the operator.</summary>
public sealed class ExportException : Exception
{
    public ExportException()
    {
    }

    public ExportException(string message)
        : base(message)
    {
    }

    public ExportException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
