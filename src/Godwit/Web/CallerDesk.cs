// Finds who sends a request: by address, token, API key or session. Owned by ManagementPort, so that sessions outlive a change of port; thread safe.
// A credential that is shown and wrong is refused whatever the address may do; none counts from an address that http-access gives none, except the token,
// which the command line of this machine has; from one that is for sign-in a session does, and no key. A request that a proxy of this machine passes on
// comes from anywhere: it has what everybody on this machine has at most, until somebody signs in.

using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Sasl;
using Godwit.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.Web;

/// <summary>Says who a caller is.</summary>
/// <param name="passwords">Compares the passwords of the whole server, and stays its maker's; null makes one for this desk.</param>
internal sealed class CallerDesk(Operator @operator, ControlToken token, ILogger log, PasswordWork? passwords = null) : IDisposable
{
    /// <summary>Wrong tokens after which there is another one: whoever knows a part of it has tried next to nothing by then, and nobody is shut out.</summary>
    internal const int MaxWrongTokens = 100;

    /// <summary>What proxies say of whom they speak for.</summary>
    private static readonly string[] _forwarding = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"];

    public const string ApiKeyHeader = "X-API-Key";

    public const string CsrfHeader = "X-CSRF-Token";

    private const string _sendsKey = $"sends one of the configuration's http-api-key in the header {ApiKeyHeader} (docs/api.md)";

    /// <summary>Random for each process: what is derived from it means nothing elsewhere.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly PasswordWork _work = passwords ?? new PasswordWork();
    private readonly Lock _gate = new();
    private IReadOnlyDictionary<string, HttpUserSettings>? _usersOfBook;
    private UserBook? _book;
    private int _wrongTokens;
    private int _toldOfProxy;

    public ControlToken Token => token;

    public SessionBook Sessions { get; } = new(@operator.Time);

    public SignInLimit SignIns { get; } = new(@operator.Time);

    /// <summary>The cookie's name. Cookies know hosts and no ports, and a machine may have several servers.</summary>
    public static string CookieOf(HttpContext context) => $"godwit-session-{context.Connection.LocalPort}";

    /// <summary>Null, with a reason, when something is shown that opens nothing.</summary>
    public Caller? Find(HttpContext context, out string refusal) => Find(context, isUse: true, out refusal);

    /// <summary>Who the sender of a request under way is by now; that it goes on is no use of its session.</summary>
    public CallerWatch Watch(HttpContext context) => new(() => Find(context, isUse: false, out _));

    private Caller? Find(HttpContext context, bool isUse, out string refusal)
    {
        refusal = "";
        ServerSettings settings = @operator.Settings;
        IPAddress address = AddressAccess.Plain(context.Connection.RemoteIpAddress);
        AddressAccess access = AddressAccess.Of(settings.HttpAccess, address);
        bool isHere = IPAddress.IsLoopback(address);
        if (isHere && IsPassedOn(context.Request.Headers))
        {
            isHere = false;
            access = Outside(access);
        }

        var caller = new Caller
        {
            Address = address,
            IsOfThisMachine = isHere,
            AddressLevel = access.Level,
            MaySignIn = access.Level > AccessLevel.None || access.IsForSignIn,
            Level = access.Level,
            CsrfToken = CsrfTokenOf(context.Request.Host),
            MayReadLogs = access.Level > AccessLevel.Monitor || (access.Level == AccessLevel.Monitor && !access.DeniesLogs),
        };
        IHeaderDictionary headers = context.Request.Headers;
        if (headers[ControlToken.Header].ToString() is { Length: > 0 } shown)
        {
            return isHere && IsToken(shown, isUse) ? Known(caller, AccessLevel.Admin, CallerProof.Token, context.Request)
                : Refuse("the token is wrong, or comes from another machine", out refusal);
        }

        if (access.Level > AccessLevel.None && headers[ApiKeyHeader].ToString() is { Length: > 0 } key)
        {
            return IsApiKey(key, settings) ? Known(caller, AccessLevel.Admin, CallerProof.ApiKey, context.Request)
                : Refuse($"the key in {ApiKeyHeader} is no http-api-key of the configuration", out refusal);
        }

        if (caller.MaySignIn && context.Request.Cookies[CookieOf(context)] is { Length: > 0 } cookie
            && Sessions.Use(cookie, settings.HttpUsers, isUse) is { } session)
        {
            caller = Known(caller, session.Level, CallerProof.Session, context.Request) with { User = session.Name, CsrfToken = session.CsrfToken };
        }

        return caller with { MayChange = !IsLook(context.Request) && (!settings.HttpCsrfProtection || caller.Accepts(headers[CsrfHeader])) };
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
        caller.IsOfThisMachine
            ? $"needs the token in {token.Path}: run godwit as a user who may read that file"
                + (caller.AddressLevel > AccessLevel.None ? $", or sign in; a program {_sendsKey}"
                    : caller.MaySignIn ? ", or sign in; http-access says sign-in, and no key counts from here" : "")
        : !caller.MaySignIn ? ShutOut(caller)
        : caller.AddressLevel == AccessLevel.None ? $"is for who signs in: http-access says sign-in for {caller.Address}, and no key counts from there"
        : $"needs the level {RequestGate.Word(level)}, and you have {RequestGate.Word(caller.Level)}: sign in; a program {_sendsKey}";

    /// <summary>Why nothing opens the port for a caller: a sentence that begins behind its name.</summary>
    public string ShutOut(Caller caller) => AddressAccess.Of(@operator.Settings.HttpAccess, caller.Address).IsWritten
        ? $"is not for {caller.Address}: http-access says none for it"
        : $"is not for {caller.Address}: no http-access names it";

    public void Dispose()
    {
        if (passwords is null)
        {
            _work.Stop();
            _work.Dispose();
        }
    }

    private static Caller? Refuse(string why, out string refusal)
    {
        refusal = why;
        return null;
    }

    /// <summary>Whoever is known has what the address has, or more.</summary>
    private static Caller Known(Caller caller, AccessLevel level, CallerProof proof, HttpRequest request)
    {
        AccessLevel higher = level > caller.Level ? level : caller.Level;
        return caller with { Level = higher, Proof = proof, MayChange = !IsLook(request), MayReadLogs = caller.MayReadLogs || higher > AccessLevel.Monitor };
    }

    private static bool IsLook(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    private static bool IsPassedOn(IHeaderDictionary headers) => Array.Exists(_forwarding, headers.ContainsKey);

    /// <summary>What an address of this machine means when somebody else speaks through it. What it may is told once, to whoever wonders.</summary>
    private AddressAccess Outside(AddressAccess access)
    {
        if (access.Level <= AccessLevel.Monitor)
        {
            return access;
        }

        if (Interlocked.Exchange(ref _toldOfProxy, 1) == 0)
        {
            log.ConsoleBehindProxy(RequestGate.Word(access.Level));
        }

        return access with { Level = AccessLevel.Monitor, DeniesLogs = true };
    }

    /// <summary>A token of some other start is wrong as well: that is why nobody is shut out for it.</summary>
    private bool IsToken(string shown, bool isUse)
    {
        if (token.Matches(shown))
        {
            return true;
        }

        if (isUse && Interlocked.Increment(ref _wrongTokens) % MaxWrongTokens == 0)
        {
            try
            {
                token.Renew();
                log.ConsoleTokenRenewed(MaxWrongTokens, token.Path);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                log.ConsoleTokenNotRenewed(MaxWrongTokens, token.Path, failure.Message);
            }
        }

        return false;
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
