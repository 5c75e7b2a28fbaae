// What all sessions share about authentication: the users of the settings in force, the bounded work of comparing passwords, who failed lately.
// Owned by reception; thread safe.

using Godwit.Foundation;
using Godwit.Sasl;
using Godwit.Settings;

namespace Godwit.Reception;

/// <summary>Where sessions ask who a client is.</summary>
public sealed class AuthDesk(ServerClock clock) : IDisposable
{
    private readonly PasswordWork _work = new();
    private volatile Current? _current;

    internal AuthFailures Failures { get; } = new();

    internal Instant Now => clock.Now;

    /// <summary>The users of a configuration. Another configuration gets another book, and what the old one remembered is forgotten.</summary>
    public UserBook UsersOf(ServerSettings settings)
    {
        Current? current = _current;
        if (current is null || !ReferenceEquals(current.Users, settings.SmtpUsers))
        {
            // Two sessions may both make one: the later stays, and both are right.
            _current = current = new Current(settings.SmtpUsers, new UserBook(settings.SmtpUsers, _work));
        }

        return current.Book;
    }

    public void Dispose() => _work.Dispose();

    private sealed record Current(IReadOnlyDictionary<string, SmtpUserSettings> Users, UserBook Book);
}
