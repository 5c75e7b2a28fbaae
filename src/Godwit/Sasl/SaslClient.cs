// Our own proof to a host: the client's side of a mechanism, message by message. Owned by one delivery, used for one attempt. Knows no socket and no base64.

namespace Godwit.Sasl;

/// <summary>The client's side of one mechanism.</summary>
public abstract class SaslClient(SaslMechanism mechanism)
{
    public SaslMechanism Mechanism => mechanism;

    /// <summary>Whether the host's word that we are let in may be believed: SCRAM wants a proof from the host before.</summary>
    public virtual bool MayEnd => true;

    /// <summary>Begins an attempt.</summary>
    /// <param name="secret">The password, or the token for XOAUTH2.</param>
    public static SaslClient Begin(SaslMechanism mechanism, string user, string secret) => mechanism switch
    {
        SaslMechanism.Plain => new PlainClient(user, secret),
        SaslMechanism.Login => new LoginClient(user, secret),
        SaslMechanism.CramMd5 => new CramMd5Client(user, secret),
        SaslMechanism.ScramSha256 => new ScramClient(user, secret, ScramKeys.NewNonce()),
        SaslMechanism.XOAuth2 => new XOAuth2Client(user, secret),
        _ => throw new ArgumentOutOfRangeException(nameof(mechanism), mechanism, "no mechanism of a client"),
    };

    /// <summary>What is sent with the request itself; null when the host speaks first.</summary>
    public abstract byte[]? FirstMessage();

    /// <summary>The answer to a challenge; null when the challenge makes no sense, or the host did not prove itself: then the attempt is cancelled.</summary>
    public abstract byte[]? Answer(ReadOnlySpan<byte> challenge);
}
