using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

[Collection(BrowserCollection.Name)]
[Trait("Category", "slow")]
public sealed class SignInTests(Chromium chromium)
{
    [Fact]
    public async Task Who_may_only_look_is_offered_nothing_else_until_he_signs_in()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync("monitor");
        await lab.FillAsync("held.example", 5);
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/queues/held.example/v1");

        await tab.SaysAsync("figures", "Recipients waiting");
        await tab.Expect("needs-level").Not.ToHaveCountAsync(0);
        await tab.Expect("act-pause").ToHaveCountAsync(0);
        await tab.Expect("trace-start").ToHaveCountAsync(0);

        tab.Expecting("401"); // The browser notes the refusal.
        await tab.ClickAsync("open-sign-in");
        await SignInAsync(tab, "ola", "wrong");
        await tab.SaysAsync("sign-in-dialog", "User or password is wrong.");
        await tab.AssertAccessibleAsync("sign-in");
        await tab.PhotographAsync("sign-in-light-1280");
        await tab.Expect("act-pause").ToHaveCountAsync(0);

        await SignInAsync(tab, "ola", ConsoleLab.Password);
        await tab.SaysAsync("person", "ola");
        await tab.SaysAsync("person", "operator");
        await tab.ClickAsync("act-pause");
        await tab.Expect("act-resume").ToBeEnabledAsync();

        await tab.ClickAsync("sign-out");
        await tab.Expect("act-resume").ToHaveCountAsync(0);
        await tab.SaysAsync("person", "monitor");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_user_of_the_monitor_level_may_look_and_no_more()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync("monitor");
        await lab.FillAsync("held.example", 5);
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/queues");
        await tab.ClickAsync("open-sign-in");
        await SignInAsync(tab, "max", ConsoleLab.Password);
        await tab.SaysAsync("person", "max");

        await tab.SaysAsync("queues", "held.example/v1");
        await tab.SaysAsync("needs-level", "you have monitor");
        await ConsoleTab.Expect(tab.Page.GetByRole(AriaRole.Checkbox)).ToHaveCountAsync(0);
        await tab.ClickAsync("nav-config");
        await tab.SaysAsync("empty", "The configuration is for operators");
        await tab.ClickAsync("nav-recipients");
        await tab.SaysAsync("empty", "Addresses of people need the operator level");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task An_address_that_may_not_look_sees_nothing_but_how_it_is_let_in()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync("none");
        await lab.FillAsync("held.example", 5);
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/queues", live: false);

        await tab.SaysAsync("sign-in-page", "http-access ADDRESS monitor");
        await tab.SaysAsync("sign-in-page", "ssh -L");
        await tab.Expect("sign-in").ToHaveCountAsync(0);
        await tab.ClickAsync("look-again");
        await tab.SaysAsync("sign-in-page", "Your address may not see this server");
        await tab.Expect("queues").ToHaveCountAsync(0);
        await tab.Expect("nav-queues").ToHaveCountAsync(0);
        await tab.AssertAccessibleAsync("sign-in-page");
        await tab.PhotographAsync("sign-in-page-light-1280");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_session_that_has_ended_asks_to_sign_in_again_and_leaves_the_page_as_it_is()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync("monitor");
        await lab.FillAsync("held.example", 5);
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/queues/held.example/v1");
        await tab.ClickAsync("open-sign-in");
        await SignInAsync(tab, "ola", ConsoleLab.Password);
        await tab.Expect("act-pause").ToBeEnabledAsync();

        await EndSessionsAsync(lab, tab);

