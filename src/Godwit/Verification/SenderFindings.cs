namespace Godwit.Verification;

/// <summary>What the checks of one message found; null or empty where nobody asked.</summary>
public sealed record SenderFindings
{
    public SpfVerdict? Spf { get; init; }

    public IprevFinding? Iprev { get; init; }

    /// <summary>One for each signature; null when signatures were not checked.</summary>
    public IReadOnlyList<SignatureFinding>? Signatures { get; init; }

    /// <summary>null when signatures were not checked.</summary>
    public ArcFinding? Arc { get; init; }

    public DmarcFinding? Dmarc { get; init; }

    /// <summary>The reverse-path that was checked; empty for the null path.</summary>
    public string Sender { get; init; } = "";

    /// <summary>What the client called itself.</summary>
    public string Helo { get; init; } = "";
}
