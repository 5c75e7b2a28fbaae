using Godwit.Foundation;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Foundation;

public sealed class WakeSignalTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly WakeSignal _signal = new();

    [Fact]
    public async Task Setting_it_wakes_the_waiter()
    {
        Task<bool> wait = Wait(TimeSpan.FromSeconds(1));
        Assert.False(wait.IsCompleted);

        _signal.Set();

        Assert.True(await wait);
    }

    [Fact]
    public async Task Several_settings_before_a_wait_are_one()
    {
        _signal.Set();
        _signal.Set();

        Assert.True(await Wait(Timeout.InfiniteTimeSpan));
        Assert.False(Wait(Timeout.InfiniteTimeSpan).IsCompleted);
    }

    [Fact]
    public async Task A_wait_ends_at_its_timeout_and_loses_no_later_setting()
    {
        Task<bool> wait = Wait(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await wait);

        _signal.Set();

        Assert.True(await Wait(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_cancelled_wait_throws()
    {
        using var stop = new CancellationTokenSource();
        Task<bool> wait = _signal.WaitAsync(TimeSpan.FromSeconds(1), _time, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(0)]
    public async Task A_time_that_has_passed_already_ends_the_wait_at_once(int milliseconds)
    {
        Assert.False(await Wait(TimeSpan.FromMilliseconds(milliseconds)));
        _signal.Set();
        Assert.True(await Wait(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public async Task A_wait_may_be_longer_than_any_timer()
    {
        Task<bool> wait = Wait(Instant.Never - Instant.FromUnixMilliseconds(0));
        Assert.False(wait.IsCompleted);
        _signal.Set();
        Assert.True(await wait);
    }

    [Fact]
    public async Task No_setting_is_lost_between_a_setter_and_a_waiter_on_two_threads()
    {
        const int Rounds = 20_000;
        int produced = 0;
        Task setter = Task.Run(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                Interlocked.Increment(ref produced);
                _signal.Set();
            }
        });

        // Every wait that ends sees all that was produced before the setting that ended it; so the last one is always seen.
        int seen = 0;
        while (seen < Rounds)
        {
            Assert.True(await _signal.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, CancellationToken.None));
            seen = Volatile.Read(ref produced);
        }

        await setter;
    }

    private Task<bool> Wait(TimeSpan timeout) => _signal.WaitAsync(timeout, _time, CancellationToken.None);
}
