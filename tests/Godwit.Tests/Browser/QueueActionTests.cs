using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

/// <summary>What an operator does to queues, while other mail comes in and goes out.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "slow")]
public sealed class QueueActionTests(Chromium chromium)
{
    [Fact]
    public async Task A_queue_is_paused_and_resumed_and_either_can_be_undone()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.FillAsync("held.example", 5);
        await using ConsoleTab tab = await OpenAsync(lab, "/ui/queues/held.example/v1");

        await tab.ClickAsync("act-pause");
        await tab.Expect("act-resume").ToBeEnabledAsync();
        await tab.Expect("act-pause").ToBeDisabledAsync();
        Assert.Contains("held.example/v1", await lab.Server.RunAsync("show topqueues --paused=yes"), StringComparison.Ordinal);

        await UndoAsync(tab, "held.example/v1");
        await tab.Expect("act-pause").ToBeEnabledAsync();
        Assert.DoesNotContain("held.example/v1", await lab.Server.RunAsync("show topqueues --paused=yes"), StringComparison.Ordinal);

        await tab.ClickAsync("act-pause");
        await tab.Expect("act-resume").ToBeEnabledAsync();
        await tab.ClickAsync("act-resume");
        await tab.Expect("act-pause").ToBeEnabledAsync();
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_queue_goes_into_backoff_mode_and_back()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.FillAsync("held.example", 5);
        await using ConsoleTab tab = await OpenAsync(lab, "/ui/queues/held.example/v1");

        await tab.ClickAsync("act-backoff");
        await tab.Expect("act-normal").ToBeEnabledAsync();
        await tab.SaysAsync("figures", "backoff");

        await UndoAsync(tab, "held.example/v1");
        await tab.Expect("act-normal").ToBeDisabledAsync();

        await tab.ClickAsync("act-backoff");
        await tab.Expect("act-normal").ToBeEnabledAsync();
        await tab.ClickAsync("act-normal");
        await tab.Expect("act-backoff").ToBeEnabledAsync();
        await tab.Expect("figures").Not.ToContainTextAsync("backoff");
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Mail_that_waits_for_its_next_attempt_is_tried_now()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.Server.SendAsync("shop@sender.test", "user@busy.example", "X-Virtual-MTA: v1\r\nSubject: hello\r\n\r\nhello\r\n");
        await lab.Server.RecordsAsync("t", 1);
        await using ConsoleTab tab = await OpenAsync(lab, "/ui/queues/busy.example/v1");

        await tab.ClickAsync("act-schedule");
        await tab.NoticeAsync("busy.example/v1");

        await lab.Server.RecordsAsync("t", 2);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Deleting_much_mail_wants_the_domain_typed_and_a_change_of_mind_deletes_nothing()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.FillAsync("many.example", 600);
        await lab.FillAsync("many.example", 600);
        await using ConsoleTab tab = await OpenAsync(lab, "/ui/queues/many.example/v1");

        await tab.ClickAsync("act-delete");
        await tab.SaysAsync("confirm", "1,200 recipients");
        await tab.Expect("confirm-yes").ToBeDisabledAsync();
        await tab.AssertAccessibleAsync("delete");
        await tab.PhotographAsync("delete-light-1280");
        await tab.ClickAsync("confirm-no");
        await tab.Expect("confirm").ToHaveCountAsync(0);
        Assert.Equal(1200, lab.Waiting("many.example"));

        await tab.ClickAsync("act-delete");
        await tab.Named("confirm-typed").FillAsync("many.example");
        await tab.ClickAsync("confirm-yes");
        await tab.NoticeAsync("Deleted 1200 recipient(s).");
        Assert.Equal(0, lab.Waiting("many.example"));
        Assert.Equal(1200, lab.Server.Accounting.Of("b").Count(row => row["rcpt"].EndsWith("@many.example", StringComparison.Ordinal)));
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Mail_is_rerouted_to_another_virtual_mta_and_back()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.FillAsync("held.example", 40);
        await using ConsoleTab tab = await OpenAsync(lab, "/ui/queues/held.example/v1");

        await tab.ClickAsync("act-reroute");
        await tab.Named("reroute-target").SelectOptionAsync("v2");
        await tab.SaysAsync("reroute-size", "40 recipients");
        await tab.SaysAsync("confirm", "New mail goes on as before");
        await tab.Page.GetByText("Lines for the configuration").ClickAsync();
        await tab.SaysAsync("confirm", "reroute-to-virtual-mta v2");
        await tab.AssertAccessibleAsync("reroute");
        await tab.PhotographAsync("reroute-light-1280");
        await tab.ClickAsync("confirm-yes");
        ILocator notice = await tab.NoticeAsync("Rerouted 40 recipient(s) to v2.");
        Assert.Equal((0, 40), (lab.Waiting("held.example", "v1"), lab.Waiting("held.example", "v2")));

        await notice.GetByTestId("undo").ClickAsync();
        await tab.NoticeAsync("Rerouted 40 recipient(s) to v1.");
        Assert.Equal((40, 0), (lab.Waiting("held.example", "v1"), lab.Waiting("held.example", "v2")));
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_pool_spreads_rerouted_mail_and_mail_that_was_there_before_is_never_taken_along_back()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.FillAsync("held.example", 10, "{default}");
        await lab.FillAsync("held.example", 4, "v2");
        await using ConsoleTab tab = await OpenAsync(lab, "/ui/queues/held.example/%7Bdefault%7D");

