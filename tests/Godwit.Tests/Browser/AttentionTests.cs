using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

/// <summary>Whether an operator sees within seconds what is wrong: on the overview, and on a tab that is not in front.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "slow")]
public sealed class AttentionTests(Chromium chromium)
{
    private const string ShutOut = "203.0.113.7";

    [Fact]
    public async Task An_alarm_stands_in_the_title_and_the_icon_of_every_page_until_it_is_over()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.FillAsync("held.example", 5, "v2");
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/queues");
        await Assertions.Expect(tab.Page).ToHaveTitleAsync("Queues · mx.test · Godwit");
        ILocator icon = tab.Page.Locator("link[rel=icon]");
        string calm = await icon.GetAttributeAsync("href") ?? "";

        await lab.Server.RunAsync("disable source 127.0.0.2 */v2");
        await Assertions.Expect(tab.Page).ToHaveTitleAsync("(1) Queues · mx.test · Godwit", new() { Timeout = 30_000 });
        await ConsoleTab.Expect(icon).Not.ToHaveAttributeAsync("href", calm);
        await tab.GoAsync("/ui/queues/held.example/v2");
        await Assertions.Expect(tab.Page).ToHaveTitleAsync("(1) held.example/v2 · Queues · mx.test · Godwit");

        await tab.Page.SetViewportSizeAsync(390, 844);
        await tab.GoAsync("/ui/overview");
        await tab.SaysAsync("attention", "v2");
        await AssertFirstIsAlarmAsync(tab);
        float attention = (await tab.Named("attention").BoundingBoxAsync())!.Y;
        Assert.InRange(attention, 0, (await tab.Named("traffic").BoundingBoxAsync())!.Y);
        Assert.InRange(attention, 0, 844 - 100);

        await lab.Server.RunAsync("enable source 127.0.0.2 */v2");
        await Assertions.Expect(tab.Page).ToHaveTitleAsync("Overview · mx.test · Godwit", new() { Timeout = 30_000 });
        await ConsoleTab.Expect(icon).ToHaveAttributeAsync("href", calm);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_client_that_is_shut_out_is_let_in_again_from_the_overview_by_an_operator()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        List<string> enabled = await ShutOutAsync(tab);

        await tab.GoAsync("/ui/overview");
        await tab.SaysAsync("clients", ShutOut);
        await tab.AssertAccessibleAsync("clients");
        await tab.Page.GetByLabel($"Enable {ShutOut}").ClickAsync();

        await tab.NoticeAsync("1 client(s) enabled.");
        await tab.Expect("clients").ToHaveCountAsync(0);
        Assert.Equal([$"POST /api/v1/clients/{ShutOut}/enable"], enabled);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Who_may_only_look_sees_who_is_shut_out_and_what_it_takes_to_change_that()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync("monitor");
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await ShutOutAsync(tab);

        await tab.GoAsync("/ui/overview");

        await tab.SaysAsync("clients", ShutOut);
        await tab.SaysAsync("clients", "Enabling a client needs the operator level");
        await ConsoleTab.Expect(tab.Page.GetByLabel($"Enable {ShutOut}")).ToHaveCountAsync(0);
        tab.AssertQuiet();
    }

    /// <summary>Says for the server that it shuts a client out, until that is enabled; returns what was asked for to do so.</summary>
    private static async Task<List<string>> ShutOutAsync(ConsoleTab tab)
    {
        List<string> enabled = [];
        await tab.AlterOverviewAsync(overview =>
        {
            if (enabled.Count == 0)
            {
                overview["attention"]!.AsArray().Add(new JsonObject
                {
                    ["severity"] = "warning", ["kind"] = "clientShutOut", ["title"] = "1 client is shut out", ["detail"] = "It failed to authenticate.",
                    ["since"] = null, ["link"] = new JsonObject { ["page"] = "config", ["name"] = "" },
                });
            }
        });
        await tab.AlterAsync("/clients/disabled", (_, _) => new JsonObject
        {
            ["items"] = enabled.Count > 0 ? new JsonArray() : new JsonArray(new JsonObject
            {
                ["address"] = ShutOut, ["since"] = "2026-01-01T00:00:00Z", ["until"] = "2099-01-01T00:00:00Z", ["reason"] = "3 failures",
            }),
            ["total"] = 1, ["next"] = null,
        });
        await tab.Page.RouteAsync("**/api/v1/clients/*/enable", route =>
        {
            enabled.Add($"{route.Request.Method} {new Uri(route.Request.Url).AbsolutePath}");
            return route.FulfillAsync(new() { ContentType = "application/json", Body = """{"message":"1 client(s) enabled.","undo":null}""" });
        });
        return enabled;
    }

    private static async Task AssertFirstIsAlarmAsync(ConsoleTab tab)
    {
        ILocator first = tab.Named("attention").Locator("li").First;
        await ConsoleTab.Expect(first.Locator(".badge")).ToHaveTextAsync("alarm");
        await ConsoleTab.Expect(first.GetByRole(AriaRole.Link)).ToHaveAttributeAsync("href", "/ui/virtual-mtas/v2");
    }
}
