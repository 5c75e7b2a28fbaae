namespace Godwit.Disposition;

/// <summary>What a peer was answering when it said something.</summary>
public enum SmtpStage : byte
{
    Greeting,
    Ehlo,
    Mail,
    Rcpt,
    Data,

    /// <summary>The final dot, or the last BDAT.</summary>
    EndOfData,
}
