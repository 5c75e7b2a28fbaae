using Godwit.Tests.Support;
using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

/// <summary>Pages that stay open: over a restart, over a hundred thousand queues, over a log that goes on.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "slow")]
public sealed class OpenPageTests(Chromium chromium)
{
    /// <summary>Rows beside the seen ones on either side, and the head; far fewer than there are queues.</summary>
    private const int MostRows = 120;

    [Fact]
    public async Task A_page_says_that_the_server_is_gone_and_goes_on_by_itself_when_it_is_back()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.LoadAsync();
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/queues/busy.example/v1");
        await tab.Page.EvaluateAsync("() => { window.sameDocument = true; }");
        tab.Expecting("ERR_CONNECTION_REFUSED"); // What the browser itself writes of a server that is not there.
        tab.Expecting("ERR_INCOMPLETE_CHUNKED_ENCODING");
        tab.Expecting("ERR_EMPTY_RESPONSE");
        tab.Expecting("ERR_CONNECTION_RESET");

        await lab.Server.StopAsync();
        await tab.Expect("connection-lost").ToBeVisibleAsync();
        await tab.SaysAsync("link-state", "no connection");
        await tab.SaysAsync("figures", "Recipients waiting");
        await tab.PhotographAsync("connection-lost-light-1280");

        await lab.Server.StartAsync();
        await tab.SaysAsync("link-state", "live");
        await tab.Expect("connection-lost").ToHaveCountAsync(0);
        await tab.NoticeAsync("The server was restarted");
        await tab.ClickAsync("act-pause");
        await tab.Expect("act-resume").ToBeEnabledAsync();
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.sameDocument === true"));
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_hundred_thousand_queues_scroll_to_the_end_and_are_filtered_with_a_bounded_number_of_rows()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.Server.RunAsync("pause queue */*");
        await using (MailClient client = await MailClient.ConnectAsync(lab.Server.EndPoint))
        {
            for (int from = 0; from < 100_000; from += 1000)
            {
                await client.SendAsync("shop@sender.test", Enumerable.Range(from, 1000).Select(i => $"r@d{i:000000}.example"), "Subject: x\r\n\r\nx\r\n"u8.ToArray());
            }
        }

        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/queues?sort=name&order=asc");
        await ConsoleTab.Expect(tab.Named("total")).ToHaveTextAsync("100,000 queues");
        await AssertFewRowsAsync(tab);

        await tab.Named("queues").PressAsync("End");
        await ConsoleTab.Expect(Row(tab, "d099999.example")).ToBeInViewportAsync();
        await AssertFewRowsAsync(tab);
        await tab.PhotographAsync("hundred-thousand-queues-light-1280");

        // Dragged by its scrollbar to the middle.
        await tab.Named("queues").EvaluateAsync("grid => { grid.scrollTop = grid.scrollHeight / 2; }");
        await ConsoleTab.Expect(Row(tab, "d050010.example")).ToBeVisibleAsync();
        await AssertFewRowsAsync(tab);

        await tab.Named("filter").FillAsync("d0777");
        await ConsoleTab.Expect(tab.Named("total")).ToHaveTextAsync("100 queues");
        await ConsoleTab.Expect(Row(tab, "d077700.example")).ToBeInViewportAsync();
        await AssertFewRowsAsync(tab);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task The_log_shows_the_lines_that_are_filtered_for_as_they_are_written()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.LoadAsync();
        for (int i = 0; i < 60; i++)
        {
            await lab.Server.RunAsync($"resume queue line{i}.example/v1"); // More than a window shows.
        }

        await lab.Server.RunAsync("pause queue first.example/v1");
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/logs");
        await tab.SaysAsync("log", "first.example/v1");
        await tab.Page.SetViewportSizeAsync(1280, 500);
        await ConsoleTab.Expect(tab.Page.Locator(".log-line").Last).ToBeInViewportAsync();
        await ConsoleTab.Expect(tab.Page.Locator(".log-line").First).Not.ToBeInViewportAsync();
        await tab.Page.SetViewportSizeAsync(1280, 900);

        await tab.Named("filter").FillAsync("pause queue");
        await tab.SaysAsync("log", "first.example/v1");
        await tab.Expect("log").Not.ToContainTextAsync("listens on");
        await lab.Server.RunAsync("pause queue second.example/v1");
        await tab.SaysAsync("log", "second.example/v1");

