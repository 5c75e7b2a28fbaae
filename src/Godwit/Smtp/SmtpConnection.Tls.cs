// The upgrade to TLS, for both sides. Happens at most once, with nothing unsent; what was received before it is forgotten.
// A handshake costs a millisecond of arithmetic, so each step of it runs on the pool: the thread that saw the octets may serve many sockets.

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Godwit.Smtp;

public sealed partial class SmtpConnection
{
    private SslStream? _tls;

    /// <summary>"TLSv1.3" and so on; empty without TLS.</summary>
    public string TlsProtocol { get; private set; } = "";

    /// <summary>The cipher suite's IANA name; empty without TLS.</summary>
    public string TlsCipher { get; private set; } = "";

    /// <summary>What the other side's part of the handshake began with.</summary>
    public HandshakeStart HandshakeBegan { get; private set; }

    /// <summary>Whether it was our patience that ended the handshake.</summary>
    public bool HandshakeTimedOut { get; private set; }

    /// <summary>
    /// Becomes the server's side of TLS; buffered octets are discarded first. Throws <see cref="AuthenticationException"/> when the handshake fails
    /// for whatever reason; the connection is dead then. Throws <see cref="OperationCanceledException"/> when cancelled.
    /// </summary>
    public Task StartTlsAsServerAsync(SslServerAuthenticationOptions options, CancellationToken cancellation) =>
        StartTlsAsync(tls => tls.AuthenticateAsServerAsync(options, cancellation), cancellation);

    /// <summary>Becomes the client's side of TLS, on the same terms as <see cref="StartTlsAsServerAsync"/>.</summary>
    public Task StartTlsAsClientAsync(SslClientAuthenticationOptions options, CancellationToken cancellation) =>
        StartTlsAsync(tls => tls.AuthenticateAsClientAsync(options, cancellation), cancellation);

    private async Task StartTlsAsync(Func<SslStream, Task> handshake, CancellationToken cancellation)
    {
        if (_tls is not null || _outputLength > 0)
        {
            throw new InvalidOperationException("TLS starts once, with nothing left to send");
        }

        DiscardBuffered();
        ReturnInput();
        try
        {
            var octets = new HandshakeStream(_socket, first => HandshakeBegan = TlsRecord.Of(first));
            _tls = new SslStream(octets, leaveInnerStreamOpen: false);
            await Task.Yield();
            await handshake(_tls);
            octets.IsHandshake = false;
            TlsProtocol = Name(_tls.SslProtocol);
            TlsCipher = _tls.NegotiatedCipherSuite.ToString();
        }
        catch (Exception failure) when (failure is not AuthenticationException && IsPeers(failure) && !cancellation.IsCancellationRequested)
        {
            bool late = HandshakeTimedOut = ReadEnded() == SmtpReadStatus.TimedOut;
            End(late ? Ending.TimedOut : Ending.Closed);
            _socket.Dispose();
            throw new AuthenticationException(late ? "the TLS handshake did not end in time" : "the connection was lost during the TLS handshake", failure);
        }
        catch (Exception)
        {
            Abort();
            throw;
        }

        static string Name(SslProtocols protocol) => protocol switch
        {
            SslProtocols.Tls12 => "TLSv1.2",
            SslProtocols.Tls13 => "TLSv1.3",
#pragma warning disable SYSLIB0039, CA5397 // Named, not chosen.
            SslProtocols.Tls => "TLSv1",
            SslProtocols.Tls11 => "TLSv1.1",
#pragma warning restore SYSLIB0039, CA5397
            _ => protocol.ToString(),
        };
    }

    /// <summary>The socket's octets; what has waited for them goes on where a millisecond may be spent, as long as it is a handshake.</summary>
    /// <param name="began">Is told the first octet of all.</param>
    private sealed class HandshakeStream(Socket socket, Action<byte> began) : NetworkStream(socket, ownsSocket: false)
    {
        private bool _hasBegun;

        public bool IsHandshake { get; set; } = true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            IsHandshake ? ReadOnPoolAsync(buffer, cancellationToken) : base.ReadAsync(buffer, cancellationToken);

        private async ValueTask<int> ReadOnPoolAsync(Memory<byte> buffer, CancellationToken cancellation)
        {
            int count = await base.ReadAsync(buffer, cancellation);
            if (count > 0 && !_hasBegun)
            {
                _hasBegun = true;
                began(buffer.Span[0]);
            }

            await Task.Yield();
            return count;
        }
    }
}
