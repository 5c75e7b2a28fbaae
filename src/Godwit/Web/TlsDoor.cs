// HTTP and HTTPS on one port: the first octet of a connection tells which it is, as TLS begins with a record of type 22 (RFC 8446 section 5.1) and HTTP
// with a letter. Owned by WebConsole; one call a connection, as many as DoorCount has room for. A client that says nothing, or stops in the handshake, is
// let go after a bounded time.

using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Godwit.Diagnostics;
using Godwit.Settings;
using Godwit.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Godwit.Web;

/// <summary>Puts TLS under the connections that want it.</summary>
/// <param name="tls">The port's side of TLS as it is now; null without a certificate.</param>
/// <param name="settings">Who may speak to the port, and what the log is to say.</param>
internal sealed class TlsDoor(Func<ServerTls?> tls, Func<ServerSettings> settings, TimeProvider time, ILogger log)
{
    private const byte Handshake = 22;

    /// <summary>For the first octet, and again for the handshake: what a slow line needs.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    private readonly DoorCount _count = new();

    public async Task PassAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IPAddress address = AddressAccess.Plain((connection.RemoteEndPoint as IPEndPoint)?.Address);
        DoorKind kind = KindOf(address);
        if (!_count.TryEnter(address, kind))
        {
            connection.Abort();
            return;
        }

        try
        {
            await ServeAsync(connection, next);
        }
        finally
        {
            _count.Leave(address, kind);
        }
    }

    private DoorKind KindOf(IPAddress address)
    {
        AddressAccess access = AddressAccess.Of(settings().HttpAccess, address);
        return access.Level > AccessLevel.None || IPAddress.IsLoopback(address) ? DoorKind.Known
            : access.IsForSignIn ? DoorKind.SignIn
            : DoorKind.Stranger;
    }

    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        switch (await FirstOctetAsync(connection))
        {
            case null:
                connection.Abort();
                break;
            case Handshake when tls() is { } server:
                await SpeakAsync(connection, server, next);
                break;
            case Handshake:
                Tell(connection, "there is no certificate: http-tls-certificate names one");
                connection.Abort();
                break;
            default:
                await next(connection);
                break;
        }
    }

    /// <summary>Looked at and left where it is; null when none comes.</summary>
    private async Task<byte?> FirstOctetAsync(ConnectionContext connection)
    {
        using var late = new CancellationTokenSource(_patience, time);
        try
        {
            ReadResult read = await connection.Transport.Input.ReadAsync(late.Token);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    private async Task SpeakAsync(ConnectionContext connection, ServerTls server, ConnectionDelegate next)
    {
        IDuplexPipe clear = connection.Transport;
        await using var below = new PipeStream(clear);
        await using var stream = new SslStream(below, leaveInnerStreamOpen: true);
        if (await ShakeAsync(connection, stream, server) is not { } proof)
        {
            connection.Abort();
            return;
        }

        PipeReader input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        PipeWriter output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        connection.Features.Set<ITlsConnectionFeature>(new OverTls(proof.Certificate));
        connection.Features.Set(proof);
        connection.Transport = new Ends(input, output);
        try
        {
            await next(connection);
        }
        finally
        {
            await input.CompleteAsync();
            await output.CompleteAsync();
            connection.Transport = clear;
        }
    }

    /// <summary>What the client has shown of itself; null when there is no connection.</summary>
    private async Task<ClientProof?> ShakeAsync(ConnectionContext connection, SslStream stream, ServerTls server)
    {
        ClientProof proof = ClientProof.None;
        using var late = new CancellationTokenSource(_patience, time);
        try
        {
            // The certificate's file may be read here, which the thread of many sockets must not wait for.
            SslServerAuthenticationOptions options = await Task.Run(() => server.NewOptions(shown => proof = shown), late.Token);
            await stream.AuthenticateAsServerAsync(options, late.Token);
            if (settings().HttpLogTls)
            {
                log.ConsoleTls(Peer(connection), stream.SslProtocol.ToString(), stream.NegotiatedCipherSuite.ToString());
            }

            return proof;
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException)
        {
            Tell(connection, failed is OperationCanceledException ? "the client stopped in the handshake" : failed.InnerException?.Message ?? failed.Message);
            return null;
        }
    }

    private void Tell(ConnectionContext connection, string why)
    {
        if (settings().HttpLogTls)
        {
            log.ConsoleTlsFailed(Peer(connection), why);
        }
    }

    private static string Peer(ConnectionContext connection) =>
        connection.RemoteEndPoint is IPEndPoint peer ? new IPEndPoint(AddressAccess.Plain(peer.Address), peer.Port).ToString() : "";

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>By this the web host knows that a request came over HTTPS.</summary>
    private sealed class OverTls(X509Certificate2? shown) : ITlsConnectionFeature
    {
        public X509Certificate2? ClientCertificate { get; set; } = shown;

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }
}
