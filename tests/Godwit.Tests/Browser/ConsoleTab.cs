// One page of the console in a browser context of its own. It listens from the beginning: what the page complains of, and what it asks of whom.
// Owned by one test.

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Godwit.Tests.Support;
using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

/// <summary>A page, by the names that console/README.md promises.</summary>
internal sealed class ConsoleTab : IAsyncDisposable
{
    /// <summary>For one thing to come about on a busy machine.</summary>
    private const float PatienceMs = 20_000;

    private static readonly string[] _serious = ["serious", "critical"];

    private readonly IBrowserContext _context;
    private readonly Uri _console;
    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly ConcurrentQueue<string> _strangers = [];
    private readonly List<string> _expected = [];

    private ConsoleTab(IBrowserContext context, IPage page, Uri console)
    {
        (_context, Page, _console) = (context, page, console);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Enqueue($"{message.Text} ({message.Location})");
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
        context.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("data:", StringComparison.Ordinal) && new Uri(request.Url).Authority != _console.Authority)
            {
                _strangers.Enqueue(request.Url);
            }
        };
    }

    public IPage Page { get; }

    public static async Task<ConsoleTab> OpenAsync(IBrowser browser, Uri console)
    {
        IBrowserContext context = await browser.NewContextAsync(new()
        {
            Locale = "en-GB", TimezoneId = "UTC", ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = 1280, Height = 900 },
        });
        context.SetDefaultTimeout(PatienceMs);
        return new ConsoleTab(context, await context.NewPageAsync(), console);
    }

    /// <summary>Opens an address of the console, and waits for live figures where it has them.</summary>
    public async Task GoAsync(string path, bool live = true)
    {
        await Page.GotoAsync(new Uri(_console, path).ToString());
        if (live)
        {
            await SaysAsync("link-state", "live");
        }
    }

    public ILocator Named(string name) => Page.GetByTestId(name);

    public ILocatorAssertions Expect(string name) => Expect(Named(name));

    public static ILocatorAssertions Expect(ILocator locator)
    {
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        return Assertions.Expect(locator);
    }

    public Task ClickAsync(string name) => Named(name).ClickAsync();

    public Task SaysAsync(string name, string text) => Expect(name).ToContainTextAsync(text);

    /// <summary>Waits for a line at the foot of the page with that text.</summary>
    public async Task<ILocator> NoticeAsync(string text)
    {
        ILocator notice = Named("notice").Filter(new() { HasText = text });
        await Expect(notice.First).ToBeVisibleAsync();
        return notice.First;
    }

    /// <summary>Lets answers of the server pass through a hand that changes them: for what a server cannot be brought to say in a test.</summary>
    /// <param name="path">Below /api/v1; a star stands for anything.</param>
    /// <param name="change">Gets the address and the answer, null where it is no JSON.</param>
    public Task AlterAsync(string path, Func<Uri, JsonNode?, JsonNode> change) => Page.RouteAsync($"**/api/v1{path}", async route =>
    {
        IAPIResponse answer = await route.FetchAsync();
        string text = await answer.TextAsync();
        JsonNode? known = answer.Ok ? JsonNode.Parse(text) : null;
        await route.FulfillAsync(new() { Status = 200, ContentType = "application/json", Body = change(new Uri(route.Request.Url), known).ToJsonString() });
    });

    /// <summary>The same for what the overview says: it comes as an answer and, every few seconds, over the stream.</summary>
    public async Task AlterOverviewAsync(Action<JsonNode> change)
    {
        // A stream cannot be changed on its way. Its place is taken by one that asks for the overview again and again.
        await Page.AddInitScriptAsync("""
            window.EventSource = class extends EventTarget {
              constructor() {
                super();
                const tell = async () => {
                  const overview = await (await fetch('/api/v1/overview')).text();
                  this.dispatchEvent(new MessageEvent('overview', { data: overview }));
                };
                this.timer = setInterval(tell, 500);
                void tell();
              }
              close() { clearInterval(this.timer); }
            };
            """);
        await AlterAsync("/overview", (_, answer) =>
        {
            change(answer!);
            return answer!;
        });
    }

    /// <summary>The browser itself writes a line for each answer that is an error: those that a test brings about on purpose.</summary>
    public void Expecting(string complaint) => _expected.Add(complaint);

    /// <summary>Fails when the page complained, or asked somebody else for something.</summary>
    public void AssertQuiet()
    {
        Assert.Empty(_strangers);
        Assert.Empty(_complaints.Where(each => !_expected.Exists(text => each.Contains(text, StringComparison.Ordinal))));
    }

    /// <summary>Fails when the page is wider than the window: its reader would have to scroll sideways.</summary>
    public async Task AssertFitsAsync(string where)
    {
        int[] widths = await Page.EvaluateAsync<int[]>("() => [document.documentElement.scrollWidth, document.body.scrollWidth, window.innerWidth]");
        Assert.True(widths[0] <= widths[2] && widths[1] <= widths[2], $"{where} is {Math.Max(widths[0], widths[1])} px wide in a window of {widths[2]}");
    }

    /// <summary>Fails on what axe calls serious or critical.</summary>
    public async Task AssertAccessibleAsync(string where)
    {
        AxeResult result = await Page.RunAxe();
        Assert.NotEmpty(result.Passes);
        IEnumerable<string> found = result.Violations
            .Where(each => _serious.Contains(each.Impact, StringComparer.Ordinal))
            .Select(each => $"{where}: {each.Id}, {each.Help}\n  {string.Join("\n  ", each.Nodes.Select(node => $"{node.Html} {node.Any.FirstOrDefault()?.Message}"))}");
        Assert.True(!found.Any(), string.Join('\n', found));
    }

    /// <summary>Keeps a picture of the page under TestResults/screenshots.</summary>
    public Task PhotographAsync(string name) =>
        Page.ScreenshotAsync(new() { Path = Path.Combine(Checkout.Root, "TestResults", "screenshots", name + ".png"), Animations = ScreenshotAnimations.Disabled });

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
