// Sends the numbers to one Carbon, on one connection that stays. Owned by StatisticsSending; one loop. Nothing waits for it: a host that is dead, slow or
// hangs up costs the numbers of that moment (counts go on from where they are) and raises an alarm until it takes them again. Tries come with growing pauses.

using System.Net.Sockets;
using Godwit.Diagnostics;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Metrics;

/// <summary>Pushes to Graphite until it is disposed.</summary>
internal sealed class GraphiteSender : IAsyncDisposable
{
    /// <summary>For a connection, and for what is sent at once: a healthy Carbon needs milliseconds.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A connection that stands for so long behind a sending has taken it.</summary>
    internal static readonly TimeSpan Proof = TimeSpan.FromMilliseconds(500);

    internal static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>A host that comes back is seen again after so long at most.</summary>
    internal static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Octets that wait in the system for a host that does not read: it is noticed when they are full.</summary>
    private const int SendBuffer = 64 * 1024;

    private readonly MetricView _view;
    private readonly StatisticsSettings _settings;
    private readonly TimeSpan _interval;
    private readonly ReceiverTrouble _trouble;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private Socket? _socket;
    private Task<string>? _end;

    public GraphiteSender(MetricView view, StatisticsSettings settings, TimeSpan interval, ILogger log)
    {
        (_view, _settings, _interval) = (view, settings, interval);
        _trouble = new ReceiverTrouble(settings.Name, view.Alarms, log);
        _loop = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _trouble.End();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        TimeSpan pause = FirstPause;
        try
        {
            while (true)
            {
                bool taken = await TrySendAsync();
                TimeSpan wait = taken ? _interval - Proof : pause;
                pause = taken ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
                await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, _view.Clock.Time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            Close();
        }
    }

    private async Task<bool> TrySendAsync()
    {
        try
        {
            await SendAsync();
            if (await HungUpAsync() is not { } reason)
            {
                _trouble.Over();
                return true;
            }

            _trouble.Begin(reason);
        }
        catch (SocketException error)
        {
            _trouble.Begin(error.Message);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            _trouble.Begin($"it takes nothing for {Patience.TotalSeconds} seconds");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // A defect of ours in reading a number: the loop goes on, and somebody looks at it.
            _trouble.Begin($"a fault of this server, please report it: {error}");
        }

        Close();
        return false;
    }

    private async Task SendAsync()
    {
        byte[] lines = GraphiteLines.Write(MetricReader.Read(_view), _settings.Prefix, _view.Clock.Now.Ticks / TimeSpan.TicksPerSecond);
        using var late = new CancellationTokenSource(Patience, _view.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        if (_end is { IsCompleted: true })
        {
            Close(); // It ended between two sendings, as when Carbon is restarted.
        }

        if (_socket is null)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendBufferSize = SendBuffer };
            _socket = socket;
            await socket.ConnectAsync(_settings.Host, _settings.Port, either.Token);
            _end = WatchAsync(socket);
        }

        for (ReadOnlyMemory<byte> rest = lines; !rest.IsEmpty;)
        {
            rest = rest[await _socket.SendAsync(rest, SocketFlags.None, either.Token)..];
        }
    }

    /// <summary>What was sent into a connection that ends right behind it is lost without a word: why it ended, or null when it stands.</summary>
    private async Task<string?> HungUpAsync()
    {
        Task<string> end = _end!;
        await Task.WhenAny(end, Task.Delay(Proof, _view.Clock.Time, _stop.Token));
        _stop.Token.ThrowIfCancellationRequested();
        return end.IsCompleted ? await end : null;
    }

    /// <summary>Carbon says nothing: whatever can be read is the end.</summary>
    private static async Task<string> WatchAsync(Socket socket)
    {
        try
        {
            byte[] said = new byte[100];
            int length = await socket.ReceiveAsync(said, SocketFlags.None);
            return length == 0 ? "it closes the connection" : "it answers, which Carbon's port for lines of text does not: is this another port?";
        }
        catch (SocketException error)
        {
            return error.Message;
        }
        catch (ObjectDisposedException)
        {
            return "closed here";
        }
    }

    private void Close()
    {
        _socket?.Dispose();
        (_socket, _end) = (null, null);
    }
}
