using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

/// <summary>What the list of queues lets one read at a glance.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "slow")]
public sealed class QueueListTests(Chromium chromium, BusyLab lab)
{
    [Fact]
    public async Task What_binds_and_what_was_replied_last_are_read_whole()
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        await tab.Page.SetViewportSizeAsync(1280, 800);
        await tab.GoAsync("/ui/queues?q=busy.example");

        ILocator row = tab.Page.Locator("[data-key='busy.example/v1']");
        await ConsoleTab.Expect(row.Locator(".cell-reply")).ToContainTextAsync("too much mail from you, try again later");
        await AssertWholeAsync(row.Locator(".cell-limit"));
        await AssertWholeAsync(row.Locator(".cell-name"));

        // A reply may be longer than a row has room for: the whole of it stands in its tooltip.
        string shown = await row.Locator(".cell-reply .lines-2").GetAttributeAsync("title") ?? "";
        Assert.Contains("451 4.7.1 too much mail from you, try again later", shown, StringComparison.Ordinal);
        await tab.PhotographAsync("queues-1280x800");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_paused_queue_promises_no_next_attempt()
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);

        await tab.GoAsync("/ui/queues?q=silent.example");
        await ConsoleTab.Expect(tab.Page.Locator("[data-key='silent.example/v1'] .cell-nextRetry")).ToHaveTextAsync("paused");

        await tab.GoAsync("/ui/queues/silent.example/v1");
        await tab.SaysAsync("next-retry", "paused");
        await ConsoleTab.Expect(tab.Named("next-retry").Locator(".figure-value time")).ToHaveCountAsync(0);

        await tab.GoAsync("/ui/destinations/silent.example");
        await ConsoleTab.Expect(tab.Named("destination-queues").Locator("[data-title='Next retry']").First).ToHaveTextAsync("paused");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Where_a_setting_comes_from_is_read_whole()
    {
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Running.Console);
        foreach (int width in (int[])[1280, 390])
        {
            await tab.Page.SetViewportSizeAsync(width, 800);
            await tab.GoAsync("/ui/queues/busy.example/v1");
            ILocator origin = tab.Named("settings").Locator("tr").Filter(new() { HasText = "smtp-hosts" }).Locator(".origin");
            await ConsoleTab.Expect(origin).ToContainTextAsync("<domain busy.example>");
            await AssertWholeAsync(origin);
        }

        tab.AssertQuiet();
    }

    /// <summary>Nothing of it is cut off, by its own box or by the window.</summary>
    private static async Task AssertWholeAsync(ILocator locator)
    {
        bool whole = await locator.EvaluateAsync<bool>("""
            element => [element, ...element.querySelectorAll('*')].every(each =>
              (each.scrollWidth <= each.clientWidth + 1 && each.scrollHeight <= each.clientHeight + 1) || getComputedStyle(each).display === 'inline')
              && element.getBoundingClientRect().right <= innerWidth
            """);
        Assert.True(whole, await locator.TextContentAsync());
    }
}
