namespace Godwit.Smtp;

/// <summary>What the other side began a TLS handshake with, or a conversation that was to be in plain text.</summary>
public enum HandshakeStart : byte
{
    Nothing,
    Tls,

    /// <summary>Something else: mostly somebody who speaks plain text.</summary>
    Words,
}
