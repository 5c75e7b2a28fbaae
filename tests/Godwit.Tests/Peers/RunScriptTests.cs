// ./run as a newcomer types it, in a copy of its own on ports of its own: what it exits with, and that it leaves no server behind.

using System.Globalization;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class RunScriptTests
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    /// <summary>A thousand messages take seconds, starting three programs too; on a crowded machine, minutes.</summary>
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    [Theory(Timeout = 300_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Once_a_thousand_messages_have_arrived_it_sums_up_and_ends_with_0(bool published)
    {
        await using var tree = new RunTree(published);
        await using RunningTool run = tree.Run("--once");

        Assert.Equal(0, await run.WaitForExitAsync(_limit));

        Assert.Contains($"SMTP on 127.0.0.1:{tree.SmtpPort}, management on http://127.0.0.1:{tree.WebPort}/\n", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n  accepted +1000\n  delivered +1000\n  deferred +0 .*\n  bounced +0\n", run.Output);
        AccountingRow[] delivered = [.. new AccountingCsv(tree.Path("var/log"), "acct-*.csv").Of("d")];
        Assert.Equal(1000, delivered.Select(row => row["rcpt"]).Distinct().Count());
        AssertNothingIsLeft(tree);
    }

    [Fact(Timeout = 300_000)]
    public async Task When_not_all_of_them_arrive_it_ends_with_1()
    {
        await using var tree = new RunTree();
        string config = await File.ReadAllTextAsync(tree.Path("examples/quickstart.conf"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            tree.Path("examples/quickstart.conf"), config + "\n<source 127.0.0.1>\n  max-message-size 1K\n</source>\n", TestContext.Current.CancellationToken);
        await using RunningTool run = tree.Run("--once");

        Assert.Equal(1, await run.WaitForExitAsync(_limit));

        Assert.Contains("1000 were not accepted; the last reason: 552 ", run.Output, StringComparison.Ordinal);
        AssertNothingIsLeft(tree);
    }

    /// <summary>Ctrl-C reaches all programs of a terminal; a supervisor's signal reaches the script alone.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData("SMTP on", true)]
    [InlineData("stays up until Ctrl-C", true)]
    [InlineData("stays up until Ctrl-C", false)]
    public async Task Interrupted_it_stops_the_server_and_ends_with_130(string when, bool everybody)
    {
        await using var tree = new RunTree();
        await using RunningTool run = tree.Run();
        await tree.SaysAsync(run, when, _limit);

        Tool.Signal(everybody ? -run.Id : run.Id, Interrupt);

        Assert.Equal(130, await run.WaitForExitAsync(_limit));
        AssertNothingIsLeft(tree);
    }

    [Fact(Timeout = 300_000)]
    public async Task Terminated_it_stops_the_server_and_ends_with_143()
    {
        await using var tree = new RunTree();
        await using RunningTool run = tree.Run();
        await tree.SaysAsync(run, "stays up until Ctrl-C", _limit);

        Tool.Signal(run.Id, Terminate);

        Assert.Equal(143, await run.WaitForExitAsync(_limit));
        AssertNothingIsLeft(tree);
    }

    [Fact(Timeout = 300_000)]
    public async Task With_a_configuration_of_ones_own_it_is_the_server_and_paths_are_as_its_owner_sees_them()
    {
        using var site = new PeerSite();
        site.Configure("type discard");
        await using var tree = new RunTree();
        await using RunningTool run = tree.RunFrom(Path.GetDirectoryName(site.ConfigFile)!, "--config", Path.GetFileName(site.ConfigFile));
        await Eventually.TrueAsync(() => run.HasExited || GodwitProcess.Listens(site.SmtpPort), _limit, () => run.Output);
        Assert.False(run.HasExited, run.Output);
        var loader = new MailLoader(site.SmtpPort, 1);
        await loader.SendAsync([new LoadedMail("one", "b@there.test", Letter.Write("one", 500))]);
        Assert.Equal(1, loader.AcknowledgedCount);

        Tool.Signal(run.Id, Terminate);

        Assert.Equal(0, await run.WaitForExitAsync(_limit));
        Assert.Contains("godwitd stopped after SIGTERM\n", site.Log, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_port_that_is_taken_is_named_and_no_server_is_started()
    {
        await using var tree = new RunTree();
        await using var other = new ScriptedSmtpServer(port: tree.SmtpPort);
        await using RunningTool run = tree.Run("--once");

        Assert.Equal(1, await run.WaitForExitAsync(_limit));

        Assert.StartsWith($"run: 127.0.0.1:{tree.SmtpPort} is taken by another program", run.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tree.Path("var")));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("--twice", "./run --once")]
    [InlineData("--config", "--config needs a file")]
    public async Task Wrong_arguments_are_usage(string argument, string said)
    {
        await using var tree = new RunTree();
        await using RunningTool run = tree.Run(argument);

        Assert.Equal(2, await run.WaitForExitAsync(_limit));
        Assert.Contains(said, run.Output, StringComparison.Ordinal);
    }

    /// <summary>No process, and a server that had time to say goodbye.</summary>
    private static void AssertNothingIsLeft(RunTree tree)
    {
        Assert.Empty(tree.Processes().Select(id => id.ToString(CultureInfo.InvariantCulture)));
        string log = File.ReadAllText(tree.Path("var/log/godwit.log"));
        Assert.True(new[] { "SIGTERM", "SIGINT" }.Any(signal => log.Contains($"godwitd stopped after {signal}\n", StringComparison.Ordinal)), log);
    }
}
