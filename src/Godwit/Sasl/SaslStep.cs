namespace Godwit.Sasl;

/// <summary>Where an exchange stands behind a message of the client.</summary>
public enum SaslStatus : byte
{
    /// <summary>The client is to answer <see cref="SaslStep.Challenge"/>.</summary>
    Challenge,
    Success,

    /// <summary>Not who it claims to be, or nobody we know: neither the word nor the time says which.</summary>
    Failure,

    /// <summary>The message is not one of this mechanism.</summary>
    Malformed,

    /// <summary>Too many passwords wait to be compared; it may be right, and is to be tried again.</summary>
    Busy,
}

/// <summary>What a server's mechanism says to a message.</summary>
/// <param name="Challenge">Octets for the client, before base64; meaningful with <see cref="SaslStatus.Challenge"/> only.</param>
public readonly record struct SaslStep(SaslStatus Status, ReadOnlyMemory<byte> Challenge = default)
{
    public static readonly SaslStep Failure = new(SaslStatus.Failure);

    public static readonly SaslStep Malformed = new(SaslStatus.Malformed);
}