        await tab.ClickAsync("follow");
        await lab.Server.RunAsync("pause queue third.example/v1");
        await tab.SaysAsync("log-state", "Held. 1 new line waits.");
        await tab.Expect("log").Not.ToContainTextAsync("third.example/v1");
        await tab.ClickAsync("follow");
        await tab.SaysAsync("log", "third.example/v1");
        foreach (string line in await tab.Page.Locator(".log-line").AllInnerTextsAsync())
        {
            Assert.Contains("pause queue", line, StringComparison.Ordinal);
        }

        tab.AssertQuiet();
    }

    [Fact]
    public async Task An_address_is_found_where_it_waits_and_where_it_was()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.LoadAsync();
        await lab.FillAsync("held.example", 5);
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/recipients");

        await tab.Named("address").FillAsync("user3@held.example");
        await tab.ClickAsync("search");
        await tab.SaysAsync("waiting-card", "held.example/v1");
        await tab.SaysAsync("waiting-card", "shop@sender.test");
        await tab.SaysAsync("events", "accepted");

        await tab.Named("address").FillAsync("nobody@held.example");
        await tab.ClickAsync("search");
        await tab.SaysAsync("nothing-found", "No mail waits for nobody@held.example, and nothing is remembered of it");
        await tab.SaysAsync("nothing-found", "the last 100,000 events at most");
        await tab.SaysAsync("nothing-found", "accounting files");
        await tab.AssertAccessibleAsync("nothing found");
        await tab.Named("nothing-found").GetByText("*@held.example").ClickAsync();
        await tab.SaysAsync("waiting-card", "user4@held.example");

        await tab.Named("address").FillAsync("user2");
        await tab.ClickAsync("search");
        await tab.Named("half").GetByText("user2@*", new() { Exact = true }).ClickAsync();
        await tab.SaysAsync("waiting-card", "user2@held.example");
        await tab.Expect("address").ToHaveValueAsync("user2@*");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_slip_in_the_configuration_is_shown_at_its_line_and_what_is_saved_takes_effect()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await using ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync("/ui/config");
        string text = await tab.Named("editor").InputValueAsync();
        int lines = text.TrimEnd('\n').Split('\n').Length;

        await tab.Named("editor").FillAsync(text.TrimEnd('\n') + "\ntotal-max-smtp-out 7x\n");
        await tab.SaysAsync("check-state", "1 error");
        await tab.SaysAsync("problems", $"line {lines + 1}");
        await tab.SaysAsync("problems", "total-max-smtp-out");
        await tab.Expect("save").ToBeDisabledAsync();
        await tab.Page.GetByText($"line {lines + 1}").ClickAsync();
        await ConsoleTab.Expect(tab.Page.Locator(".line-number.error")).ToContainTextAsync($"{lines + 1}");
        await tab.AssertAccessibleAsync("config with a problem");
        await tab.PhotographAsync("config-problem-light-1280");

        await tab.Named("editor").FillAsync(text.TrimEnd('\n') + "\ntotal-max-smtp-out 77\n");
        await tab.Expect("save").ToBeEnabledAsync();
        await tab.ClickAsync("view-difference");
        await tab.SaysAsync("difference", "total-max-smtp-out 77");
        await tab.PhotographAsync("config-difference-light-1280");
        await tab.ClickAsync("save");
        await tab.NoticeAsync("Saved.");
        await tab.SaysAsync("check-state", "not in force before a reload");
        await tab.ClickAsync("reload");
        await tab.ClickAsync("confirm-yes");
        await tab.NoticeAsync("Version 2 is in effect.");
        await tab.Expect("check-state").Not.ToContainTextAsync("reload");
        await tab.ClickAsync("nav-overview");
        await tab.SaysAsync("room", "of 77");
        tab.AssertQuiet();
    }

    private static ILocator Row(ConsoleTab tab, string domain) => tab.Page.Locator($"[data-key^='{domain}/']");

    private static async Task AssertFewRowsAsync(ConsoleTab tab) => Assert.InRange(await tab.Page.Locator("[data-testid=queues] [role=row]").CountAsync(), 2, MostRows);
}
