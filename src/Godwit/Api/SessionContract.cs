// What the document says of sessions: the room above has them, because it knows cookies and passwords.

using Godwit.Settings;

namespace Godwit.Api;

/// <summary>Who asks.</summary>
/// <param name="Level">none, monitor, operator, admin.</param>
/// <param name="CsrfToken">What a page sends with a change, in the header X-CSRF-Token.</param>
internal sealed record SessionView(string Level, string User, string CsrfToken, bool SignIn, string Host, string Version, bool ReadLogs);

/// <summary>Who wants to sign in.</summary>
internal sealed record SignInOrder(string? User, string? Password);

/// <summary>Routes of sessions, as they are documented.</summary>
internal static class SessionContract
{
    private const string Path = "/session";

    public static ApiRoute Show { get; } = new("GET", Path, AccessLevel.None, "Who asks, and what that entitles to.", ElsewhereAsync)
    {
        Answer = typeof(SessionView),
    };

    public static ApiRoute SignIn { get; } = new("POST", Path, AccessLevel.None, "Signs a user in; the cookie of the answer is the session.", ElsewhereAsync)
    {
        Body = typeof(SignInOrder), Needed = ["user", "password"],
        Answer = typeof(SessionView), Problems = [(401, "User or password is wrong."), (429, "Too many attempts.")],
    };

    public static ApiRoute SignOut { get; } = new("DELETE", Path, AccessLevel.Monitor, "Ends the session.", ElsewhereAsync) { Status = 204 };

    private static Task<ApiAnswer> ElsewhereAsync(ApiCall call) => throw new InvalidOperationException("sessions are answered by the room above");
}
