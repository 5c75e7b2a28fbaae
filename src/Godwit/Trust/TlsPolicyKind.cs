namespace Godwit.Trust;

/// <summary>Under which policy a session was counted (RFC 8460 section 4.4).</summary>
public enum TlsPolicyKind : byte
{
    NoPolicyFound,
    Tlsa,
    Sts,
}
