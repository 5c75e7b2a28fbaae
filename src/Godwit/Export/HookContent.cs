// A body that is sent in pieces, so that a slow receiver is told from one that hangs: each piece that the network took is progress. Owned by one request.

using System.Net;

namespace Godwit.Export;

/// <summary>Writes octets and says after each piece that it went on.</summary>
internal sealed class HookContent(ReadOnlyMemory<byte> octets, Action progress) : HttpContent
{
    private const int Piece = 32 * 1024;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        await SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (int at = 0; at < octets.Length; at += Piece)
        {
            await stream.WriteAsync(octets.Slice(at, Math.Min(Piece, octets.Length - at)), cancellationToken);
            progress();
        }

        await stream.FlushAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = octets.Length;
        return true;
    }
}
