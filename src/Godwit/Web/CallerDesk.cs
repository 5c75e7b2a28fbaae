// Finds who sends a request: by address, token, API key or session. Owned by ManagementPort, so that sessions outlive a change of port; thread safe.
// A credential that is shown and wrong is refused whatever the address may do; none counts from an address that may not speak to the port at all, except
// the token, which the command line of this machine has.

using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Control;
using Godwit.Sasl;
using Godwit.Settings;
using Microsoft.AspNetCore.Http;

namespace Godwit.Web;

/// <summary>Says who a caller is.</summary>
internal sealed class CallerDesk(Operator @operator, ControlToken token) : IDisposable
{
    public const string ApiKeyHeader = "X-API-Key";

    public const string CsrfHeader = "X-CSRF-Token";

    /// <summary>Random for each process: what is derived from it means nothing elsewhere.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly PasswordWork _work = new();
    private readonly Lock _gate = new();
    private IReadOnlyDictionary<string, HttpUserSettings>? _usersOfBook;
    private UserBook? _book;

    public ControlToken Token => token;

    public SessionBook Sessions { get; } = new(@operator.Time);

    public SignInLimit SignIns { get; } = new(@operator.Time);

    /// <summary>The cookie's name. Cookies know hosts and no ports, and a machine may have several servers.</summary>
    public static string CookieOf(HttpContext context) => $"godwit-session-{context.Connection.LocalPort}";

    /// <summary>Null, with a reason, when something is shown that opens nothing.</summary>
    public Caller? Find(HttpContext context, out string refusal)
    {
        refusal = "";
        ServerSettings settings = @operator.Settings;
        IPAddress address = AddressAccess.Plain(context.Connection.RemoteIpAddress);
        AddressAccess access = AddressAccess.Of(settings.HttpAccess, address);
        var caller = new Caller
        {
            Address = address,
            AddressLevel = access.Level,
            Level = access.Level,
            CsrfToken = CsrfTokenOf(context.Request.Host),
            MayReadLogs = access.Level > AccessLevel.Monitor || (access.Level == AccessLevel.Monitor && !access.DeniesLogs),
        };
        IHeaderDictionary headers = context.Request.Headers;
        if (headers[ControlToken.Header].ToString() is { Length: > 0 } shown)
        {
            return IPAddress.IsLoopback(address) && token.Matches(shown) ? Known(caller, AccessLevel.Admin, CallerProof.Token)
                : Refuse("the token is wrong, or comes from another machine", out refusal);
        }

        if (access.Level > AccessLevel.None && headers[ApiKeyHeader].ToString() is { Length: > 0 } key)
        {
            return IsApiKey(key, settings) ? Known(caller, AccessLevel.Admin, CallerProof.ApiKey)
                : Refuse($"the key in {ApiKeyHeader} is none of the configuration's http-api-key", out refusal);
        }

        if (access.Level > AccessLevel.None && context.Request.Cookies[CookieOf(context)] is { Length: > 0 } cookie
            && Sessions.Use(cookie, settings.HttpUsers) is { } session)
        {
            caller = Known(caller, session.Level, CallerProof.Session) with { User = session.Name, CsrfToken = session.CsrfToken };
        }

        return caller with { MayChange = !settings.HttpCsrfProtection || caller.Accepts(headers[CsrfHeader]) };
    }

    /// <summary>Compares a password, in the same time for users there are and users there are not.</summary>
    public async Task<(PasswordVerdict Verdict, HttpUserSettings? User)> CheckAsync(IPAddress client, string name, string password)
    {
        IReadOnlyDictionary<string, HttpUserSettings> users = @operator.Settings.HttpUsers;
        UserBook book = BookOf(users);
        PasswordVerdict verdict = await book.CheckAsync(client, book.Find(name), Encoding.UTF8.GetBytes(password));
        return (verdict, verdict == PasswordVerdict.Right ? users.GetValueOrDefault(name) : null);
    }

    /// <summary>What a caller lacks for something that needs a level: a sentence that begins behind its name.</summary>
    public string Lack(Caller caller, AccessLevel level) =>
        IPAddress.IsLoopback(caller.Address) ? $"needs the token in {token.Path}: run godwit as a user who may read that file, or sign in"
        : caller.AddressLevel == AccessLevel.None ? $"is not for {caller.Address}, which http-access does not let use this port"
        : $"needs the level {RequestGate.Word(level)}, and you have {RequestGate.Word(caller.Level)}: sign in, or send a key in {ApiKeyHeader}";

    public void Dispose()
    {
        _work.Stop();
        _work.Dispose();
    }

    private static Caller? Refuse(string why, out string refusal)
    {
        refusal = why;
        return null;
    }

    /// <summary>Whoever is known has what the address has, or more.</summary>
    private static Caller Known(Caller caller, AccessLevel level, CallerProof proof)
    {
        AccessLevel higher = level > caller.Level ? level : caller.Level;
        return caller with { Level = higher, Proof = proof, MayChange = true, MayReadLogs = caller.MayReadLogs || higher > AccessLevel.Monitor };
    }

    /// <summary>All keys are compared, whichever fits.</summary>
    private static bool IsApiKey(string offered, ServerSettings settings)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(offered));
        bool found = false;
        foreach (SecretValue key in settings.HttpApiKeys)
        {
            found |= CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes(key.Reveal())));
        }

        return found;
    }

    /// <summary>For pages of callers who have not signed in: only a page under this very name can have read it.</summary>
    private string CsrfTokenOf(HostString host) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes((host.Value ?? "").ToLowerInvariant())));

    private UserBook BookOf(IReadOnlyDictionary<string, HttpUserSettings> users)
    {
        lock (_gate)
        {
            if (_book is null || !ReferenceEquals(users, _usersOfBook))
            {
                _usersOfBook = users;
                _book = new UserBook(users.Values.ToDictionary(user => user.Name, AsLogin, StringComparer.OrdinalIgnoreCase), _work);
            }

            return _book;
        }
    }

    private static SmtpUserSettings AsLogin(HttpUserSettings user) => new()
    {
        Name = user.Name,
        Password = user.Password,
        Hash = PasswordHash.TryRead(user.Password.Reveal(), out PasswordHash? hash, out _) ? hash : null,
    };
}
