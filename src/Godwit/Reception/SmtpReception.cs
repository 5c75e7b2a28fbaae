// Everything clients come through: the listeners of the configuration and the sessions behind them. Owned by the composition root; thread safe.
// Promises that at most total-max-smtp-in sessions run, that each one is counted out however it ends, and that stopping loses no message
// that is being handed in: idle sessions get 421 at once, the others when they are done, and what is left after the bound is cut off.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Smtp;
using Microsoft.Extensions.Logging;

namespace Godwit.Reception;

/// <summary>Receives mail by SMTP.</summary>
public sealed class SmtpReception(
    CurrentSettings settings, SubmissionDoor door, TrafficCounters counters, ConnectionDeadlines deadlines, ServerClock clock, ILogger log)
{
    /// <summary>A flood of connections must not become a flood of log lines.</summary>
    private static readonly TimeSpan _betweenNotes = TimeSpan.FromSeconds(10);

    /// <summary>The sessions that run now. Bounded by total-max-smtp-in.</summary>
    private readonly ConcurrentDictionary<SmtpSession, Task> _sessions = new();
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly Dictionary<IPEndPoint, Entrance> _entrances = [];
    private volatile bool _stopping;
    private long _turnedAway;
    private long _turnedAwayNoted;

    /// <summary>Where clients can connect now, with real ports.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    public int Sessions => _sessions.Count;

    /// <summary>
    /// Opens the listeners that are wanted and not open, closes those that are open and not wanted; sessions go on. For the start and for every reload.
    /// Returns a sentence for each that could not be opened; the others work.
    /// </summary>
    public async Task<IReadOnlyList<string>> ApplyAsync(IReadOnlyList<ListenerSettings> wanted)
    {
        await _changing.WaitAsync();
        try
        {
            var problems = new List<string>();
            await CloseAllButAsync(wanted);
            foreach (ListenerSettings one in _stopping ? [] : wanted)
            {
                if (_entrances.TryGetValue(one.EndPoint, out Entrance? open))
                {
                    open.Source = one.Source;
                    continue;
                }

                var entrance = new Entrance { Source = one.Source };
                entrance.Listener = SmtpListener.TryOpen(one.EndPoint, client => Accept(client, entrance.Source), clock.Time, log, out string problem);
                if (entrance.Listener is null)
                {
                    problems.Add(problem);
                }
                else
                {
                    _entrances.Add(one.EndPoint, entrance);
                }
            }

            EndPoints = [.. _entrances.Values.Select(entrance => entrance.Listener!.EndPoint)];
            return problems;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Closes the listeners and ends the sessions. What runs after <paramref name="bound"/> is cut off; returns when nothing runs any more.</summary>
    public async Task StopAsync(TimeSpan bound)
    {
        _stopping = true;
        RequestStop();

        // Once the listeners are closed there are no new sessions: the second round catches those that came in between.
        await ApplyAsync([]);
        RequestStop();
        using var ended = new CancellationTokenSource();
        await Task.WhenAny(Task.WhenAll(_sessions.Values), Task.Delay(bound, clock.Time, ended.Token));
        await ended.CancelAsync();
        foreach (SmtpSession session in _sessions.Keys)
        {
            session.Abort();
        }

        await Task.WhenAll(_sessions.Values);
    }

    private void RequestStop()
    {
        foreach (SmtpSession session in _sessions.Keys)
        {
            session.RequestStop();
        }
    }

    private async Task CloseAllButAsync(IReadOnlyList<ListenerSettings> wanted)
    {
        var keep = wanted.Select(one => one.EndPoint).ToHashSet();
        foreach ((IPEndPoint endPoint, Entrance entrance) in _entrances.ToArray())
        {
            if (!keep.Contains(endPoint))
            {
                _entrances.Remove(endPoint);
                await entrance.Listener!.DisposeAsync();
            }
        }
    }

    /// <summary>Runs on the accept loop: it must not wait.</summary>
    private void Accept(Socket client, string source)
    {
        int limit = settings.Value.TotalMaxSmtpIn;
        if (counters.ConnectionsIn.Open() > limit || _stopping)
        {
            counters.ConnectionsIn.Close();
            TurnAway(client, limit);
            return;
        }

        try
        {
            Begin(client, source);
        }
        catch (Exception error)
        {
            counters.ConnectionsIn.Close();
            log.SessionNotBegun(error);
            client.Dispose();
        }
    }

    private void Begin(Socket client, string source)
    {
        var session = new SmtpSession(new SmtpConnection(client, deadlines), source, settings, door, clock.Time, log);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[session] = ended.Task;

        // On a thread of its own: a client that has sent much already must not hold up the next one.
        _ = Task.Run(() => RunAsync(session, ended));
    }

    /// <summary>The send buffer of a new connection is empty, so this does not block; and nothing is unread, so closing does not reset.</summary>
    private void TurnAway(Socket client, int limit)
    {
        try
        {
            NoteTurnedAway(client, limit);
            client.Send(_stopping ? SmtpReplies.ShuttingDown : SmtpReplies.TooManyConnections);
            client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The client has gone by itself.
            return;
        }
        finally
        {
            client.Dispose();
        }
    }

    private void NoteTurnedAway(Socket client, int limit)
    {
        long turnedAway = Interlocked.Increment(ref _turnedAway);
        long now = clock.Now.Ticks;
        long noted = Volatile.Read(ref _turnedAwayNoted);
        if (!_stopping && now - noted >= _betweenNotes.Ticks && Interlocked.CompareExchange(ref _turnedAwayNoted, now, noted) == noted)
        {
            log.TooManyConnections((IPEndPoint?)client.RemoteEndPoint, limit, turnedAway);
        }
    }

    private async Task RunAsync(SmtpSession session, TaskCompletionSource ended)
    {
        try
        {
            await session.RunAsync();
        }
        catch (Exception error)
        {
            log.SessionBroke(error, session.Client);
        }
        finally
        {
            counters.ConnectionsIn.Close();
            _sessions.TryRemove(session, out _);
            ended.SetResult();
        }
    }

    /// <summary>An open listener and the source it gives its clients, which a reload may change.</summary>
    private sealed class Entrance
    {
        private volatile string _source = "";

        public SmtpListener? Listener { get; set; }

        public string Source
        {
            get => _source;
            set => _source = value;
        }
    }
}
