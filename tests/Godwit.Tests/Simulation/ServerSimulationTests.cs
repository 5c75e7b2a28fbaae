// A thousand histories of a server that is interrupted at any moment: queues, both doors and the spool together, on one thread and on fake time.
// A failure names its seed; Seed_tells_its_story_again runs one alone.

namespace Godwit.Tests.Simulation;

public sealed class ServerSimulationTests
{
    private const int Seeds = 250;

    [Theory]
    [InlineData(0)]
    [InlineData(10_000)]
    [InlineData(20_000)]
    [InlineData(30_000)]
    public void No_recipient_is_lost_starved_or_sent_twice_without_reason(int firstSeed)
    {
        var tally = new Tally();
        for (int seed = firstSeed; seed < firstSeed + Seeds; seed++)
        {
            Run(seed, tally);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(tally.ToString());
        Assert.Empty(tally.Missing());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4711)]
    [InlineData(10035)]
    public void Seed_tells_its_story_again(int seed)
    {
        var first = new Tally();
        var second = new Tally();
        Run(seed, first);
        Run(seed, second);
        Assert.Equal(first.ToString(), second.ToString());
    }

    [Theory]
    [InlineData(40690)] // A delay notice came twice in one interval: the first had waited in settlement until the next was due.
    [InlineData(41045)] // Orders behind a batch that delay notices had filled were left in settlement.
    [InlineData(57)] // A spool whose device had failed kept four segments, and the start after it freed them.
    [InlineData(10204)] // The same.
    [InlineData(41005)] // The same, in a history that has changed since.
    public void A_history_that_once_failed_comes_to_its_end(int seed) => Run(seed, new Tally());

    [Fact]
    public void A_device_that_fails_again_and_again_loses_nothing_either()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Run(seed, new Tally(), isHarsh: true);
        }
    }

    [Theory]
    [InlineData(100166)] // The index that said where a failed segment ends was seen after a restart and was not on the device.
    [InlineData(100671)] // The same.
    [InlineData(101186)] // Halves of that index and of the one that replaced it made an intact one, which cut off what had been shown.
    [InlineData(103104)] // The same.
    public void A_harsh_history_that_once_failed_comes_to_its_end(int seed) => Run(seed, new Tally(), isHarsh: true);

    private static void Run(int seed, Tally tally, bool isHarsh = false)
    {
        // Continuations of the fake clock's timers run where time is advanced.
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var history = new History(seed, tally, isHarsh);
        try
        {
            history.Run();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"seed {seed}: {failure.Message} [{history.Story}]", failure);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }
}
