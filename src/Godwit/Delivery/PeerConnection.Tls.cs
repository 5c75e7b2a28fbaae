// STARTTLS on a connection to a host (RFC 3207). Behind it EHLO is due anew: nothing that was said in plain text counts any more.

using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Godwit.Mail;
using Godwit.Smtp;
using Godwit.Tls;
using Godwit.Trust;

namespace Godwit.Delivery;

internal sealed partial class PeerConnection
{
    /// <summary>A handshake is two round trips and a few milliseconds of arithmetic; a host that needs longer is stuck.</summary>
    private static readonly TimeSpan _handshakeTimeout = TimeSpan.FromMinutes(1);

    private PeerCertificates? _shown;
    private TlsResultType? _fault;
    private TlsResultType? _trial;
    private string _judgeProblem = "";

    /// <summary>What was decided about this host before the connection was opened.</summary>
    public HostTlsTerms Terms { get; init; } = HostTlsTerms.None;

    public bool IsEncrypted => Connection.TlsProtocol.Length > 0;

    /// <summary>What the host has shown in its handshake; null before, when it was nothing, and where nobody asked it for a proof.</summary>
    public PeerCertificates? Shown => _shown;

    /// <summary>
    /// A domain that tries its policy out hears what that would have found wrong (RFC 8461 section 5), and no policy hears of what we ask beside it.
    /// </summary>
    private TlsResultType? Reported => Terms.Trust?.Kind switch
    {
        HostTrustKind.StsTesting => _trial,
        HostTrustKind.DaneUnusable => null,
        _ => _fault,
    };

    /// <summary>Asks for TLS and shakes hands. Behind <see cref="TlsEnd.Broken"/> the connection is over.</summary>
    public async ValueTask<TlsOutcome> StartTlsAsync()
    {
        Commands.StartTls();
        await FlushAsync(_settings.SmtpCommandTimeout);
        SmtpReply? reply = await ReadReplyAsync(_settings.SmtpCommandTimeout);
        if (reply is null)
        {
            return new TlsOutcome(TlsEnd.Broken, LossReason, LossDetail, TlsResultType.ValidationFailure);
        }

        if (reply.Code != 220)
        {
            return new TlsOutcome(
                TlsEnd.Refused, $"{Host.Text} refused STARTTLS: {reply}", reply.ToString(), TlsResultType.StartTlsNotSupported, reply.IsPermanent);
        }

        // What stands behind the 220 was said in plain text, by whomever: the connection forgets it (RFC 3207 section 6).
        Extensions = new SmtpExtensions();
        _attempt = null;
        Connection.SetDeadline(_settings.SmtpCommandTimeout < _handshakeTimeout ? _settings.SmtpCommandTimeout : _handshakeTimeout);
        if (_settings.ClientCertificate is not null)
        {
            await Task.Yield(); // Its file may have to be read, and many sockets wait for this thread.
        }

        try
        {
            await Connection.StartTlsAsClientAsync(Terms.Tls!.NewOptions(Terms.NameOf(Host), Accepts), CancellationToken.None);
            return new TlsOutcome(TlsEnd.Secured, "", "", Reported);
        }
        catch (AuthenticationException failure)
        {
            TlsResultType? fault = Terms.IsEnforced ? _fault : null;
            string why = fault is { } found
                ? _judgeProblem.Length > 0 ? _judgeProblem : TlsFaultWords.Of(found, _shown)
                : HandshakeFault.Explain(failure);
            Lose(SmtpReplyStatus.Broken, $"TLS failed: {why}");
            return new TlsOutcome(
                TlsEnd.Broken, LossReason, why, fault is null ? Reported ?? TlsResultType.ValidationFailure : Reported, Lasts: fault is not null);
        }
    }

    /// <summary>During the handshake. A host that has to prove nothing is accepted whatever it shows, and that is not even copied.</summary>
    private bool Accepts(X509Certificate? certificate, X509Chain? chain)
    {
        if (!Terms.AsksProof)
        {
            return true;
        }

        try
        {
            _shown = PeerCertificates.From(certificate, chain);
            _fault = Terms.Trust!.Judge(_shown);
            _trial = Terms.Trust.JudgeTrial(_shown);
        }
        catch (Exception odd) when (odd is not OutOfMemoryException)
        {
            // Whatever a host can put into a certificate, or its domain into a name: what cannot be judged proves nothing.
            _fault = _trial = TlsResultType.ValidationFailure;
            _judgeProblem = $"its certificate cannot be judged: {HandshakeFault.Explain(odd)}";
        }

        return _fault is null || !Terms.IsEnforced;
    }
}
