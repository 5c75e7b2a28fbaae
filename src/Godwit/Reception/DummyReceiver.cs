// The built-in sink (dummy-smtp-*): a server that accepts everything and throws it away, for trying out a configuration and for measuring delivery.
// Owned by the composition root. It reads content without copying it and counts messages; no limits of sources, no policy, no queue.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Godwit.Diagnostics;
using Godwit.Settings;
using Godwit.Smtp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Reception;

/// <summary>Accepts mail and forgets it.</summary>
public sealed class DummyReceiver : IAsyncDisposable
{
    /// <summary>Connections at once; one more is closed without a word. Above what any delivery test opens, below the usual limit of open files.</summary>
    private const int MaxSessions = 10_000;

    private readonly DummyReceiverSettings _settings;
    private readonly string _hostName;
    private readonly ConnectionDeadlines _deadlines;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<DummySession, Task> _sessions = new();
    private readonly CancellationTokenSource _stopping = new();
    private ILogger _log = NullLogger.Instance;
    private SmtpListener? _listener;
    private long _messages;
    private long _octets;

    public DummyReceiver(DummyReceiverSettings settings, string hostName, ConnectionDeadlines deadlines, TimeProvider time)
    {
        _settings = settings;
        _hostName = hostName;
        _deadlines = deadlines;
        _time = time;
    }

    /// <summary>Where it listens; null before it does.</summary>
    public IPEndPoint? EndPoint => _listener?.EndPoint;

    /// <summary>Messages thrown away since the start.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Octets of content thrown away since the start.</summary>
    public long Octets => Volatile.Read(ref _octets);

    /// <summary>Starts listening. False, and a sentence that says why, when the address cannot be bound.</summary>
    public bool TryStart(ILogger log, out string problem)
    {
        _log = log;
        _listener = SmtpListener.TryOpen(_settings.EndPoint, Accept, _time, log, out problem);
        return _listener is not null;
    }

    /// <summary>Stops listening and cuts every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }

        await _stopping.CancelAsync();
        while (!_sessions.IsEmpty)
        {
            foreach (DummySession session in _sessions.Keys)
            {
                session.Abort();
            }

            await Task.WhenAll(_sessions.Values);
        }
    }

    private void Accept(Socket client)
    {
        if (_sessions.Count >= MaxSessions)
        {
            client.Dispose();
            return;
        }

        var session = new DummySession(new SmtpConnection(client, _deadlines), _settings, _hostName, _time, Count, _stopping.Token);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[session] = ended.Task;
        _ = Task.Run(async () =>
        {
            try
            {
                await session.RunAsync();
            }
            catch (Exception error)
            {
                _log.DummySessionBroke(error, session.Client);
            }
            finally
            {
                _sessions.TryRemove(session, out _);
                ended.SetResult();
            }
        });
    }

    private void Count(long octets)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _octets, octets);
    }
}
