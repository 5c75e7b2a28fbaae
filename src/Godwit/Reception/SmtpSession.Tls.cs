// STARTTLS (RFC 3207), and TLS before the greeting (RFC 8314). Whatever stood behind STARTTLS in clear text is dropped, and what the client said before
// the handshake is forgotten: somebody on the way may have said it.

using System.Security.Authentication;
using System.Text;
using Godwit.Diagnostics;
using Godwit.Smtp;
using Godwit.Tls;

namespace Godwit.Reception;

public sealed partial class SmtpSession
{
    /// <summary>Time for a handshake: two round trips and some arithmetic, over a bad line; a client that only holds a place is gone soon.</summary>
    private static readonly TimeSpan _handshakeTime = TimeSpan.FromSeconds(60);

    private const int MaxSubject = 200;

    /// <summary>The certificate that the client showed; <see cref="ClientProof.None"/> before TLS.</summary>
    internal ClientProof ClientCertificate { get; private set; } = ClientProof.None;

    /// <summary>Nobody on the way reads along.</summary>
    private bool IsEncrypted => _connection.TlsProtocol.Length > 0;

    private bool OffersStartTls => _entrance.Tls is not null && _client.Source.AllowStartTls && !IsEncrypted;

    private Next StartTls(ReadOnlySpan<byte> argument)
    {
        if (!argument.IsEmpty)
        {
            Mistake(SmtpReplies.NoArgument);
        }
        else if (IsEncrypted)
        {
            Mistake(SmtpReplies.TlsInUse);
        }
        else if (!_client.Source.AllowStartTls)
        {
            Mistake(SmtpReplies.NotImplemented);
        }
        else if (_entrance.Tls is null)
        {
            Mistake(SmtpReplies.TlsNotAvailable);
        }
        else if (_transaction.IsOpen)
        {
            Mistake(SmtpReplies.TlsInTransaction);
        }
        else
        {
            Accept(SmtpReplies.StartTls);
            return Next.Tls;
        }

        return Next.Command;
    }

    private async ValueTask StartTlsAsync()
    {
        if (_connection.Buffered.Length is > 0 and var octets)
        {
            _log.BehindStartTls(_connection.Remote, octets);
            _connection.DiscardBuffered();
        }

        await FlushAsync();
        if (!_over)
        {
            await SecureAsync();
        }
    }

    /// <summary>TLS where a command belongs: a client that is set up for TLS from the first octet, on a port for STARTTLS.</summary>
    private void RefuseTls()
    {
        _waiting = false;
        _log.ClientSpeaksTlsAtOnce(_connection.Remote, _connection.Local);
        Reply(SmtpReplies.TlsInPlainText);
        LeaveLingering();
    }

    /// <summary>The handshake. A session that has not got through it is over.</summary>
    private async ValueTask SecureAsync()
    {
        if (_entrance.Tls is not { } tls)
        {
            _log.NoImmediateTls(_connection.Remote);
            Leave();
            return;
        }

        _connection.SetDeadline(_handshakeTime);
        try
        {
            // What follows may read a file and reckon for a millisecond: not on a thread that serves many sockets.
            await Task.Yield();
            await _connection.StartTlsAsServerAsync(tls.NewOptions(proof => ClientCertificate = proof), CancellationToken.None);
        }
        catch (AuthenticationException failure)
        {
            _entrance.Counters.TlsIn.Add("none", "failed");
            if (_entrance.Listener.ImmediateTls && _connection.HandshakeBegan is HandshakeStart.Words)
            {
                _log.ClientSpeaksNoTls(_connection.Remote, _connection.Local);
            }
            else if (_entrance.Listener.ImmediateTls && _connection.HandshakeTimedOut && _connection.HandshakeBegan is HandshakeStart.Nothing)
            {
                _log.ClientWaitsForGreeting(_connection.Remote, _connection.Local);
            }
            else if (_client.Source.LogTls)
            {
                _log.ClientTlsFailed(_connection.Remote, HandshakeFault.Explain(failure));
            }

            Leave();
            return;
        }

        if (_client.Source.LogTls)
        {
            _log.ClientSpeaksTls(_connection.Remote, _connection.TlsProtocol, _connection.TlsCipher, Shown(tls));
        }

        _entrance.Counters.TlsIn.Add(_connection.TlsProtocol, "ok");

        // RFC 3207 section 4.2: nothing that the client said before counts, and it has to say EHLO again.
        _client = _client with { Name = "", Extended = false, TlsProtocol = _connection.TlsProtocol, TlsCipher = _connection.TlsCipher };
        ForgetUser();
        _transaction.End();
        _waiting = false;
        _connection.SetDeadline(_client.Source.SmtpCommandTimeout);
    }

    /// <summary>For the log, where clients are asked for a certificate.</summary>
    private string Shown(ServerTls tls) =>
        !tls.AsksClients ? ""
        : ClientCertificate.Certificate is not { } certificate ? ", shows no certificate"
        : ClientCertificate.IsVerified ? $", certificate {Printed(certificate.Subject)}"
        : $", certificate {Printed(certificate.Subject)} not verified: {ClientCertificate.Fault}";

    /// <summary>Anybody may write anything into a certificate: in the log it is one line, and not a long one.</summary>
    private static string Printed(string subject) => Printable(Encoding.Latin1.GetBytes(subject.Length > MaxSubject ? subject[..MaxSubject] : subject));
}
