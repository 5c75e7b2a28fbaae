// A management port on loopback with a server behind it that the test sets up: settings, clock, token. Owned by one test.

using System.Net;
using System.Text.Json;
using Godwit.Api;
using Godwit.Control;
using Godwit.Sasl;
using Godwit.Settings;
using Godwit.Tests.Control;
using Godwit.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Web;

/// <summary>One port and one client.</summary>
internal sealed class PortLab : IAsyncDisposable
{
    public const string ApiKey = "A_key_of_32_letters_or_more_0001";
    public const string OtherKey = "A_key_of_32_letters_or_more_0002";

    private readonly ControlToken _token;
    private readonly CallerDesk _desk;

    private PortLab()
    {
        _token = ControlToken.Create(Path.Combine(Folder, "control-token"));
        _desk = new CallerDesk(Server.Operator, _token, Server.Log, Passwords);
    }

    public TestServer Server { get; } = new();

    /// <summary>Compares passwords, as the server's own does.</summary>
    public PasswordWork Passwords { get; } = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("godwit-lab-").FullName;

    public WebConsole Console { get; private set; } = null!;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public string Token => File.ReadAllText(_token.Path).Trim();

    public string Origin => $"http://127.0.0.1:{Console.Port}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="access">Of loopback; null says nothing of http-access at all.</param>
    public static async Task<PortLab> OpenAsync(AccessLevel? access = null, Func<PortTerms, PortTerms>? with = null)
    {
        var lab = new PortLab();
        if (access is { } level)
        {
            lab.Allow(level);
        }

        var terms = new PortTerms(lab.Server.Operator, lab._desk, NullLoggerFactory.Instance, Port: 0, Everywhere: false);
        lab.Console = await WebConsole.StartAsync(with is null ? terms : with(terms), Cancellation);
        lab.Http.BaseAddress = new Uri(lab.Origin);
        return lab;
    }

    /// <summary>The same with the API behind it.</summary>
    public static Task<PortLab> OpenApiAsync(AccessLevel? access = null) =>
        OpenAsync(access, terms => terms with { Routes = [routes => ApiRoutes.Map(routes, terms.Operator)] });

    public void Change(Func<ServerSettings, ServerSettings> change) => Server.Settings.Replace(change(Server.Settings.Value), Server.Clock.Now);

    /// <summary>What loopback may.</summary>
    public void Allow(AccessLevel level, bool denyLogs = false) => Change(settings => settings with
    {
        HttpAccess = [new HttpAccessRule(IPNetwork.Parse("127.0.0.0/8"), level, denyLogs)],
        HttpApiKeys = [new SecretValue(OtherKey), new SecretValue(ApiKey)],
    });

    public void AddUser(string name, string password, AccessLevel level) => Change(settings => settings with
    {
        HttpUsers = new Dictionary<string, HttpUserSettings>(settings.HttpUsers, StringComparer.OrdinalIgnoreCase)
        {
            [name] = new()
            {
                Name = name, Level = level,
                Password = new SecretValue(PasswordHash.Of(System.Text.Encoding.UTF8.GetBytes(password), PasswordHash.MinIterations).Reveal()),
            },
        },
    });

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        foreach ((string name, string value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using HttpResponseMessage reply = await Http.SendAsync(request, Cancellation);
        return new Answer(
            (int)reply.StatusCode,
            await reply.Content.ReadAsStringAsync(Cancellation),
            reply.Headers.Concat(reply.Content.Headers)
                .ToDictionary(field => field.Key, field => string.Join('\n', field.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Answer> CommandAsync(string command, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/command", new FormUrlEncodedContent([new("command", command)]), headers);

    /// <summary>A change that is proved to come from no foreign page.</summary>
    public async Task<Answer> ChangeAsync(HttpMethod method, string path, object? body = null) => await SendAsync(
        method, path, body is null ? null : new StringContent(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json"),
        ("X-CSRF-Token", (await GetAsync("/api/v1/session")).Json("csrfToken")));

    /// <summary>A configuration on the disk, with a user's password in it.</summary>
    public string WriteConfig(string more = "")
    {
        string folder = Path.Combine(Folder, "config");
        Directory.CreateDirectory(Path.Combine(folder, "spool"));
        string main = Path.Combine(folder, "main.conf");
        File.WriteAllText(main, $"postmaster a@example.com\n<spool {folder}/spool>\n</spool>\n<smtp-user relay>\n  password planted-password\n</smtp-user>\n{more}");
        Change(settings => settings with { ConfigFile = main });
        return main;
    }

    public Task<Answer> SignInAsync(string user, string password, params (string Name, string Value)[] headers) => SendAsync(
        HttpMethod.Post, "/api/v1/session",
        new StringContent(JsonSerializer.Serialize(new Dictionary<string, string> { ["user"] = user, ["password"] = password }),
            System.Text.Encoding.UTF8, "application/json"),
        headers);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Console.DisposeAsync();
        _desk.Dispose();
        Passwords.Dispose();
        _token.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>What came back.</summary>
    internal sealed record Answer(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
    {
        public string Json(string name) => JsonDocument.Parse(Body).RootElement.GetProperty(name).ToString();

        /// <summary>The cookie that it sets, as a client sends it back.</summary>
        public string Cookie => Headers["Set-Cookie"].Split(';')[0];
    }
}
