// Authenticating at a host (RFC 4954), after TLS and before the first message. Owned by one delivery, for one connection. What it says about a failure is for
// log and records, and holds no secret, whatever the host quotes. A host that refuses us has judged our configuration and no message: mail waits for whoever
// mends it, and does not bounce.

using System.Text;
using Godwit.Mail;
using Godwit.Sasl;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>Logs in at one host.</summary>
internal sealed class PeerLogin(PeerConnection peer, DeliverySettings settings)
{
    /// <summary>No mechanism has more challenges; a host that goes on has something else in mind.</summary>
    private const int MaxChallenges = 5;

    /// <summary>Shorter secrets are parts of too many words to be looked for in them.</summary>
    private const int LeastSecret = 3;

    private readonly List<string> _secrets = [];

    /// <summary>What was used; meaningful once it has succeeded.</summary>
    public SaslMechanism Mechanism { get; private set; }

    /// <summary>The host has refused us for now only: the same may succeed later.</summary>
    public bool MayPass { get; private set; }

    /// <summary>Null when the host knows us now; otherwise why not, as a reply that makes mail wait.</summary>
    public async ValueTask<SmtpReply?> RunAsync()
    {
        LoginChoice choice = LoginChoice.Of(settings, peer.Extensions.AuthMechanisms, peer.IsEncrypted, peer.Terms.MayHearPassword);
        if (choice.Problem.Length > 0)
        {
            return NotTried(choice.Problem);
        }

        Mechanism = choice.Mechanism;
        (string secret, string problem) = Mechanism == SaslMechanism.XOAuth2
            ? settings.AuthTokenFile.Length == 0 ? ("", "auth-method xoauth2 needs auth-token-file") : await TokenFile.ReadAsync(settings.AuthTokenFile)
            : settings.AuthPassword.IsEmpty ? ("", "auth-username is set, and auth-password is not") : (settings.AuthPassword.Reveal(), "");
        if (problem.Length > 0)
        {
            return NotTried(problem);
        }

        Hide(secret);
        return await ConverseAsync(SaslClient.Begin(Mechanism, settings.AuthUsername, secret));
    }

    private async ValueTask<SmtpReply?> ConverseAsync(SaslClient client)
    {
        byte[]? message = client.FirstMessage();
        if (message?.Length > CommandWriter.MaxAuthResponse)
        {
            return NotTried("the token does not fit into a line of AUTH");
        }

        Hide(message);
        peer.Commands.Auth(Mechanism, message);
        for (int challenges = 0; ; challenges++)
        {
            SmtpReply? reply = await peer.AskForLoginAsync(Clean);
            if (reply is not { Code: 334 } || challenges == MaxChallenges)
            {
                return reply is { IsPositive: true } ? client.MayEnd ? null : NotProved() : Refused(reply);
            }

            byte[]? answer = TryDecode(reply.Text, out byte[] challenge) ? await AnswerAsync(client, challenge) : null;
            Hide(answer);
            peer.Commands.AuthResponse(answer);
            if (answer is null)
            {
                await peer.AskForLoginAsync(Clean);
                return NotProved();
            }
        }
    }

    /// <summary>SCRAM hashes as often as the host wishes: not on a thread that many sockets wait for.</summary>
    private static async ValueTask<byte[]?> AnswerAsync(SaslClient client, byte[] challenge) =>
        client.Mechanism == SaslMechanism.ScramSha256 ? await Task.Run(() => client.Answer(challenge)) : client.Answer(challenge);

    private static bool TryDecode(string text, out byte[] octets)
    {
        octets = new byte[text.Length];
        bool fine = Convert.TryFromBase64String(text.Trim(), octets, out int length);
        octets = octets[..length];
        return fine;
    }

    private SmtpReply NotTried(string problem) => new(454, $"4.7.0 not authenticated at {peer.Host.Text}: {problem}");

    private SmtpReply NotProved() =>
        new(454, $"4.7.0 not authenticated at {peer.Host.Text}: its part of {SaslMechanisms.Name(Mechanism)} makes no sense, or it does not know the password");

    private SmtpReply Refused(SmtpReply? reply)
    {
        MayPass = reply is null or { IsTransient: true };
        return reply is null
            ? new SmtpReply(451, $"4.4.2 {peer.LossReason}")
            : new SmtpReply(454, string.Concat(
                reply.IsTransient ? reply.StatusOrDefault.ToString() : "4.7.8",
                $" {peer.Host.Text} refused to authenticate {settings.AuthUsername} by {SaslMechanisms.Name(Mechanism)}: {reply}"));
    }

    private void Hide(byte[]? message)
    {
        if (message is { Length: >= LeastSecret })
        {
            _secrets.Add(Convert.ToBase64String(message));
        }
    }

    private void Hide(string secret)
    {
        if (secret.Length >= LeastSecret)
        {
            _secrets.Add(secret);
            Hide(Encoding.UTF8.GetBytes(secret));
        }
    }

    private string Clean(string text)
    {
        foreach (string secret in _secrets)
        {
            text = text.Replace(secret, SecretValue.Mask, StringComparison.OrdinalIgnoreCase);
        }

        return text;
    }
}
