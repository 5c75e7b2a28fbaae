// What a server said, or what we say: code, enhanced status, text. A value; what follows from it is Disposition's business.

namespace Godwit.Mail;

/// <summary>One SMTP reply (RFC 5321 section 4.2), its lines joined by a blank.</summary>
public sealed record SmtpReply
{
    /// <param name="code">200 to 599.</param>
    /// <param name="text">Without the code, with the enhanced status if there was one. No CR or LF.</param>
    public SmtpReply(int code, string text)
    {
        Code = code;
        Text = text;
        Status = EnhancedStatus.TryParse(text, out EnhancedStatus status, out _) ? status : default;
    }

    public int Code { get; }

    /// <summary>The text with its enhanced status, as the peer wrote it.</summary>
    public string Text { get; }

    /// <summary>The enhanced status at the head of the text, or none.</summary>
    public EnhancedStatus Status { get; }

    public bool IsPositive => Code is >= 200 and < 300;

    public bool IsIntermediate => Code is >= 300 and < 400;

    public bool IsTransient => Code is >= 400 and < 500;

    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>The enhanced status, or the general one of the code's class (RFC 3463 section 3.1: X.0.0).</summary>
    public EnhancedStatus StatusOrDefault => Status.IsNone ? new EnhancedStatus((byte)(Code / 100), 0, 0) : Status;

    public override string ToString() => Text.Length == 0 ? $"{Code}" : $"{Code} {Text}";
}
