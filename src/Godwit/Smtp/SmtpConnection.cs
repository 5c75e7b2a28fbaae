// One SMTP conversation's bytes, for both sides: socket, pooled receive and send buffers, TLS upgrade.
// Owned by one session or one delivery; not thread safe, except for Abort and StopReading. While it waits for the peer with nothing unread
// it holds a small buffer of its own and none of the pool's: an idle session costs about four kilobytes in all. What the peer or the network does is a
// status, never an exception; the one exception to that is a failed TLS handshake, whose reason the caller has to name. Disposing returns the buffers, once.
// Here are reading and writing; how it ends stands in SmtpConnection.Endings.cs, TLS in SmtpConnection.Tls.cs.

using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Godwit.Smtp;

/// <summary>How a read ended.</summary>
public enum SmtpReadStatus : byte
{
    Ok,

    /// <summary>The peer closed or reset the connection, or it was aborted here.</summary>
    Closed,

    /// <summary>The deadline passed. Nothing is read any more; a last reply may still be flushed, within <see cref="SmtpConnection.LastWords"/>.</summary>
    TimedOut,

    /// <summary>Somebody called <see cref="SmtpConnection.StopReading"/>. Nothing is read any more; replies may still be flushed.</summary>
    Stopped,

    /// <summary>The line is longer than the caller's bound, or <see cref="SmtpConnection.MaxBuffered"/> octets wait unconsumed.</summary>
    TooLong,
}

/// <summary>A buffered SMTP connection.</summary>
public sealed partial class SmtpConnection : IAsyncDisposable
{
    /// <summary>
    /// Octets that may wait unconsumed: sixteen times the longest command line with its parameters, and an end to what a peer can make us hold.
    /// </summary>
    public const int MaxBuffered = 64 * 1024;

    /// <summary>Octets that may be written without a flush. A caller that writes more forgot to flush.</summary>
    public const int MaxPendingOutput = 1024 * 1024;

    /// <summary>First size of either buffer: a 10 KB message with its commands in one read, and a whole TLS record.</summary>
    private const int BufferSize = 16 * 1024;

    /// <summary>What a connection waits with: RFC 5321's longest command line (section 4.5.3.1.4) fits, so most commands and replies take one read.</summary>
    private const int WaitingSize = 512;

    /// <summary>
    /// Reads in a row that found octets waiting, before others get their turn: the thread that goes on here may be the one that serves many sockets,
    /// and a peer that sends without a pause must not keep it. About 2 MB at most.
    /// </summary>
    private const int MaxReadsInRow = 32;

    private readonly Socket _socket;
    private readonly ConnectionDeadlines _deadlines;
    private byte[]? _waiting;
    private byte[]? _input;
    private int _inputStart;
    private int _inputEnd;
    private byte[]? _output;
    private int _outputLength;
    private int _readsInRow;

    /// <summary>Takes a connected socket over.</summary>
    public SmtpConnection(Socket socket, ConnectionDeadlines deadlines)
    {
        _socket = socket;
        _deadlines = deadlines;
        try
        {
            // Replies leave in whole batches, so Nagle's algorithm could only delay the last one.
            socket.NoDelay = true;
            Local = Unmapped(socket.LocalEndPoint);
            Remote = Unmapped(socket.RemoteEndPoint);
        }
        catch (SocketException)
        {
            // The peer was gone before we looked: the first read says so.
            End(Ending.Closed);
        }

        deadlines.Add(this);
    }

    /// <summary>Our end; IPv4 also where the socket is an IPv6 one. Unspecified when the peer was gone before it was known.</summary>
    public IPEndPoint Local { get; } = new(IPAddress.Any, 0);

    /// <summary>The peer's end, in the same form.</summary>
    public IPEndPoint Remote { get; } = new(IPAddress.Any, 0);

    /// <summary>Octets received and not consumed yet. Valid until the next call that reads.</summary>
    public ReadOnlySpan<byte> Buffered => new(_input, _inputStart, _inputEnd - _inputStart);

    public int PendingOutput => _outputLength;

    public void Consume(int count)
    {
        if ((uint)count > (uint)(_inputEnd - _inputStart))
        {
            throw new InvalidOperationException($"consumed {count} of {_inputEnd - _inputStart} octets");
        }

        _inputStart += count;
    }

    /// <summary>Waits for at least one more octet to be buffered.</summary>
    /// <param name="soon">The peer is in the middle of something: a buffer is held while waiting, which saves a call to the kernel.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpReadStatus> ReadMoreAsync(bool soon = false)
    {
        if (Status() is not SmtpReadStatus.Ok and var over)
        {
            return over;
        }

        try
        {
            // 1 With nothing unread, wait with the small buffer only: it may take long.
            if (_inputStart == _inputEnd)
            {
                _inputStart = _inputEnd = 0;
                if (!soon)
                {
                    await WaitLeanAsync();
                }
                else if (_input == _waiting)
                {
                    ReturnInput();
                }
            }

            // 2 Rent, or make room behind what is unread.
            if (!HasRoom())
            {
                return SmtpReadStatus.TooLong;
            }

            // 3 Take what there is.
            ValueTask<int> read = ReadAsync(_input.AsMemory(_inputEnd));
            _readsInRow = read.IsCompleted ? _readsInRow + 1 : 0;
            int count = await read;
            if (_readsInRow >= MaxReadsInRow)
            {
                _readsInRow = 0;
                await Task.Yield();
            }

            _inputEnd += count;
            return count > 0 ? SmtpReadStatus.Ok : ReadEnded();
        }
        catch (Exception failure) when (IsPeers(failure))
        {
            return ReadEnded();
        }
    }

