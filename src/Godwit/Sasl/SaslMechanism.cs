// The ways to prove who one is (RFC 4422), and their names in the IANA registry.

using System.Text;

namespace Godwit.Sasl;

/// <summary>Mechanisms of either side, as a set.</summary>
[Flags]
public enum SaslMechanism : byte
{
    None = 0,

    /// <summary>RFC 4616: the password as it is.</summary>
    Plain = 1,

    /// <summary>The same in two steps; never standardised, and still what many programs know.</summary>
    Login = 2,

    /// <summary>RFC 2195: a keyed hash of a challenge. Needs the plain password on both sides.</summary>
    CramMd5 = 4,

    /// <summary>RFC 7677, without channel binding.</summary>
    ScramSha256 = 8,

    /// <summary>RFC 4422 appendix A: what the layer below has proved, for us a certificate.</summary>
    External = 16,

    /// <summary>An OAuth 2.0 token.</summary>
    XOAuth2 = 32,
}

/// <summary>Names of mechanisms.</summary>
public static class SaslMechanisms
{
    /// <summary>Those that the network between the two could read the password, or what replaces it, from.</summary>
    public const SaslMechanism Readable = SaslMechanism.Plain | SaslMechanism.Login | SaslMechanism.XOAuth2;

    /// <summary>The order in which they are offered and tried: the less an eavesdropper or a thief gains, the sooner.</summary>
    public static IReadOnlyList<SaslMechanism> InOrder { get; } =
    [
        SaslMechanism.ScramSha256, SaslMechanism.CramMd5, SaslMechanism.Plain, SaslMechanism.Login, SaslMechanism.External, SaslMechanism.XOAuth2,
    ];

    public static string Name(SaslMechanism one) => one switch
    {
        SaslMechanism.Plain => "PLAIN",
        SaslMechanism.Login => "LOGIN",
        SaslMechanism.CramMd5 => "CRAM-MD5",
        SaslMechanism.ScramSha256 => "SCRAM-SHA-256",
        SaslMechanism.External => "EXTERNAL",
        SaslMechanism.XOAuth2 => "XOAUTH2",
        _ => throw new ArgumentOutOfRangeException(nameof(one), one, "no single mechanism"),
    };

    /// <summary>The mechanism of that name, whatever its case (RFC 4954 section 4); <see cref="SaslMechanism.None"/> when there is none.</summary>
    public static SaslMechanism Read(ReadOnlySpan<byte> name)
    {
        foreach (SaslMechanism one in InOrder)
        {
            if (Ascii.EqualsIgnoreCase(name, Name(one)))
            {
                return one;
            }
        }

        return SaslMechanism.None;
    }

    /// <summary>Their names, separated by blanks.</summary>
    public static string Names(SaslMechanism set) => string.Join(' ', InOrder.Where(one => (set & one) != SaslMechanism.None).Select(Name));
}
