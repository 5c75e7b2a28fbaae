// What dkim-* directives may say. Immutable.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary><c>dkim-sign</c></summary>
public enum DkimSigning : byte
{
    No,
    Yes,

    /// <summary>Only messages whose header x-dkim-options says how.</summary>
    IfOptionsPresent,
}

/// <summary><c>dkim-algorithm</c></summary>
public enum DkimAlgorithm : byte
{
    RsaSha256,

    /// <summary>RFC 8301: receivers do not accept it any more.</summary>
    RsaSha1,

    /// <summary>RFC 8463. Not PowerMTA's.</summary>
    Ed25519Sha256,
}

/// <summary>RFC 6376 section 3.4.</summary>
public enum DkimCanonicalization : byte
{
    Relaxed,
    Simple,
}

/// <summary>Where the signing identity comes from.</summary>
public enum DkimIdentityKind : byte
{
    /// <summary>The Sender field, else the From field.</summary>
    SenderOrFrom,

    /// <summary>The From field only.</summary>
    StrictFrom,

    /// <summary><c>user@domain</c></summary>
    Address,

    /// <summary><c>@domain</c></summary>
    Domain,
}

/// <summary>Whom a signature speaks for (RFC 6376 section 3.5, <c>i=</c>).</summary>
/// <param name="Text">The address, or the domain behind the @; empty for the two that are taken from the message.</param>
public sealed record DkimIdentity(DkimIdentityKind Kind, string Text)
{
    private const string SenderOrFrom = "sender-or-from";
    private const string StrictFrom = "strict-from";

    /// <summary>Where nobody has said anything.</summary>
    public static DkimIdentity Default { get; } = new(DkimIdentityKind.SenderOrFrom, "");

    /// <summary><c>dkim-identity</c></summary>
    internal static ValueForm<DkimIdentity> Form { get; } = new(
        $"an address, @domain, {SenderOrFrom} or {StrictFrom}", (text, reading, out value) => TryRead(text, named: true, reading, out value));

    /// <summary><c>dkim-identity-fallback</c>, which names somebody.</summary>
    internal static ValueForm<DkimIdentity> Fallback { get; } = new(
        "an address or @domain", (text, reading, out value) => TryRead(text, named: false, reading, out value));

    public override string ToString() => Kind switch
    {
        DkimIdentityKind.SenderOrFrom => SenderOrFrom,
        DkimIdentityKind.StrictFrom => StrictFrom,
        DkimIdentityKind.Domain => $"@{Text}",
        _ => Text,
    };

    private static bool TryRead(string text, bool named, ValueReading reading, out DkimIdentity value)
    {
        value = new DkimIdentity(DkimIdentityKind.SenderOrFrom, "");
        if (named && text.Equals(SenderOrFrom, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (named && text.Equals(StrictFrom, StringComparison.OrdinalIgnoreCase))
        {
            value = new DkimIdentity(DkimIdentityKind.StrictFrom, "");
            return true;
        }

        if (text is ['@', ..] && DomainName.TryParse(text.AsSpan(1), out DomainName domain))
        {
            value = new DkimIdentity(DkimIdentityKind.Domain, domain.Text);
            return true;
        }

        value = new DkimIdentity(DkimIdentityKind.Address, text);
        return (EmailAddress.TryParse(text, out EmailAddress address) && !address.Domain.IsEmpty)
            || reading.Fail($"{ValueParsers.Show(text)} is not {(named ? Form : Fallback).Shape}");
    }
}
