// One client's attempt to prove who it is: the server's side of a mechanism, message by message. Owned by one session, used for one attempt.
// It knows no socket and no base64. What a client sends is bounded before it is looked at; nothing here throws for it.

using System.Net;
using Godwit.Settings;

namespace Godwit.Sasl;

/// <summary>The server's side of one mechanism.</summary>
public abstract class SaslExchange(SaslMechanism mechanism)
{
    /// <summary>RFC 4616 section 2 bounds a name and a password to 255 octets; the others are held to it too.</summary>
    internal const int MaxName = 255;

    /// <summary>The longest message of any mechanism here: a SCRAM message with a name of which every octet is written as three, and a long nonce.</summary>
    internal const int MaxMessage = 2048;

    public SaslMechanism Mechanism => mechanism;

    /// <summary>Whether the client may speak first (RFC 4954 section 4: only then is there an initial response).</summary>
    public virtual bool ClientFirst => true;

    /// <summary>Who has been proved, once a step was <see cref="SaslStatus.Success"/>.</summary>
    public SmtpUserSettings? User { get; protected set; }

    /// <summary>The user of the configuration that the client claims to be, proved or not; null for a name that nobody has, or none yet. For the log.</summary>
    public SmtpUserSettings? Claimed { get; protected set; }

    /// <summary>Begins an attempt.</summary>
    /// <param name="hostName">Ours, for the challenge of CRAM-MD5.</param>
    /// <param name="client">Whose passwords are compared, as <see cref="PasswordWork"/> counts clients.</param>
    /// <param name="certified">The users whose certificate the client has proved to hold.</param>
    public static SaslExchange Begin(
        SaslMechanism mechanism, UserBook users, IPAddress client, string hostName, IReadOnlyList<SmtpUserSettings> certified) => mechanism switch
    {
        SaslMechanism.Plain => new PlainExchange(users, client),
        SaslMechanism.Login => new LoginExchange(users, client),
        SaslMechanism.CramMd5 => new CramMd5Exchange(users, CramMd5Exchange.NewChallenge(hostName)),
        SaslMechanism.ScramSha256 => new ScramExchange(users, client, ScramKeys.NewNonce()),
        SaslMechanism.External => new ExternalExchange(certified),
        _ => throw new ArgumentOutOfRangeException(nameof(mechanism), mechanism, "no mechanism of a server"),
    };

    /// <summary>Takes the client's next message; the first one is null when it sent none with its request.</summary>
    public ValueTask<SaslStep> StepAsync(byte[]? message) =>
        message?.Length > MaxMessage ? new ValueTask<SaslStep>(SaslStep.Malformed) : TakeAsync(message);

    protected abstract ValueTask<SaslStep> TakeAsync(byte[]? message);

    /// <summary>The end of a comparison of passwords.</summary>
    protected SaslStep Conclude(PasswordVerdict verdict)
    {
        User = verdict == PasswordVerdict.Right ? Claimed : null;
        return new SaslStep(verdict switch
        {
            PasswordVerdict.Right => SaslStatus.Success,
            PasswordVerdict.Busy => SaslStatus.Busy,
            _ => SaslStatus.Failure,
        });
    }
}
