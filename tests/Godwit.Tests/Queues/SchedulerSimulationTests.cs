using CsCheck;

namespace Godwit.Tests.Queues;

/// <summary>Random histories of many queues against a model that knows every recipient and every rule. A failure prints the seed that repeats it.</summary>
public sealed class SchedulerSimulationTests
{
    [Fact]
    public void No_history_breaks_a_limit_loses_a_recipient_or_leaves_mail_behind() =>
        Gen.Int.Sample(static seed => new SchedulerSimulation(seed).Run(steps: 1000), iter: 40);
}