        await tab.ClickAsync("act-reroute");
        await tab.Named("reroute-target").SelectOptionAsync("both");
        await tab.ClickAsync("confirm-yes");
        ILocator notice = await tab.NoticeAsync("Rerouted 10 recipient(s) to both.");

        Assert.Equal((0, 14), (lab.Waiting("held.example", "{default}"), lab.Waiting("held.example")));
        await ConsoleTab.Expect(notice.GetByTestId("undo")).ToHaveCountAsync(0);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Queues_that_are_selected_in_the_list_are_acted_upon_together()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.LoadAsync();
        await lab.FillAsync("one.held.example", 5);
        await lab.FillAsync("two.held.example", 5);
        await using ConsoleTab tab = await OpenAsync(lab, "/ui/queues");

        await tab.Named("filter").FillAsync("held.example");
        await ConsoleTab.Expect(tab.Named("total")).ToHaveTextAsync("2 queues");
        await tab.Page.GetByLabel("Select one.held.example/v1").CheckAsync();
        await tab.Page.GetByLabel("Select two.held.example/v1").CheckAsync();
        await tab.ClickAsync("act-pause");
        await tab.SaysAsync("confirm", "Pause: 2 queues?");
        await tab.ClickAsync("confirm-yes");
        await tab.NoticeAsync("2 queues paused.");
        string paused = await lab.Server.RunAsync("show topqueues --paused=yes");
        Assert.Contains("one.held.example/v1", paused, StringComparison.Ordinal);
        Assert.Contains("two.held.example/v1", paused, StringComparison.Ordinal);

        await tab.ClickAsync("undo");
        await tab.NoticeAsync("Undone for 2 queues.");
        Assert.DoesNotContain("held.example", await lab.Server.RunAsync("show topqueues --paused=yes"), StringComparison.Ordinal);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task Many_queues_are_rerouted_and_deleted_by_one_operation_each_whose_progress_is_shown()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        string[] domains = [.. Enumerable.Range(1, 6).Select(i => $"d{i}.held.example")];
        foreach (string domain in domains)
        {
            await lab.FillAsync(domain, 5);
        }

        await using ConsoleTab tab = await OpenAsync(lab, "/ui/queues?q=held.example");
        List<string> orders = [];
        tab.Page.Request += (_, request) =>
        {
            if (request.Method == "POST" && request.Url.EndsWith("/operations", StringComparison.Ordinal))
            {
                orders.Add(request.PostData ?? "");
            }
        };
        await SelectAsync(tab, domains, "v1");
        await tab.ClickAsync("act-reroute");
        await tab.Named("reroute-target").SelectOptionAsync("v2");
        await tab.SaysAsync("reroute-size", "30 recipients");
        await tab.ClickAsync("confirm-yes");
        ILocator notice = await tab.NoticeAsync("Rerouted 30 recipient(s) of 6 queues.");
        await ConsoleTab.Expect(notice.GetByRole(AriaRole.Progressbar)).ToHaveAttributeAsync("aria-valuenow", "100");
        Assert.All(domains, domain => Assert.Equal((0, 5), (lab.Waiting(domain, "v1"), lab.Waiting(domain, "v2"))));
        Assert.Single(orders);
        Assert.All(domains, domain => Assert.Contains($"{domain}/v1", orders[0], StringComparison.Ordinal));

        await notice.GetByTestId("undo").ClickAsync();
        await tab.NoticeAsync("Rerouted 30 recipient(s) of 6 queues.");
        Assert.All(domains, domain => Assert.Equal((5, 0), (lab.Waiting(domain, "v1"), lab.Waiting(domain, "v2"))));
        Assert.Equal(2, orders.Count);

        await tab.Page.ReloadAsync();
        await SelectAsync(tab, domains, "v1");
        await tab.ClickAsync("act-delete");
        await tab.ClickAsync("confirm-yes");
        await tab.NoticeAsync("Deleted 30 recipient(s) of 6 queues.");
        Assert.All(domains, domain => Assert.Equal(0, lab.Waiting(domain)));
        Assert.Equal(3, orders.Count);
        tab.AssertQuiet();
    }

    [Fact]
    public async Task A_session_with_a_host_is_seen_as_it_is_spoken()
    {
        await using ConsoleLab lab = await ConsoleLab.StartAsync();
        await lab.Server.SendAsync("shop@sender.test", "user@busy.example", "X-Virtual-MTA: v1\r\nSubject: hello\r\n\r\nhello\r\n");
        await lab.Server.RecordsAsync("t", 1);
        await using ConsoleTab tab = await OpenAsync(lab, "/ui/queues/busy.example/v1");

        await tab.ClickAsync("trace-start");

        await tab.SaysAsync("trace", "RCPT TO:<user@busy.example>");
        await tab.SaysAsync("trace", "451 4.7.1 too much mail from you");
        await tab.PhotographAsync("trace-light-1280");
        tab.AssertQuiet();
    }

    private async Task<ConsoleTab> OpenAsync(ConsoleLab lab, string path)
    {
        ConsoleTab tab = await chromium.OpenAsync(lab.Console);
        await tab.GoAsync(path);
        return tab;
    }

    private static async Task SelectAsync(ConsoleTab tab, string[] domains, string virtualMta)
    {
        foreach (string domain in domains)
        {
            await tab.Page.GetByLabel($"Select {domain}/{virtualMta}").CheckAsync();
        }
    }

    private static async Task UndoAsync(ConsoleTab tab, string about)
    {
        ILocator notice = await tab.NoticeAsync(about);
        await notice.GetByTestId("undo").ClickAsync();
        await tab.NoticeAsync("Undone.");
    }
}
