// What all sessions share about authentication: the users of each configuration that some session follows, the bounded work of comparing
// passwords, who failed lately. Owned by reception; thread safe.

using System.Runtime.CompilerServices;
using Godwit.Foundation;
using Godwit.Sasl;
using Godwit.Settings;

namespace Godwit.Reception;

/// <summary>Where sessions ask who a client is.</summary>
/// <param name="decoyKey">As <see cref="PasswordWork"/> has it.</param>
public sealed class AuthDesk(ServerClock clock, ReadOnlyMemory<byte> decoyKey = default) : IDisposable
{
    /// <summary>
    /// A session that is in the middle of a message follows an older configuration than the others: each has its own book, which goes when nobody follows
    /// it any more, and what one remembers is not thrown away for the other.
    /// </summary>
    private readonly ConditionalWeakTable<IReadOnlyDictionary<string, SmtpUserSettings>, UserBook> _books = [];

    /// <summary>The bounded work of comparing.</summary>
    internal PasswordWork Work { get; } = new(decoyKey);

    internal AuthFailures Failures { get; } = new();

    internal Instant Now => clock.Now;

    /// <summary>The users of a configuration. Another configuration gets another book, which remembers nothing yet.</summary>
    public UserBook UsersOf(ServerSettings settings) => _books.GetValue(settings.SmtpUsers, users => new UserBook(users, Work));

    /// <summary>A stop waits for no password.</summary>
    public void Stop() => Work.Stop();

    public void Dispose() => Work.Dispose();
}
