// Sends one message's content behind DATA. Stored content is canonical, so most messages are one clean run.
// Owned by one connection. Returns false when the peer is gone or we have broken off; a spool device that fails throws, and the
// connection must not be used again then.

using Godwit.Diagnostics;
using Godwit.Smtp;

namespace Godwit.Delivery;

/// <summary>Content → wire. Not thread safe.</summary>
internal sealed class ContentSender(PeerConnection peer)
{
    /// <summary>
    /// Runs from this size on go out from where they lie. Copying 16 KB costs about 1 µs, a send about 10: below, one send for content and final dot
    /// is cheaper.
    /// </summary>
    private const int UncopiedFrom = 16 * 1024;

    /// <summary>Output is sent when so much waits: keeps a message of many stuffed lines from growing the send buffer.</summary>
    private const int FlushFrom = 32 * 1024;

    private readonly DotStuffing _stuffing = new();

    /// <summary>Sends all of it and the final dot. <paramref name="timeout"/> holds for each send (RFC 5321 section 4.5.3.2.5).</summary>
    public async ValueTask<bool> SendAsync(MessageContent content, TimeSpan timeout)
    {
        _stuffing.Begin();
        peer.BeginContent();
        HexDump? dump = peer.NewDump();
        if (!content.Before.IsEmpty)
        {
            // Whole lines of ours, none of which begins with a dot.
            peer.Observer?.Content(content.Before.Span);
            dump?.Add(content.Before.Span);
            peer.Connection.Write(content.Before.Span);
        }

        for (bool first = true; ; first = false)
        {
            if (!first)
            {
                // A further piece is read from the disk: not on a thread that many sockets wait for.
                await Task.Yield();
            }

            if (!content.TryReadNext(out ReadOnlyMemory<byte> piece))
            {
                break;
            }

            peer.Observer?.Content(piece.Span);
            dump?.Add(piece.Span);
            while (!piece.IsEmpty)
            {
                int run = _stuffing.CleanRun(piece.Span);
                if (run < UncopiedFrom)
                {
                    peer.Connection.Write(piece.Span[..run]);
                }
                else if (!await peer.FlushAsync(piece[..run], timeout))
                {
                    return false;
                }

                peer.Connection.Write(_stuffing.Insertion);
                if (peer.Connection.PendingOutput >= FlushFrom && !await peer.FlushAsync(timeout))
                {
                    return false;
                }

                piece = piece[run..];
            }
        }

        if (!peer.TryFinishContent())
        {
            return false;
        }

        peer.Connection.Write(_stuffing.End());
        return await peer.FlushAsync(timeout);
    }
}
