using Godwit.Settings;

namespace Godwit.Sasl;

/// <summary>EXTERNAL (RFC 4422 appendix A): the certificate of the TLS handshake says who it is; the message may name the user, or be empty.</summary>
/// <param name="certified">The users whose certificate it is; more than one when several share one.</param>
internal sealed class ExternalExchange(IReadOnlyList<SmtpUserSettings> certified) : SaslExchange(SaslMechanism.External)
{
    private bool _asked;

    protected override ValueTask<SaslStep> TakeAsync(byte[]? message) => new(Take(message));

    private SaslStep Take(byte[]? message)
    {
        if (message is null && !_asked)
        {
            _asked = true;
            return new SaslStep(SaslStatus.Challenge);
        }

        string name = "";
        if (message is null || message.Length > MaxName || (message.Length > 0 && !SaslText.TryRead(message, out name)))
        {
            return SaslStep.Malformed;
        }

        // Without a name, only one user can be meant.
        Claimed = name.Length > 0 ? certified.FirstOrDefault(user => user.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            : certified.Count == 1 ? certified[0] : null;
        return Conclude(Claimed is null ? PasswordVerdict.Wrong : PasswordVerdict.Right);
    }
}
