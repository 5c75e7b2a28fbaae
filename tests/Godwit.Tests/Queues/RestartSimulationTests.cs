using CsCheck;

namespace Godwit.Tests.Queues;

/// <summary>A restart at any point of random histories. A failure prints the seed that repeats it.</summary>
public sealed class RestartSimulationTests
{
    [Fact]
    public async Task What_operators_and_providers_have_said_is_the_same_after_a_restart_at_any_point() =>
        await Gen.Int.SampleAsync(static seed => new RestartSimulation(seed).RunAsync(steps: 50 + (int)((uint)seed % 800)), iter: 60);
}
