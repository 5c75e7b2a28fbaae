namespace Godwit.Accounting;

/// <summary>An accounting file cannot be used, or the log was stopped before a record was on disk. The message says what to do.</summary>
public sealed class AccountingException : Exception
{
    public AccountingException()
    {
    }

    public AccountingException(string message)
        : base(message)
    {
    }

    public AccountingException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
