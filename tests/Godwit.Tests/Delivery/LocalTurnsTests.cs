using Godwit.Delivery;

namespace Godwit.Tests.Delivery;

public sealed class LocalTurnsTests
{
    /// <summary>What must happen happens at once; a test that is wrong ends after this.</summary>
    private static readonly TimeSpan _limitOfWaiting = TimeSpan.FromSeconds(10);

    private int _limit = 2;

    [Fact]
    public async Task As_many_are_in_as_the_limit_says_and_the_next_comes_in_when_one_leaves()
    {
        LocalTurns turns = new(() => _limit);
        Assert.True(turns.EnterAsync(CancellationToken.None).IsCompletedSuccessfully);
        Assert.True(turns.EnterAsync(CancellationToken.None).IsCompletedSuccessfully);

        Task<bool> third = turns.EnterAsync(CancellationToken.None).AsTask();
        Task<bool> fourth = turns.EnterAsync(CancellationToken.None).AsTask();
        Assert.Equal((false, false), (third.IsCompleted, fourth.IsCompleted));
        turns.Leave();

        Assert.True(await third.WaitAsync(_limitOfWaiting, TestContext.Current.CancellationToken));
        Assert.False(fourth.IsCompleted);
    }

    [Fact]
    public async Task Who_finds_the_line_full_is_sent_away_at_once()
    {
        LocalTurns turns = Full(out CancellationTokenSource _, out Task<bool> _);

        Assert.False(await turns.EnterAsync(CancellationToken.None).AsTask().WaitAsync(_limitOfWaiting, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Who_gives_up_leaves_its_place_in_the_line_to_others()
    {
        LocalTurns turns = Full(out CancellationTokenSource gives, out Task<bool> last);
        await gives.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => last.WaitAsync(_limitOfWaiting, TestContext.Current.CancellationToken));

        Task<bool> next = turns.EnterAsync(CancellationToken.None).AsTask();
        Assert.False(next.IsCompleted);
        turns.Leave();
        turns.Leave();

        Assert.True(await next.WaitAsync(_limitOfWaiting, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_larger_limit_lets_all_in_that_it_allows_when_the_next_leaves()
    {
        LocalTurns turns = Full(out CancellationTokenSource _, out Task<bool> last);

        _limit = 3;
        turns.Leave();

        Assert.True(await last.WaitAsync(_limitOfWaiting, TestContext.Current.CancellationToken));
    }

    /// <summary>Two are in, two wait.</summary>
    private LocalTurns Full(out CancellationTokenSource last, out Task<bool> lastTurn)
    {
        LocalTurns turns = new(() => _limit);
        _ = turns.EnterAsync(CancellationToken.None).AsTask();
        _ = turns.EnterAsync(CancellationToken.None).AsTask();
        _ = turns.EnterAsync(CancellationToken.None).AsTask();
        last = new CancellationTokenSource();
        lastTurn = turns.EnterAsync(last.Token).AsTask();
        return turns;
    }
}
