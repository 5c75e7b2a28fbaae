// What a message itself says about its first DKIM signature: X-DKIM-Options and X-DKIM-Key. Immutable; kept with the envelope until the message is gone.

namespace Godwit.Mail;

/// <summary>A sender's wishes for a signature. What is empty follows the configuration.</summary>
public sealed record SigningWishes
{
    /// <summary>The longest value of X-DKIM-Options, in characters: five tags, two of them addresses.</summary>
    public const int MaxOptions = 1024;

    /// <summary>The longest value of X-DKIM-Key, in characters: an RSA key of 8,192 bits needs 6,400.</summary>
    public const int MaxKey = 16 * 1024;

    /// <summary><c>s=</c></summary>
    public string Selector { get; init; } = "";

    /// <summary><c>d=</c>; absent when it says none.</summary>
    public DomainName Domain { get; init; }

    /// <summary><c>i=</c>: an address, or @domain.</summary>
    public string Identity { get; init; } = "";

    /// <summary><c>q=</c></summary>
    public string QueryMethod { get; init; } = "";

    /// <summary>The <c>&lt;domain-key-list&gt;</c> whose keys sign instead of those of virtual MTA and server.</summary>
    public string KeyList { get; init; } = "";

    /// <summary>A private key between its PEM lines. A secret: it is never shown.</summary>
    public string PrivateKey { get; init; } = "";

    /// <summary>Says that there are some, not which: one of them is a secret.</summary>
    public override string ToString() => nameof(SigningWishes);
}
