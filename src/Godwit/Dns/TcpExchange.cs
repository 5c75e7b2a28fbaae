// One question over TCP (RFC 7766): for answers that do not fit a datagram, and when somebody forges datagrams.
// A connection a question: it is rare enough that keeping connections would be state without a use.

using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Godwit.Dns;

internal static class TcpExchange
{
    private const int PrefixLength = 2;

    /// <summary>Connects, asks, reads one message, closes; all within <paramref name="timeout"/>. Never throws.</summary>
    /// <param name="trace">Is told of both messages; null for none.</param>
    public static async Task<DnsExchange> AskAsync(
        IPEndPoint server, DnsQuestion question, TimeSpan timeout, TimeProvider time, PacketTrace? trace, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PrefixLength + ushort.MaxValue);
        try
        {
            using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(server, either.Token);
            return await AskAsync(socket, server, question, buffer, trace, either.Token);
        }
        catch (SocketException)
        {
            return DnsExchange.Unreachable;
        }
        catch (OperationCanceledException)
        {
            return deadline.IsCancellationRequested ? DnsExchange.TimedOut : DnsExchange.Unreachable;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<DnsExchange> AskAsync(
        Socket socket, IPEndPoint server, DnsQuestion question, byte[] buffer, PacketTrace? trace, CancellationToken cancellation)
    {
        ushort id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
        int length = DnsMessage.WriteQuery(buffer.AsSpan(PrefixLength), id, question, edns: true);
        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)length);
        trace?.Sent(server, "tcp", buffer.AsSpan(PrefixLength, length), question);
        await SendAllAsync(socket, buffer.AsMemory(0, PrefixLength + length), cancellation);

        if (!await FillAsync(socket, buffer.AsMemory(0, PrefixLength), cancellation))
        {
            return DnsExchange.Unreachable;
        }

        length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
        if (!await FillAsync(socket, buffer.AsMemory(0, length), cancellation))
        {
            return DnsExchange.Unreachable;
        }

        trace?.Received(server, "tcp", buffer.AsSpan(0, length), question);
        return Read(buffer.AsSpan(0, length), id, question);
    }

    private static DnsExchange Read(ReadOnlySpan<byte> message, ushort id, in DnsQuestion question) =>
        DnsMessage.TryReadId(message, out ushort replyId) && replyId == id ? DnsExchange.Read(message, question) : DnsExchange.Malformed;

    private static async ValueTask SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            int sent = await socket.SendAsync(bytes, SocketFlags.None, cancellation);
            bytes = bytes[sent..];
        }
    }

    /// <summary>False when the peer closes before the memory is full.</summary>
    private static async ValueTask<bool> FillAsync(Socket socket, Memory<byte> memory, CancellationToken cancellation)
    {
        while (!memory.IsEmpty)
        {
            int read = await socket.ReceiveAsync(memory, SocketFlags.None, cancellation);
            if (read == 0)
            {
                return false;
            }

            memory = memory[read..];
        }

        return true;
    }
}
