using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

/// <summary>The console without a mouse: where the focus is, where it goes, and that it is seen.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "slow")]
public sealed class KeyboardTests(Chromium chromium)
{
    [Fact]
    public async Task A_queue_is_found_paused_and_taken_back_by_keys_alone()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.FillAsync("held.example", 5);
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/overview");
        IKeyboard keys = tab.Page.Keyboard;

        await keys.PressAsync("g");
        await keys.PressAsync("q");
        await ConsoleTab.Expect(tab.Named("total")).ToHaveTextAsync("1 queue");
        await keys.PressAsync("ArrowDown");
        await tab.Expect("queues").ToBeFocusedAsync();
        await AssertSeenAsync(tab.Named("queues"));
        await keys.PressAsync("Enter");
        await tab.Expect("act-pause").ToBeEnabledAsync();
        await tab.Named("act-pause").FocusAsync();
        await keys.PressAsync("Enter");

        // The button that was pressed has no more use: the focus is on the one that takes it back.
        await tab.Expect("act-resume").ToBeFocusedAsync();
        await AssertSeenAsync(tab.Named("act-resume"));
        Assert.Contains("held.example/v1", await lab.Server.RunAsync("show topqueues --paused=yes"), StringComparison.Ordinal);

        await keys.PressAsync("u");
        await tab.NoticeAsync("Undone.");
        await tab.Expect("act-pause").ToBeEnabledAsync();
        Assert.DoesNotContain("held.example/v1", await lab.Server.RunAsync("show topqueues --paused=yes"), StringComparison.Ordinal);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_dialog_gives_the_focus_back_to_where_it_was()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.FillAsync("held.example", 5);
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/queues/held.example/v1");

        await tab.Named("act-reroute").FocusAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Expect("confirm").ToBeVisibleAsync();
        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Expect("confirm").ToHaveCountAsync(0);
        await tab.Expect("act-reroute").ToBeFocusedAsync();

        await tab.Page.Keyboard.PressAsync("?");
        foreach (string key in (string[])["filter", "Queues", "undo what was done last", "light, dark, as the system"])
        {
            await tab.SaysAsync("key-help", key);
        }

        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Expect("key-help").ToHaveCountAsync(0);
        await tab.Expect("act-reroute").ToBeFocusedAsync();
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Tab_passes_a_list_of_many_rows_in_one_step()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.FillAsync("one.example", 2);
        await lab.FillAsync("two.example", 2);
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/queues");
        await ConsoleTab.Expect(tab.Named("total")).ToHaveTextAsync("2 queues");

        await tab.Page.Locator("[data-sort=nextRetry]").FocusAsync();
        await tab.Page.Keyboard.PressAsync("Tab");

        Assert.False(await tab.Named("queues").EvaluateAsync<bool>("grid => grid.contains(document.activeElement)"));
        tab.AssertQuiet();
    }

    /// <summary>Where a keyboard is, is to be seen.</summary>
    private static async Task AssertSeenAsync(ILocator locator) =>
        Assert.NotEqual("none", await locator.EvaluateAsync<string>("element => getComputedStyle(element).outlineStyle"));
}
