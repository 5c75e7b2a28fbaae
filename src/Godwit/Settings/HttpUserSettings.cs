// One <http-user>: somebody who may sign in at the console. Immutable. Equal when nothing about it has changed: sessions outlive a reload by that.

namespace Godwit.Settings;

/// <summary>A user of the console. Blocks of one name, whatever its case, are one user; of what they say twice the last counts.</summary>
public sealed record HttpUserSettings
{
    public string Name { get; init; } = "";

    /// <summary>In the form of <see cref="PasswordHash"/>; empty when there is none: nobody can sign in with that.</summary>
    public SecretValue Password { get; init; }

    /// <summary>What the user may do from any address that may speak to the port at all.</summary>
    public AccessLevel Level { get; init; } = AccessLevel.Monitor;
}
