using System.Net;
using Godwit.Trust;

namespace Godwit.Tests.Trust;

/// <summary>One slow host never takes every turn.</summary>
public sealed class HttpsTurnsTests
{
    private readonly HttpsTurns _turns = new();

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", "192.0.2.2")]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", "2001:db8:0:2::1")]
    public async Task A_host_that_never_answers_has_four_turns_and_others_go_on(string slow, string neighbour, string other)
    {
        IDisposable[] held = [.. await Task.WhenAll(Enumerable.Range(0, HttpsTurns.MaxAtOneAddress).Select(_ => Take(slow)))];
        Task<IDisposable> waiting = Take(neighbour);

        Assert.False(waiting.IsCompleted);
        Assert.True(Take(other).IsCompletedSuccessfully);
        held[0].Dispose();
        held[0].Dispose();
        (await waiting).Dispose();
        Assert.True(Take(slow).IsCompletedSuccessfully);
        Assert.False(Take(slow).IsCompleted);
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_leaves_its_place_to_the_next()
    {
        using var stop = new CancellationTokenSource();
        IDisposable[] held = [.. await Task.WhenAll(Enumerable.Range(0, HttpsTurns.MaxAtOneAddress).Select(_ => Take("192.0.2.1")))];
        Task<IDisposable> impatient = _turns.TakeAsync(IPAddress.Parse("192.0.2.1"), stop.Token);
        Task<IDisposable> patient = Take("192.0.2.1");

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        held[0].Dispose();

        (await patient).Dispose();
    }

    [Fact]
    public void Requests_under_way_have_a_bound()
    {
        for (int i = 0; i < HttpsTurns.MaxAtOnce; i++)
        {
            Assert.True(Take($"192.0.2.{i}").IsCompletedSuccessfully);
        }

        Assert.False(Take("192.0.2.200").IsCompleted);
    }

    private Task<IDisposable> Take(string address) => _turns.TakeAsync(IPAddress.Parse(address), TestContext.Current.CancellationToken);
}
