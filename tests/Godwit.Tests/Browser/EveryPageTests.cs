using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

/// <summary>Every page with figures of a server at work: seen in light and dark, on a desk and on a telephone. Nothing is changed, so one server serves all.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "slow")]
public sealed class EveryPageTests(Chromium chromium, BusyLab lab)
{
    private static readonly (ColorScheme Scheme, int Width)[] _looks =
        [(ColorScheme.Light, 1280), (ColorScheme.Dark, 1280), (ColorScheme.Dark, 390), (ColorScheme.Light, 390)];

    [Theory]
    [InlineData("overview", "/ui/overview", "figures", "queued")]
    [InlineData("queues", "/ui/queues", "queues", "busy.example/v1")]
    [InlineData("queue", "/ui/queues/busy.example/v1", "replies", "too much mail from you")]
    [InlineData("destinations", "/ui/destinations", "destinations", "strict.example")]
    [InlineData("destination", "/ui/destinations/busy.example", "replies", "too much mail from you")]
    [InlineData("virtual-mtas", "/ui/virtual-mtas", "sources", "127.0.0.2")]
    [InlineData("virtual-mta", "/ui/virtual-mtas/v1", "vmta-queues", "busy.example/v1")]
    [InlineData("jobs", "/ui/jobs", "jobs", "newsletter")]
    [InlineData("job", "/ui/jobs/newsletter", "job-destinations", "busy.example")]
    [InlineData("recipients", "/ui/recipients?address=user3@busy.example", "waiting-card", "user3@busy.example")]
    [InlineData("config", "/ui/config", "check-state", "Written")]
    [InlineData("unclassified", "/ui/unclassified", "unclassified", "")]
    [InlineData("operations", "/ui/operations", "operations", "delete mail of gone.example/v1")]
    public Task A_page_shows_what_is_there_and_can_be_read_by_everybody(string name, string path, string part, string text) =>
        LookAsync(name, path, part, text);

    /// <summary>
    /// The server keeps its newest 2,000 lines, and one that logs every command of every session fills these in seconds. So the line that is looked for is
    /// written under the open page, which gets it however many others there are.
    /// </summary>
    [Fact]
    public Task The_log_shows_what_is_written_and_can_be_read_by_everybody() => LookAsync(
        "logs", "/ui/logs?filter=pause", "log", "pause queue logged.example/v1", () => lab.Running.Server.RunAsync("pause queue logged.example/v1"));

    [Fact]
    public async Task Every_page_is_reached_from_every_other_by_its_link_and_by_its_keys()
    {
        (string Key, string Page)[] pages =
        [
            ("q", "queues"), ("d", "destinations"), ("v", "virtual-mtas"), ("j", "jobs"), ("r", "recipients"), ("c", "config"), ("l", "logs"),
            ("u", "unclassified"), ("p", "operations"), ("o", "overview"),
        ];
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        await tab.GoAsync("/ui/overview");
        foreach ((string key, string page) in pages)
        {
            await tab.Page.Keyboard.PressAsync("g");
            await tab.Page.Keyboard.PressAsync(key);
            await ConsoleTab.Expect(tab.Named("nav-" + page)).ToHaveAttributeAsync("aria-current", "page");
            Assert.EndsWith("/ui/" + page, tab.Page.Url, StringComparison.Ordinal);
        }

        foreach ((_, string page) in pages)
        {
            await tab.ClickAsync("nav-" + page);
            await ConsoleTab.Expect(tab.Named("nav-" + page)).ToHaveAttributeAsync("aria-current", "page");
        }

        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_chart_that_has_not_heard_yet_of_a_narrower_window_makes_no_page_wider()
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        await tab.Page.AddInitScriptAsync("window.ResizeObserver = class { observe() {} unobserve() {} disconnect() {} };");
        foreach (string path in (string[])["/ui/overview", "/ui/jobs/newsletter", "/ui/destinations/busy.example"])
        {
            await tab.Page.SetViewportSizeAsync(1280, 800);
            await tab.GoAsync(path);
            await tab.Expect("chart").Not.ToHaveCountAsync(0);
            await ConsoleTab.Expect(tab.Page.Locator(".chart-plot canvas").First).ToBeVisibleAsync();
            await tab.Page.SetViewportSizeAsync(390, 844);
            await tab.AssertFitsAsync(path);
        }

        tab.AssertQuiet();
    }

    /// <param name="meanwhile">Done when the page is open.</param>
    private async Task LookAsync(string name, string path, string part, string text, Func<Task>? meanwhile = null)
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);

        await tab.GoAsync(path);
        if (meanwhile is not null)
        {
            await tab.Expect(part).ToBeVisibleAsync();
            await meanwhile();
        }

        await tab.SaysAsync(part, text);
        foreach ((ColorScheme scheme, int width) in _looks)
        {
            string look = $"{name}-{scheme.ToString().ToLowerInvariant()}-{width}";
            await tab.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await tab.Page.SetViewportSizeAsync(width, width > 1000 ? 900 : 844);
            await tab.SaysAsync(part, text);
            await tab.AssertFitsAsync(look);
            await tab.PhotographAsync(look);
            if (scheme == ColorScheme.Light == width > 1000)
            {
                await tab.AssertAccessibleAsync(look);
            }
        }

        tab.AssertQuiet();
    }
}
