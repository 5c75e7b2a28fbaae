// SIGHUP to a real process: at any time, and whatever the reload runs into.

using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class HangUpTests
{
    private const string Reading = "SIGHUP: the configuration is read anew";
    private const string Started = " started; configuration ";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact(Timeout = 180_000)]
    public async Task A_hang_up_while_the_server_starts_is_remembered_and_reloads_when_it_has_started()
    {
        using var site = new PeerSite();
        await File.WriteAllLinesAsync(
            site.File("long.conf"), Enumerable.Repeat("# a line that takes its time to read", 400_000), TestContext.Current.CancellationToken);
        site.Configure("max-smtp-out 1", global: $"include {site.File("long.conf")}");
        await using GodwitProcess server = GodwitProcess.Launch(site.ConfigFile);
        await Eventually.TrueAsync(() => server.CatchesHangUp, _limit, () => server.Errors);
        Assert.Empty(Directory.EnumerateFiles(site.Spool));

        server.SignalHangUp();

        await Eventually.TrueAsync(() => site.Log.Contains("put in force by a reload", StringComparison.Ordinal), _limit, () => $"a reload: {site.Log}");
        Assert.False(server.HasExited);
        Assert.InRange(site.Log.IndexOf(Reading, StringComparison.Ordinal), site.Log.IndexOf(Started, StringComparison.Ordinal), int.MaxValue);
        Assert.Equal(0, await server.TerminateAsync());
    }

    [Fact(Timeout = 180_000)]
    public async Task A_reload_that_breaks_off_is_in_the_log_and_the_server_goes_on()
    {
        Tool.Need("mkfifo");
        using var site = new PeerSite();
        site.Configure("max-smtp-out 1");
        await using GodwitProcess server = await site.StartAsync();

        // What no accounting file can be: the newest one, and without a length.
        string folder = site.File("odd");
        Directory.CreateDirectory(folder);
        ToolResult made = await Tool.RunAsync("mkfifo", [Path.Combine(folder, "acct-2099-01-01-0000.csv")], _limit);
        Assert.Equal(0, made.ExitCode);
        site.Accounting = Path.Combine(folder, "acct.csv");
        site.Configure("max-smtp-out 1");
        server.SignalHangUp();

        await Eventually.TrueAsync(() => site.Log.Contains("the reload broke off on an internal error", StringComparison.Ordinal), _limit, () => site.Log);
        var loader = new MailLoader(site.SmtpPort, 1);
        await loader.SendAsync([new LoadedMail("a", "a@there.test", Letter.Write("a", 300))]);
        Assert.Equal(1, loader.AcknowledgedCount);
        Assert.Equal(0, await server.TerminateAsync());
    }
}
