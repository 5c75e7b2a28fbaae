namespace Godwit.Smtp;

/// <summary>What TLS looks like to somebody who expected words (RFC 8446 section 5.1). No state.</summary>
public static class TlsRecord
{
    private const byte Alert = 0x15;
    private const byte Handshake = 0x16;

    /// <summary>The major version in every record of SSL 3 and TLS.</summary>
    private const byte Version = 0x03;

    /// <summary>Whether octets begin a handshake or say why there will be none. No command and no reply begins so.</summary>
    public static bool Begins(ReadOnlySpan<byte> octets) => octets is [Handshake or Alert, Version, ..];

    /// <summary>What the first octet of a handshake tells of whoever sent it.</summary>
    internal static HandshakeStart Of(byte first) => first is Handshake or Alert ? HandshakeStart.Tls : HandshakeStart.Words;
}
