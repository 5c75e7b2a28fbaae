using Godwit.Settings;
using Godwit.Web;

namespace Godwit.Tests.Web;

public sealed class SessionTests
{
    [Fact]
    public async Task Who_signs_in_has_the_level_of_the_user_until_signing_out()
    {
        await using PortLab lab = await LabAsync();

        PortLab.Answer signedIn = await lab.SignInAsync("Ann", "right horse");
        Assert.Equal((200, "operator", "ann", "True"), (signedIn.Status, signedIn.Json("level"), signedIn.Json("user"), signedIn.Json("readLogs")));
        (string, string) cookie = ("Cookie", signedIn.Cookie);
        (string, string) csrf = ("X-CSRF-Token", signedIn.Json("csrfToken"));
        Assert.Equal("operator", (await lab.GetAsync("/api/v1/session", cookie)).Json("level"));
        Assert.Equal(200, (await lab.CommandAsync("reload", cookie, csrf)).Status);
        Assert.Equal(403, (await lab.CommandAsync("reload", cookie)).Status);

        Assert.Equal(403, (await lab.SendAsync(HttpMethod.Delete, "/api/v1/session", null, cookie)).Status);
        Assert.Equal(204, (await lab.SendAsync(HttpMethod.Delete, "/api/v1/session", null, cookie, csrf)).Status);
        Assert.Equal("monitor", (await lab.GetAsync("/api/v1/session", cookie)).Json("level"));
        Assert.Equal(403, (await lab.CommandAsync("reload", cookie, csrf)).Status);
    }