    /// <summary>Forgets what is buffered: behind STARTTLS nothing sent before the handshake counts (RFC 3207 section 6).</summary>
    public void DiscardBuffered() => _inputStart = _inputEnd;

    /// <summary>Appends to the send buffer. Never blocks; flush when <see cref="PendingOutput"/> grows. Throws beyond <see cref="MaxPendingOutput"/>.</summary>
    public void Write(ReadOnlySpan<byte> octets)
    {
        if (_output is null || octets.Length > _output.Length - _outputLength)
        {
            GrowOutput(octets.Length);
        }

        octets.CopyTo(_output.AsSpan(_outputLength));
        _outputLength += octets.Length;
    }

    /// <summary>Sends everything written. False when the peer is gone or the deadline passed.</summary>
    public ValueTask<bool> FlushAsync() => _outputLength == 0 ? new(_ended == 0) : SendAsync(default);

    /// <summary>Sends the pending output and then <paramref name="octets"/> without copying them.</summary>
    public ValueTask<bool> FlushAsync(ReadOnlyMemory<byte> octets)
    {
        // What fits beside the pending output is copied after all: one packet is cheaper than a copy.
        if (_outputLength > 0 && octets.Length <= BufferSize - _outputLength)
        {
            Write(octets.Span);
            return SendAsync(default);
        }

        return SendAsync(octets);
    }

    private static IPEndPoint Unmapped(EndPoint? endPoint)
    {
        IPEndPoint address = endPoint as IPEndPoint ?? new IPEndPoint(IPAddress.Any, 0);
        return address.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(address.Address.MapToIPv4(), address.Port) : address;
    }

    private ValueTask<int> ReadAsync(Memory<byte> target) =>
        _tls is null ? _socket.ReceiveAsync(target, SocketFlags.None) : _tls.ReadAsync(target);

    /// <summary>
    /// Gives the pool's buffer back. TLS reads whole records into a buffer that it rents itself: there a read of no octets waits, and costs nothing
    /// to speak of.
    /// </summary>
    private ValueTask<int> WaitLeanAsync()
    {
        ReturnInput();
        if (_tls is not null)
        {
            return _tls.ReadAsync(Memory<byte>.Empty);
        }

        _input = _waiting ??= new byte[WaitingSize];
        return new(0);
    }

    private bool HasRoom()
    {
        if (_input is null)
        {
            _input = ArrayPool<byte>.Shared.Rent(BufferSize);
        }
        else if (_inputEnd < _input.Length)
        {
            return true;
        }
        else if (_inputStart > 0 && _input != _waiting)
        {
            Buffered.CopyTo(_input);
        }
        else if (_input.Length < MaxBuffered)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_input.Length * 2, BufferSize));
            Buffered.CopyTo(larger);
            GiveBack(_input);
            _input = larger;
        }
        else
        {
            return false;
        }

        _inputEnd -= _inputStart;
        _inputStart = 0;
        return true;
    }

    private void GrowOutput(int more)
    {
        int needed = _outputLength + more;
        if (needed > MaxPendingOutput)
        {
            throw new InvalidOperationException($"{needed} octets written without a flush");
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, BufferSize));
        if (_output is not null)
        {
            _output.AsSpan(0, _outputLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_output);
        }

        _output = larger;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> more)
    {
        try
        {
            if (_ended == 0 && _outputLength > 0)
            {
                await SendAllAsync(_output.AsMemory(0, _outputLength));
            }

            if (_ended == 0 && !more.IsEmpty)
            {
                await SendAllAsync(more);
            }
        }
        catch (Exception failure) when (IsPeers(failure))
        {
            End(Ending.Closed);
        }

        ReturnOutput();
        return _ended == 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> octets)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(octets);
            return;
        }

        while (!octets.IsEmpty)
        {
            octets = octets[await _socket.SendAsync(octets, SocketFlags.None)..];
        }
    }

    private void ReturnInput()
    {
        if (_input is { } input)
        {
            _input = null;
            _inputStart = _inputEnd = 0;
            GiveBack(input);
        }
    }

    private void GiveBack(byte[] input)
    {
        if (input != _waiting)
        {
            ArrayPool<byte>.Shared.Return(input);
        }
    }

    private void ReturnOutput()
    {
        if (_output is { } output)
        {
            _output = null;
            _outputLength = 0;
            ArrayPool<byte>.Shared.Return(output);
        }
    }
}
