// Authenticating at the host, where the configuration asks for it, and what follows when the host does not let us in: the next host may, and when none does
// the queue waits. It is never a verdict about a message.

using Godwit.Diagnostics;
using Godwit.Mail;
using Godwit.Sasl;

namespace Godwit.Delivery;

internal sealed partial class SmtpDelivery
{
    private bool _loginMayPass;

    /// <summary>Null when the host knows us now; otherwise why not.</summary>
    private async ValueTask<SmtpReply?> LogInAsync(PeerConnection peer)
    {
        var login = new PeerLogin(peer, _settings);
        SmtpReply? refusal = await login.RunAsync();
        _loginMayPass = login.MayPass;
        if (refusal is null && _settings.LogConnections)
        {
            tools.Log.LoggedIn(ticket.Key, peer.Host.Text, _settings.AuthUsername, SaslMechanisms.Name(login.Mechanism));
        }

        return refusal;
    }

    private async ValueTask<(HostEnd End, SmtpReply? Refusal)> WithoutLoginAsync(PeerConnection peer, SmtpReply refusal)
    {
        if (abort.IsCancellationRequested)
        {
            _hand.Return();
            return (HostEnd.Finished, null);
        }

        NoteFailure(peer.Host, peer.Lost ? peer.LossReason : refusal.Text[(refusal.Status.ToString().Length + 1)..], remember: false,
            lasts: !peer.Lost && !_loginMayPass);
        if (!peer.Lost && await peer.SayQuitAsync())
        {
            await peer.LingerAsync();
        }

        return (HostEnd.NextHost, refusal);
    }
}
