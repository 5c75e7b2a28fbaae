// The built-in sink (dummy-smtp-*): a server that accepts everything and throws it away, for trying out a configuration and for measuring delivery.
// Owned by the composition root. It reads content without copying it and counts messages; no limits of sources, no policy, no queue.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Smtp;
using Microsoft.Extensions.Logging;

namespace Godwit.Reception;

/// <summary>Accepts mail and forgets it.</summary>
public sealed class DummyReceiver : IAsyncDisposable
{
    /// <summary>Connections at once; one more is closed without a word. Above what any delivery test opens, below the usual limit of open files.</summary>
    private const int MaxSessions = 10_000;

    private readonly ConnectionDeadlines _deadlines;
    private readonly TimeProvider _time;
    private readonly EntranceSet _entrances;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<DummySession, Task> _sessions = new();
    private readonly CancellationTokenSource _stopping = new();
    private volatile Manner? _manner;
    private long _messages;
    private long _octets;

    public DummyReceiver(ConnectionDeadlines deadlines, TimeProvider time, ILogger log)
    {
        _deadlines = deadlines;
        _time = time;
        _log = log;
        _entrances = new EntranceSet(EntranceDirectives.Dummy, (client, _) => Accept(client), time, log);
    }

    /// <summary>Where it listens; null while it is off.</summary>
    public IPEndPoint? EndPoint => _entrances.EndPoints.Count == 0 ? null : _entrances.EndPoints[0];

    /// <summary>Messages thrown away since the start.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Octets of content thrown away since the start.</summary>
    public long Octets => Volatile.Read(ref _octets);

    /// <summary>
    /// Tries to listen where the settings say; null turns the receiver off. Throws <see cref="PortUnavailableException"/> when the address cannot be bound.
    /// Open connections go on as they began.
    /// </summary>
    public Task<IPreparedChange> PrepareAsync(DummyReceiverSettings? settings, string hostName)
    {
        IReadOnlyList<ListenerSettings> wanted = settings is null ? [] : [new ListenerSettings(settings.EndPoint, "")];
        return _entrances.PrepareOrThrowAsync(wanted, () => _manner = settings is null ? null : new Manner(settings, hostName));
    }

    /// <summary>Stops listening and cuts every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _entrances.ApplyAsync([]);
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
        if (_sessions.Count >= MaxSessions || _manner is not { } manner)
        {
            client.Dispose();
            return;
        }

        var session = new DummySession(new SmtpConnection(client, _deadlines), manner.Settings, manner.HostName, _time, Count, _stopping.Token);
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

    /// <summary>How a new session behaves.</summary>
    private sealed record Manner(DummyReceiverSettings Settings, string HostName);
}
