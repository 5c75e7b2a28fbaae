using Godwit.Control;
using Godwit.Settings;
using Godwit.Tests.Web;

namespace Godwit.Tests.Control;

/// <summary>A reload, checks and edits of the configuration take turns.</summary>
public sealed class ReloadTurnTests
{
    private readonly TaskCompletionSource<ConfigLoad> _check = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ReloadReport> _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reload_waits_for_the_check_that_is_under_way()
    {
        await using PortLab lab = await LabAsync();
        Task<ConfigLoad> checking = lab.Server.Operator.ConfigFiles.TestAsync(() => _check.Task);
        Task<ReloadReport> reload = lab.Server.Operator.ReloadAsync(Cancellation);
        Assert.False(_begun.Task.IsCompleted);

        _check.SetResult(ConfigFile.LoadText(""));

        await _begun.Task.WaitAsync(Cancellation);
        _reading.SetResult(TestServer.Reloaded(2));
        Assert.True((await reload).Reloaded);
        await checking;
    }

    [Fact]
    public async Task A_check_that_hangs_holds_a_reload_up_for_a_while_only()
    {
        await using PortLab lab = await LabAsync();
        Task<ConfigLoad> checking = lab.Server.Operator.ConfigFiles.TestAsync(() => _check.Task);
        Task<ReloadReport> reload = lab.Server.Operator.ReloadAsync(Cancellation);
        lab.Server.Time.Advance(ConfigurationFiles.ReloadPatience - TimeSpan.FromSeconds(1));
        Assert.False(_begun.Task.IsCompleted);

        lab.Server.Time.Advance(TimeSpan.FromSeconds(1));

        await _begun.Task.WaitAsync(Cancellation);
        _reading.SetResult(TestServer.Reloaded(2));
        Assert.True((await reload).Reloaded);

        // It has not given back what it never had: the next check still waits for the one that hangs.
        Task<ConfigLoad> next = lab.Server.Operator.ConfigFiles.TestAsync(static () => Task.FromResult(ConfigFile.LoadText("")));
        Assert.False(next.IsCompleted);
        _check.SetResult(ConfigFile.LoadText(""));
        await Task.WhenAll(checking, next);
    }

    [Fact]
    public async Task A_reload_that_hangs_holds_those_up_who_look_for_a_while_only()
    {
        await using PortLab lab = await LabAsync();
        Task<ReloadReport> reload = lab.Server.Operator.ReloadAsync(Cancellation);
        Task<ConfigLoad> look = lab.Server.Operator.ConfigFiles.TestAsync(static () => Task.FromResult(ConfigFile.LoadText("")));
        lab.Server.Time.Advance(ConfigurationFiles.ReloadPatience - TimeSpan.FromSeconds(1));
        Assert.False(look.IsCompleted);

        lab.Server.Time.Advance(TimeSpan.FromSeconds(1));

        await look.WaitAsync(Cancellation);
        Assert.False(reload.IsCompleted);
        _reading.SetResult(TestServer.Reloaded(2));
        Assert.True((await reload).Reloaded);
    }

    [Fact]
    public async Task Nothing_is_written_while_a_reload_reads()
    {
        await using PortLab lab = await LabAsync();
        string main = lab.WriteConfig();
        string before = File.ReadAllText(main);
        Task<ReloadReport> reload = lab.Server.Operator.ReloadAsync(Cancellation);
        await _begun.Task.WaitAsync(Cancellation);

        Task<OperatorReport> commit = lab.Server.Operator.ConfigFiles.ReplaceMainAsync(before + "total-max-smtp-in 7\n", "ann");
        // That nothing happens cannot be awaited: it gets ten times the time that it needs otherwise.
        await Assert.ThrowsAsync<TimeoutException>(() => commit.WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System, Cancellation));
        Assert.Equal(before, File.ReadAllText(main));

        _reading.SetResult(TestServer.Reloaded(2));
        await reload;
        Assert.Equal(ReportOutcome.Done, (await commit).Outcome);
        Assert.NotEqual(before, File.ReadAllText(main));
    }

    private async Task<PortLab> LabAsync()
    {
        PortLab lab = await PortLab.OpenAsync(AccessLevel.Admin);
        lab.Server.Reload = _ =>
        {
            _begun.SetResult();
            return _reading.Task;
        };
        return lab;
    }
}
