// Who has signed in at the console. Owned by the caller desk; thread safe; forgotten with the process. A session ends when nobody uses it, when it is old,
// when its user is gone from the configuration or stands there otherwise, and when there are too many: the one that was used least lately goes.

using Godwit.Settings;

namespace Godwit.Web;

/// <summary>Begins, finds and ends sessions.</summary>
internal sealed class SessionBook(TimeProvider time)
{
    /// <summary>Of all users: some 500 octets each.</summary>
    public const int MaxSessions = 1000;

    /// <summary>Of one user, who may have several browsers: nobody drives the others out.</summary>
    public const int MaxOfOneUser = 20;

    /// <summary>An open page asks all the time; a machine that was left alone stops doing that.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(30);

    /// <summary>A working day.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromHours(12);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ConsoleSession> _sessions = new(StringComparer.Ordinal);

    /// <param name="user">Null for the token of this machine's file.</param>
    public ConsoleSession Begin(HttpUserSettings? user)
    {
        var session = new ConsoleSession(user, time.GetTimestamp());
        lock (_gate)
        {
            DropOver();
            MakeRoom(other => other.Name.Equals(session.Name, StringComparison.OrdinalIgnoreCase), MaxOfOneUser);
            MakeRoom(static _ => true, MaxSessions);
            _sessions.Add(session.Id, session);
        }

        return session;
    }

    /// <summary>The session of a cookie, used now; null when there is none any more.</summary>
    /// <param name="users">Who may sign in now.</param>
    /// <param name="isUse">Otherwise it is only looked at, and ends as if nobody had asked.</param>
    public ConsoleSession? Use(string id, IReadOnlyDictionary<string, HttpUserSettings> users, bool isUse = true)
    {
        lock (_gate)
        {
            if (!_sessions.TryGetValue(id, out ConsoleSession? session))
            {
                return null;
            }

            bool stands = session.User is null || (users.TryGetValue(session.Name, out HttpUserSettings? now) && now == session.User);
            if (!stands || IsOver(session))
            {
                _sessions.Remove(id);
                return null;
            }

            session.Used = isUse ? time.GetTimestamp() : session.Used;
            return session;
        }
    }

    public void End(string id)
    {
        lock (_gate)
        {
            _sessions.Remove(id);
        }
    }

    private bool IsOver(ConsoleSession session) => time.GetElapsedTime(session.Used) >= IdleTime || time.GetElapsedTime(session.Began) >= MostTime;

    private void DropOver()
    {
        foreach (ConsoleSession old in _sessions.Values.Where(IsOver).ToList())
        {
            _sessions.Remove(old.Id);
        }
    }

    private void MakeRoom(Func<ConsoleSession, bool> counts, int most)
    {
        List<ConsoleSession> counted = [.. _sessions.Values.Where(counts)];
        if (counted.Count >= most)
        {
            _sessions.Remove(counted.MinBy(session => session.Used)!.Id);
        }
    }
}