    [Fact]
    public async Task The_cookie_is_kept_from_scripts_and_from_other_sites_and_cannot_be_guessed()
    {
        await using PortLab lab = await LabAsync();

        string first = (await lab.SignInAsync("ann", "right horse")).Headers["Set-Cookie"];
        string second = (await lab.SignInAsync("ann", "right horse")).Headers["Set-Cookie"];

        Assert.Contains("; httponly", first, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=strict", first, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(64, first.Split(';')[0].Split('=')[1].Length);
        Assert.NotEqual(first, second);
        Assert.Equal(403, (await lab.CommandAsync("reload", ("Cookie", first.Split('=')[0] + "=" + new string('0', 64)))).Status);
    }

    [Theory]
    [InlineData("ann", "wrong horse")]
    [InlineData("ann", "")]
    [InlineData("bob", "right horse")]
    [InlineData("", "right horse")]
    public async Task A_wrong_password_and_an_unknown_user_get_the_same_answer(string user, string password)
    {
        await using PortLab lab = await LabAsync();

        PortLab.Answer answer = await lab.SignInAsync(user, password);

        Assert.Equal((401, "user or password is wrong"), (answer.Status, answer.Json("detail")));
        Assert.False(answer.Headers.ContainsKey("Set-Cookie"));
    }

    [Fact]
    public async Task Guessing_ends_after_a_few_attempts_and_the_address_is_told_how_long()
    {
        await using PortLab lab = await LabAsync();
        for (int i = 0; i < SignInLimit.MaxAttempts; i++)
        {
            Assert.Equal(401, (await lab.SignInAsync("ann", $"guess {i}")).Status);
        }

        PortLab.Answer answer = await lab.SignInAsync("ann", "right horse");
        Assert.Equal((429, "300"), (answer.Status, answer.Headers["Retry-After"]));

        lab.Server.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal((429, "60"), ((await lab.SignInAsync("ann", "right horse")).Status, (await lab.SignInAsync("ann", "right horse")).Headers["Retry-After"]));
        lab.Server.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await lab.SignInAsync("ann", "right horse")).Status);
    }

    [Fact]
    public async Task Attempts_at_once_count_like_attempts_one_after_the_other()
    {
        await using PortLab lab = await LabAsync();

        PortLab.Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => lab.SignInAsync("ann", $"guess {i}")));

        Assert.Equal(SignInLimit.MaxAttempts, answers.Count(answer => answer.Status == 401));
        Assert.Equal(30, answers.Count(answer => answer.Status == 429));
    }

    [Fact]
    public async Task Somebody_who_gets_in_is_not_counted()
    {
        await using PortLab lab = await LabAsync();
        for (int i = 0; i < 3 * SignInLimit.MaxAttempts; i++)
        {
            Assert.Equal(200, (await lab.SignInAsync("ann", "right horse")).Status);
        }
    }

    [Fact]
    public async Task A_session_ends_when_nobody_uses_it_and_when_it_is_old()
    {
        await using PortLab lab = await LabAsync();
        (string, string) idle = ("Cookie", (await lab.SignInAsync("ann", "right horse")).Cookie);
        lab.Server.Time.Advance(SessionBook.IdleTime);
        Assert.Equal("monitor", (await lab.GetAsync("/api/v1/session", idle)).Json("level"));

        (string, string) busy = ("Cookie", (await lab.SignInAsync("ann", "right horse")).Cookie);
        TimeSpan step = SessionBook.IdleTime - TimeSpan.FromMinutes(1);
        for (TimeSpan used = step; used < SessionBook.MostTime; used += step)
        {
            lab.Server.Time.Advance(step);
            Assert.Equal("operator", (await lab.GetAsync("/api/v1/session", busy)).Json("level"));
        }

        lab.Server.Time.Advance(step);
        Assert.Equal("monitor", (await lab.GetAsync("/api/v1/session", busy)).Json("level"));
    }

    [Fact]
    public async Task A_reload_ends_the_sessions_of_users_who_are_gone_or_changed_and_no_others()
    {
        await using PortLab lab = await LabAsync();
        lab.AddUser("bob", "another horse", AccessLevel.Admin);
        (string, string) ann = ("Cookie", (await lab.SignInAsync("ann", "right horse")).Cookie);
        (string, string) bob = ("Cookie", (await lab.SignInAsync("bob", "another horse")).Cookie);

        lab.AddUser("ann", "a new horse", AccessLevel.Operator);
        Assert.Equal("monitor", (await lab.GetAsync("/api/v1/session", ann)).Json("level"));
        Assert.Equal("admin", (await lab.GetAsync("/api/v1/session", bob)).Json("level"));

        lab.Change(settings => settings with { HttpUsers = new Dictionary<string, HttpUserSettings>() });
        Assert.Equal("monitor", (await lab.GetAsync("/api/v1/session", bob)).Json("level"));
    }

    [Fact]
    public async Task A_session_counts_nowhere_where_http_access_lets_nobody_in()
    {
        await using PortLab lab = await LabAsync();
        (string, string) cookie = ("Cookie", (await lab.SignInAsync("ann", "right horse")).Cookie);

        lab.Allow(AccessLevel.None);

        Assert.Equal("none", (await lab.GetAsync("/api/v1/session", cookie)).Json("level"));
        Assert.Equal(403, (await lab.SignInAsync("ann", "right horse")).Status);
    }

    [Fact]
    public async Task Where_http_access_says_sign_in_a_session_counts_and_nothing_else_and_where_it_says_nothing_none()
    {
        await using PortLab lab = await LabAsync();
        lab.Change(settings => settings with { HttpAccess = [Rule("127.0.0.0/8")] });

        PortLab.Answer before = await lab.GetAsync("/api/v1/session");
        PortLab.Answer signedIn = await lab.SignInAsync("ann", "right horse");

        Assert.Equal(("none", "True"), (before.Json("level"), before.Json("signIn")));
        Assert.Equal((200, "operator"), (signedIn.Status, signedIn.Json("level")));
        Assert.Equal(200, (await lab.GetAsync("/status", ("Cookie", signedIn.Cookie))).Status);
        Assert.Equal(403, (await lab.GetAsync("/status")).Status);
        Assert.Equal(403, (await lab.GetAsync("/status", ("X-API-Key", PortLab.ApiKey))).Status);

        lab.Change(settings => settings with { HttpAccess = [Rule("10.0.0.0/8")] });

        Assert.Equal(403, (await lab.GetAsync("/status", ("Cookie", signedIn.Cookie))).Status);
        Assert.Equal((403, "this is not for 127.0.0.1: no http-access names it"), await RefusalAsync());

        static HttpAccessRule Rule(string block) => new(System.Net.IPNetwork.Parse(block), AccessLevel.None, DeniesLogs: false) { IsForSignIn = true };

        async Task<(int, string)> RefusalAsync()
        {
            PortLab.Answer refused = await lab.SignInAsync("ann", "right horse");
            return (refused.Status, refused.Json("detail"));
        }
    }

    [Fact]
    public async Task Who_cannot_sign_in_is_told_what_http_access_says()
    {
        await using PortLab lab = await LabAsync();
        lab.Allow(AccessLevel.None);

        PortLab.Answer refused = await lab.SignInAsync("ann", "right horse");

        Assert.Equal((403, "this is not for 127.0.0.1: http-access says none for it"), (refused.Status, refused.Json("detail")));
    }

    [Fact]
    public async Task Whoever_may_read_the_tokens_file_signs_in_without_a_user()
    {
        await using PortLab lab = await PortLab.OpenAsync();

        PortLab.Answer signedIn = await lab.SignInAsync("", lab.Token);

        Assert.Equal((200, "admin", ""), (signedIn.Status, signedIn.Json("level"), signedIn.Json("user")));
        Assert.Equal(200, (await lab.CommandAsync("reload", ("Cookie", signedIn.Cookie), ("X-CSRF-Token", signedIn.Json("csrfToken")))).Status);
    }

    [Theory]
    [InlineData("{\"user\":\"ann\"", 400)]
    [InlineData("[]", 400)]
    [InlineData("{\"user\":1,\"password\":\"x\"}", 400)]
    public async Task What_is_no_sign_in_is_told_so(string body, int status)
    {
        await using PortLab lab = await LabAsync();

        PortLab.Answer answer = await lab.SendAsync(
            HttpMethod.Post, "/api/v1/session", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task A_sign_in_is_JSON_and_short()
    {
        await using PortLab lab = await LabAsync();

        PortLab.Answer form = await lab.SendAsync(HttpMethod.Post, "/api/v1/session", new StringContent("{\"user\":\"ann\",\"password\":\"right horse\"}"));
        Assert.Equal(415, form.Status);
        Assert.Contains("the header Content-Type: application/json,", form.Json("detail"), StringComparison.Ordinal);
        Assert.Equal(413, (await lab.SignInAsync("ann", new string('x', 10_000))).Status);
    }

    [Fact]
    public void Sessions_are_bounded_and_one_user_drives_out_only_its_own()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var book = new SessionBook(time);
        var users = Enumerable.Range(0, 100).Select(i => new HttpUserSettings { Name = $"user{i}" })
            .ToDictionary(user => user.Name, StringComparer.OrdinalIgnoreCase);
        string other = Begin("user1");

        string[] many = [.. Enumerable.Range(0, SessionBook.MaxOfOneUser + 1).Select(_ => Begin("user0"))];

        Assert.NotNull(book.Use(other, users));
        Assert.Equal(SessionBook.MaxOfOneUser, many.Count(id => book.Use(id, users) is not null));

        string[] all = [.. users.Values.SelectMany(user => Enumerable.Range(0, SessionBook.MaxOfOneUser).Select(_ => Begin(user.Name)))];
        Assert.Equal(SessionBook.MaxSessions, all.Count(id => book.Use(id, users) is not null));

        string Begin(string user)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            return book.Begin(users[user]).Id;
        }
    }

    private static async Task<PortLab> LabAsync()
    {
        PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);
        lab.AddUser("ann", "right horse", AccessLevel.Operator);
        return lab;
    }
}
