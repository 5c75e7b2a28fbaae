// What of <domain> is about authenticating at the host.

namespace Godwit.Settings;

/// <summary>The mechanism we authenticate with.</summary>
public enum AuthMethod : byte
{
    /// <summary>The best that the host offers and that keeps the password safe on the way.</summary>
    Auto,
    ScramSha256,
    CramMd5,
    Plain,
    Login,

    /// <summary>An OAuth 2.0 token in the place of a password.</summary>
    XOAuth2,
}

public sealed partial record DeliverySettings
{
    /// <summary>Our name at the host; empty does not authenticate.</summary>
    public string AuthUsername { get; init; } = "";

    public SecretValue AuthPassword { get; init; }

    public AuthMethod AuthMethod { get; init; }

    /// <summary>A file with the token for <see cref="AuthMethod.XOAuth2"/>, written anew by whoever renews it; empty when there is none.</summary>
    public string AuthTokenFile { get; init; } = "";

    /// <summary>PLAIN, LOGIN and XOAUTH2 also where the network can read them.</summary>
    public bool UseUnencryptedPlainAuth { get; init; }
}
