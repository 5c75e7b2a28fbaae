namespace Godwit.Trust;

/// <summary>What a domain wants of those who send to it (RFC 8461 section 5).</summary>
public enum StsMode : byte
{
    /// <summary>As if it had no policy.</summary>
    None,

    /// <summary>Failures are reported, and mail goes on.</summary>
    Testing,

    /// <summary>No mail to a host that fails.</summary>
    Enforce,
}
