// One browser for all tests of the console: Debian's Chromium, driven by Playwright. Started with the first of them, ended behind the last.
// Where the browser or its driver is missing, every test that asks for a page is skipped and says which.

using Godwit.Tests.Support;
using Microsoft.Playwright;

namespace Godwit.Tests.Browser;

/// <summary>The browser. Tests get contexts of it, which share nothing.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>No sandbox: tests run as root, in containers. The rest keeps the browser from calling home: everything that it asks for is counted.</summary>
    private static readonly string[] _arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string _missing = "";

    public async ValueTask InitializeAsync()
    {
        if (Tool.Find("chromium") is not { } program)
        {
            _missing = "needs chromium (Debian package chromium)";
            return;
        }

        try
        {
            _playwright = await Playwright.CreateAsync();
        }
        catch (PlaywrightException trouble)
        {
            _missing = $"needs the driver of Microsoft.Playwright: {trouble.Message}";
            return;
        }

        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = _arguments });
    }

    /// <summary>A context of its own with one page; skips the running test where there is no browser.</summary>
    internal async Task<ConsoleTab> OpenAsync(Uri console)
    {
        Assert.SkipWhen(_browser is null, _missing);
        return await ConsoleTab.OpenAsync(_browser!, console);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}

/// <summary>Tests of the console come one after the other, in one browser; those that only look share one server, too.</summary>
[CollectionDefinition(Name)]
#pragma warning disable CA1711 // xunit calls it so.
public sealed class BrowserCollection : ICollectionFixture<Chromium>, ICollectionFixture<BusyLab>
{
    public const string Name = "browser";
}
#pragma warning restore CA1711
