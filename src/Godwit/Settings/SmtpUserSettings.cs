// One <smtp-user>: somebody who may authenticate. Immutable.

using System.Security.Cryptography.X509Certificates;

namespace Godwit.Settings;

/// <summary>How a user proves who it is.</summary>
public enum AuthenticationMethod : byte
{
    Password,

    /// <summary>By a certificate in the TLS handshake.</summary>
    Certificate,
}

/// <summary>A user who may authenticate. Blocks of one name, whatever its case, are one user; of what they say twice the last counts.</summary>
public sealed record SmtpUserSettings
{
    /// <summary>The name of the source for users that name none.</summary>
    public const string UsualSource = "{auth}";

    /// <summary>As the configuration writes it: accounting's <c>rcvSmtpUser</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>Plain, or hashed in the form of <see cref="PasswordHash"/>; empty when there is none: nobody can authenticate with that.</summary>
    public SecretValue Password { get; init; }

    public AuthenticationMethod Method { get; init; }

    /// <summary>The named source whose rules hold once the user is known; empty when it has no block: the client keeps the rules it has.</summary>
    public string Source { get; init; } = UsualSource;

    /// <summary>For <see cref="AuthenticationMethod.Certificate"/>: what its file held when the configuration was read; null when there is none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The password's hash; null when the password is plain.</summary>
    public PasswordHash? Hash { get; init; }
}