        await tab.SaysAsync("sign-in-dialog", "The session of ola has ended.");
        Assert.Equal("ola", await tab.Named("user").InputValueAsync());
        await tab.Expect("password").ToBeFocusedAsync();
        await tab.AssertAccessibleAsync("session ended");
        await tab.PhotographAsync("session-ended-light-1280");
        await SignInAsync(tab, "ola", ConsoleLab.Password);
        await tab.Expect("sign-in-dialog").ToHaveCountAsync(0);
        await tab.Expect("act-pause").ToBeEnabledAsync();
        Assert.EndsWith("/ui/queues/held.example/v1", tab.Page.Url, StringComparison.Ordinal);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Where_nothing_may_be_seen_without_a_session_its_end_hides_the_page_and_signing_in_brings_it_back_with_what_was_typed()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync("monitor");
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/config");
        await tab.ClickAsync("open-sign-in");
        await SignInAsync(tab, "ann", ConsoleLab.Password);
        await tab.Expect("save").ToBeVisibleAsync();
        string typed = await tab.Named("editor").InputValueAsync() + "# not yet saved\n";
        await tab.Named("editor").FillAsync(typed);
        bool isShut = true;
        await tab.Page.RouteAsync("**/api/v1/session", async route =>
        {
            if (route.Request.Method == "GET" && isShut)
            {
                await route.FulfillAsync(new() { ContentType = "application/json", Body = NothingWithout });
                return;
            }

            isShut = false;
            await route.ContinueAsync();
        });

        await EndSessionsAsync(lab, tab);

        await tab.SaysAsync("sign-in-page", "The session of ann has ended.");
        await tab.Expect("editor").ToBeHiddenAsync();
        await tab.Expect("nav-queues").ToBeHiddenAsync();
        await SignInAsync(tab, "ann", ConsoleLab.Password);
        await tab.Expect("sign-in-page").ToHaveCountAsync(0);
        await tab.Expect("editor").ToHaveValueAsync(typed);
        Assert.EndsWith("/ui/config", tab.Page.Url, StringComparison.Ordinal);
        tab.AssertQuiet();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("monitor")]
    public async Task The_end_of_a_session_takes_off_the_page_what_was_merely_loaded(string level)
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync("monitor");
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/config");
        await tab.ClickAsync("open-sign-in");
        await SignInAsync(tab, "ann", ConsoleLab.Password);
        Assert.Contains("{pbkdf2}", await tab.Named("editor").InputValueAsync(), StringComparison.Ordinal);
        bool isShut = level == "none";
        await tab.Page.RouteAsync("**/api/v1/session", async route =>
        {
            isShut &= route.Request.Method == "GET";
            await (isShut ? route.FulfillAsync(new() { ContentType = "application/json", Body = NothingWithout }) : route.ContinueAsync());
        });

        await EndSessionsAsync(lab, tab);

        await tab.SaysAsync(level == "none" ? "sign-in-page" : "sign-in-dialog", "The session of ann has ended.");
        await tab.Expect("editor").ToHaveCountAsync(0);
        await ConsoleTab.Expect(tab.Page.GetByText("in effect since")).ToHaveCountAsync(0);
        await SignInAsync(tab, "ann", ConsoleLab.Password);
        Assert.Contains("{pbkdf2}", await tab.Named("editor").InputValueAsync(), StringComparison.Ordinal);
        Assert.EndsWith("/ui/config", tab.Page.Url, StringComparison.Ordinal);
        tab.AssertQuiet();
    }

    /// <summary>What a server says to an address that sees nothing until somebody signs in.</summary>
    private const string NothingWithout =
        """{"level":"none","user":"","csrfToken":"","signIn":true,"host":"","version":"","readLogs":false}""";

    /// <summary>A restart forgets them all.</summary>
    private static async Task EndSessionsAsync(ConsoleLab lab, ConsoleTab tab)
    {
        string[] complaints = ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "403"];
        foreach (string complaint in complaints)
        {
            tab.Expecting(complaint);
        }

        await lab.Server.StopAsync();
        await lab.Server.StartAsync();
    }

    private static async Task SignInAsync(ConsoleTab tab, string user, string password)
    {
        await tab.Named("user").FillAsync(user);
        await tab.Named("password").FillAsync(password);
        await tab.ClickAsync("sign-in");
    }
}
