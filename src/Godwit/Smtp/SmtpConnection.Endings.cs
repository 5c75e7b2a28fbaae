// The ways a connection ends: a missed deadline, a stop from above, an abort, a goodbye, disposal; and what an exception of the socket means.
// Two words hold it: why nothing is read any more, and why nothing works any more. Whoever comes first decides; only a missed deadline outranks a stop.

using System.Net.Sockets;
using System.Security.Authentication;

namespace Godwit.Smtp;

public sealed partial class SmtpConnection
{
    /// <summary>
    /// Time after a missed deadline in which a reply that says so may leave (RFC 5321 section 3.8: no closing without 421). Then the socket closes.
    /// </summary>
    public static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    /// <summary>Unread octets dropped while lingering, before the peer is cut off: more than the kernels of both sides hold in flight.</summary>
    private const int MaxLingered = 16 * 1024 * 1024;

    private const long NoDeadline = long.MaxValue;

    private long _deadline = NoDeadline;
    private int _ended;
    private int _readStop;

    /// <summary>Why the whole connection is over.</summary>
    private enum Ending
    {
        None,
        Closed,
        TimedOut,
        Disposed,
    }

    /// <summary>Why nothing is read any more, though replies may still leave.</summary>
    private enum ReadStop
    {
        None,
        Stopped,
        TimedOut,
    }

    internal SmtpConnection? NextWatched { get; set; }

    internal SmtpConnection? PreviousWatched { get; set; }

    /// <summary>
    /// Sets the time by which every read and write from now on must end; <see cref="Timeout.InfiniteTimeSpan"/> lifts it.
    /// When it passes a pending read reports <see cref="SmtpReadStatus.TimedOut"/>; a pending flush fails <see cref="LastWords"/> later, with the socket.
    /// A deadline that was missed stays missed.
    /// </summary>
    public void SetDeadline(TimeSpan fromNow)
    {
        if (_readStop != (int)ReadStop.TimedOut)
        {
            long now = _deadlines.Now;
            bool none = fromNow == Timeout.InfiniteTimeSpan || fromNow.Ticks >= NoDeadline - now;
            Volatile.Write(ref _deadline, none ? NoDeadline : now + fromNow.Ticks);
        }
    }

    /// <summary>
    /// Ends our side and drops what the peer still sends until it ends its own, within the deadline. Closing a socket with unread octets resets it,
    /// and a reset may overtake the last reply: linger after a refusal that the peer should see.
    /// </summary>
    public async ValueTask LingerAsync()
    {
        DiscardBuffered();
        if (_ended != 0 || !await TryEndSendingAsync())
        {
            return;
        }

        for (int dropped = 0; dropped < MaxLingered && await ReadMoreAsync() == SmtpReadStatus.Ok; DiscardBuffered())
        {
            dropped += _inputEnd - _inputStart;
        }
    }

    /// <summary>
    /// Says that nothing more comes from here. Under TLS a peer would else not know whether somebody has cut the conversation short (RFC 8446 section 6.1).
    /// </summary>
    public async ValueTask EndSendingAsync()
    {
        if (_ended == 0)
        {
            await TryEndSendingAsync();
        }
    }

    /// <summary>
    /// Makes the pending read and every later one report <see cref="SmtpReadStatus.Stopped"/>, from any thread. Replies may still be flushed.
    /// </summary>
    public void StopReading()
    {
        Interlocked.CompareExchange(ref _readStop, (int)ReadStop.Stopped, 0);
        Shutdown(SocketShutdown.Receive);
    }

    /// <summary>Ends the connection at once, from any thread.</summary>
    public void Abort()
    {
        End(Ending.Closed);
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, (int)Ending.Disposed) == (int)Ending.Disposed)
        {
            return;
        }

        _deadlines.Remove(this);
        _socket.Dispose();
        if (_tls is not null)
        {
            await _tls.DisposeAsync();
        }

        ReturnInput();
        ReturnOutput();
    }

    internal bool IsLate(long now) => Volatile.Read(ref _deadline) <= now && Volatile.Read(ref _ended) == 0;

    /// <summary>
    /// Called by the heartbeat, unless the deadline has moved since: the first time ends reading, the second, after the last words, the connection.
    /// </summary>
    internal void ExpireIfLate(long now)
    {
        long deadline = Volatile.Read(ref _deadline);
        if (deadline > now || Interlocked.CompareExchange(ref _deadline, now + LastWords.Ticks, deadline) != deadline)
        {
            return;
        }

        if (Interlocked.Exchange(ref _readStop, (int)ReadStop.TimedOut) != (int)ReadStop.TimedOut)
        {
            Shutdown(SocketShutdown.Receive);
            return;
        }

        End(Ending.TimedOut);
        _socket.Dispose();
    }

    /// <summary>Whether an exception only says that the connection has ended, on either side.</summary>
    private static bool IsPeers(Exception failure) =>
        failure is SocketException or IOException or ObjectDisposedException or AuthenticationException;

    private void End(Ending how) => Interlocked.CompareExchange(ref _ended, (int)how, 0);

    private SmtpReadStatus Status() => (Ending)Volatile.Read(ref _ended) switch
    {
        Ending.None => (ReadStop)Volatile.Read(ref _readStop) switch
        {
            ReadStop.None => SmtpReadStatus.Ok,
            ReadStop.Stopped => SmtpReadStatus.Stopped,
            _ => SmtpReadStatus.TimedOut,
        },
        Ending.TimedOut => SmtpReadStatus.TimedOut,
        _ => SmtpReadStatus.Closed,
    };

    /// <summary>The end of input is the peer's doing, unless reading was stopped here.</summary>
    private SmtpReadStatus ReadEnded()
    {
        if (_readStop == 0)
        {
            End(Ending.Closed);
        }

        return Status();
    }

    private async ValueTask<bool> TryEndSendingAsync()
    {
        try
        {
            if (_tls is not null)
            {
                await _tls.ShutdownAsync();
            }

            return Shutdown(SocketShutdown.Send);
        }
        catch (Exception failure) when (IsPeers(failure))
        {
            End(Ending.Closed);
            return false;
        }
    }

    private bool Shutdown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
            return true;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Not connected any more: the peer was faster, or an abort was.
            End(Ending.Closed);
            return false;
        }
    }
}
