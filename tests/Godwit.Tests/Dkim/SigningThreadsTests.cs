using Godwit.Dkim;
using Godwit.Foundation;

namespace Godwit.Tests.Dkim;

public sealed class SigningThreadsTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly ManualResetEventSlim _gate = new();
    private readonly List<string> _done = [];
    private SigningThreads? _threads;

    public void Dispose()
    {
        _gate.Set();
        _threads?.Dispose();
        _gate.Dispose();
    }

    [Fact]
    public async Task Verifying_never_takes_all_threads_from_signing()
    {
        SigningThreads threads = With(cores: 2);
        Task<bool>[] verifying = [.. Enumerable.Range(0, 5).Select(_ => threads.VerifyAsync(Block))];

        // A thread that is free before each of them would sooner or later take what is to be verified.
        for (int i = 0; i < 200; i++)
        {
            Assert.True(await threads.SignAsync(() => true).WaitAsync(_patience, TestContext.Current.CancellationToken));
        }

        _gate.Set();
        await Task.WhenAll(verifying);
    }

    [Fact]
    public async Task Signing_goes_first_and_what_is_verified_still_gets_a_turn()
    {
        SigningThreads threads = With(cores: 1);
        Task<bool> first = threads.SignAsync(Block);
        Task<bool>[] verifying = [.. Enumerable.Range(0, 2).Select(i => threads.VerifyAsync(() => Note("verified")))];
        Task<bool>[] signing = [.. Enumerable.Range(0, 20).Select(i => threads.SignAsync(() => Note("signed")))];

        _gate.Set();
        await Task.WhenAll([first, .. verifying, .. signing]);

        Assert.Equal("signed", _done[0]);
        Assert.InRange(_done.IndexOf("verified"), 1, 10);
        Assert.NotEqual("verified", _done[^1]);
    }

    [Fact]
    public async Task Everything_that_was_handed_in_is_done_before_the_end_also_what_waits_for_a_place()
    {
        SigningThreads threads = With(cores: 1);
        var orders = new List<Task<bool>> { threads.SignAsync(Block) };
        orders.AddRange(Enumerable.Range(0, 1500).Select(_ => threads.SignAsync(() => true)));

        Task end = Task.Run(threads.Dispose, TestContext.Current.CancellationToken);
        Task<bool> late;
        do
        {
            // As soon as the end has begun nobody is let in any more.
            late = threads.VerifyAsync(() => true);
            orders.Add(late);
            await Task.Yield();
        }
        while (!late.IsFaulted);
        _gate.Set();
        await end;

        orders.Remove(late);
        Assert.All(await Task.WhenAll(orders).WaitAsync(_patience, TestContext.Current.CancellationToken), Assert.True);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => late);
    }

    private SigningThreads With(int cores) => _threads = new SigningThreads(new ServerClock(TimeProvider.System), cores);

    private bool Block()
    {
        _gate.Wait();
        return true;
    }

    private bool Note(string what)
    {
        lock (_done)
        {
            _done.Add(what);
        }

        return true;
    }
}
