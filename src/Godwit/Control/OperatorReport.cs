using System.Text;

namespace Godwit.Control;

/// <summary>How an operator's command ended.</summary>
public enum ReportOutcome : byte
{
    Done,

    /// <summary>Understood, but it could not be done.</summary>
    Refused,

    /// <summary>Not understood.</summary>
    Usage,
}

/// <summary>What the operator sees: a snapshot that can be written as text or as a tree.</summary>
public abstract class OperatorReport
{
    public virtual ReportOutcome Outcome => ReportOutcome.Done;

    /// <summary>One sentence for people; may be empty when the tree says it all.</summary>
    public virtual string Message => "";

    /// <summary>A list that nothing has been found for.</summary>
    public virtual bool IsEmptyList => false;

    /// <summary>The named values. Empty for a report that is only a sentence.</summary>
    public virtual ReportGroup ToTree() => [];

    /// <summary>The text form; every line ends with a newline.</summary>
    public abstract void WriteText(StringBuilder text);
}

/// <summary>A report that is one sentence: something was done, refused or not understood.</summary>
public sealed class MessageReport(ReportOutcome outcome, string message) : OperatorReport
{
    public override ReportOutcome Outcome => outcome;

    public override string Message => message;

    public override void WriteText(StringBuilder text) => text.Append(message).Append('\n');
}
