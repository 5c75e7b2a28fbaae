// Everything clients come through: the listeners of the configuration and the sessions behind them. Owned by the composition root; thread safe.
// Promises that at most total-max-smtp-in sessions run, that each one is counted out however it ends, and that stopping loses no message
// that is being handed in: idle sessions get 421 at once, the others when they are done, and what is left after the bound is cut off.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Sasl;
using Godwit.Settings;
using Godwit.Smtp;
using Godwit.Tls;
using Microsoft.Extensions.Logging;

namespace Godwit.Reception;

/// <summary>Receives mail by SMTP.</summary>
public sealed class SmtpReception
{
    /// <summary>A flood of connections must not become a flood of log lines.</summary>
    private static readonly TimeSpan _betweenNotes = TimeSpan.FromSeconds(10);

    /// <summary>The sessions that run now. Bounded by total-max-smtp-in.</summary>
    private readonly ConcurrentDictionary<SmtpSession, Task> _sessions = new();
    private readonly CurrentSettings _settings;
    private readonly SubmissionDoor _door;
    private readonly TrafficCounters _counters;
    private readonly ConnectionDeadlines _deadlines;
    private readonly AuthDesk _desk;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly EntranceSet _entrances;
    private volatile ServerTlsTable _tls = ServerTlsTable.Empty;
    private volatile bool _stopping;
    private long _turnedAway;
    private long _turnedAwayNoted;

    /// <param name="decoyKey">What SCRAM tells of names that nobody has is made from it, so that it is the same after a restart.</param>
    public SmtpReception(
        CurrentSettings settings, SubmissionDoor door, TrafficCounters counters, ConnectionDeadlines deadlines, ServerClock clock, ILogger log,
        ReadOnlyMemory<byte> decoyKey = default)
    {
        (_settings, _door, _counters, _deadlines, _clock, _log) = (settings, door, counters, deadlines, clock, log);
        _desk = new AuthDesk(clock, decoyKey);
        _entrances = new EntranceSet(EntranceDirectives.Listener, Accept, clock.Time, log);
    }

    /// <summary>Where clients can connect now, with real ports.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _entrances.EndPoints;

    public int Sessions => _sessions.Count;

    /// <summary>The addresses that smtp-max-auth-failure-rate keeps out now, the longest first.</summary>
    public IReadOnlyList<ShutOutClient> ShutOutClients() => _desk.Failures.Locked(_desk.Now);

    /// <summary>Lets an address in again, or with null all of them; their failures are forgotten. Returns how many were shut out.</summary>
    public int Readmit(IPAddress? address) => _desk.Failures.Forgive(address, _desk.Now);

    /// <summary>Where the sessions compare passwords.</summary>
    internal PasswordWork Passwords => _desk.Work;

    /// <summary>What listeners speak TLS with from now on. Before the listeners that want it.</summary>
    public void Use(ServerTlsTable tls) => _tls = tls;

    /// <summary>
    /// Makes the open listeners those that are wanted; sessions go on. When one cannot be opened nothing changes, and a sentence for each is returned.
    /// </summary>
    public Task<IReadOnlyList<string>> ApplyAsync(IReadOnlyList<ListenerSettings> wanted) => _entrances.ApplyAsync(wanted);

    /// <summary>
    /// The first half of that: everything is tried, nothing has changed. Throws <see cref="PortUnavailableException"/> when a listener cannot be opened.
    /// </summary>
    public Task<IPreparedChange> PrepareAsync(IReadOnlyList<ListenerSettings> wanted) => _entrances.PrepareOrThrowAsync(wanted, static () => { });

    /// <summary>Closes the listeners and ends the sessions. What runs after <paramref name="bound"/> is cut off; returns when nothing runs any more.</summary>
    public async Task StopAsync(TimeSpan bound)
    {
        _stopping = true;
        RequestStop();
        _desk.Stop();

        // Once the listeners are closed there are no new sessions: the second round catches those that came in between.
        await ApplyAsync([]);
        RequestStop();
        using var ended = new CancellationTokenSource();
        await Task.WhenAny(Task.WhenAll(_sessions.Values), Task.Delay(bound, _clock.Time, ended.Token));
        await ended.CancelAsync();
        foreach (SmtpSession session in _sessions.Keys)
        {
            session.Abort();
        }

        await Task.WhenAll(_sessions.Values);
        _desk.Dispose();
    }

    private void RequestStop()
    {
        foreach (SmtpSession session in _sessions.Keys)
        {
            session.RequestStop();
        }
    }

    /// <summary>Runs on the accept loop: it must not wait.</summary>
    private void Accept(Socket client, ListenerSettings listener)
    {
        int limit = _settings.Value.TotalMaxSmtpIn;
        if (_counters.ConnectionsIn.Open() > limit || _stopping)
        {
            _counters.ConnectionsIn.Close();
            TurnAway(client, limit, silently: listener.ImmediateTls);
            return;
        }

        try
        {
            Begin(client, listener);
        }
        catch (Exception error)
        {
            _counters.ConnectionsIn.Close();
            _log.SessionNotBegun(error);
            client.Dispose();
        }
    }

    private void Begin(Socket client, ListenerSettings listener)
    {
        var door = new SessionDoor(listener, _tls.Of(listener.Tls)) { Counters = _counters.Protocol };
        var session = new SmtpSession(new SmtpConnection(client, _deadlines), door, _settings, _door, _desk, _clock.Time, _log);
        _counters.Protocol.SessionsIn.Add();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[session] = ended.Task;

        // On a thread of its own: a client that has sent much already must not hold up the next one.
        _ = Task.Run(() => RunAsync(session, ended));
    }

    /// <summary>The send buffer of a new connection is empty, so this does not block; and nothing is unread, so closing does not reset.</summary>
    /// <param name="silently">The client expects TLS, and would take words for a broken handshake.</param>
    private void TurnAway(Socket client, int limit, bool silently)
    {
        try
        {
            _counters.Protocol.ConnectionsRefused.Add();
            NoteTurnedAway(client, limit);
            client.Send(silently ? [] : _stopping ? SmtpReplies.ShuttingDown : SmtpReplies.TooManyConnections);
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
        long now = _clock.Now.Ticks;
        long noted = Volatile.Read(ref _turnedAwayNoted);
        if (!_stopping && now - noted >= _betweenNotes.Ticks && Interlocked.CompareExchange(ref _turnedAwayNoted, now, noted) == noted)
        {
            _log.TooManyConnections((IPEndPoint?)client.RemoteEndPoint, limit, turnedAway);
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
            _log.SessionBroke(error, session.Client);
        }
        finally
        {
            _counters.ConnectionsIn.Close();
            _sessions.TryRemove(session, out _);
            ended.SetResult();
        }
    }
}
