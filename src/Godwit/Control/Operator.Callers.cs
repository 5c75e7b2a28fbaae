// What comes over HTTP, whichever address it comes to: judged, noted with its sender, done. There is no other way from a request to a change, so that every
// one of them stands in the log with who made it. A caller that has only looked (GET) has no proof for a change, and none is made for it.

using Godwit.Diagnostics;
using Godwit.Queues;

namespace Godwit.Control;

public sealed partial class Operator
{
    /// <summary>What a caller lacks for a command.</summary>
    /// <param name="proof">The CSRF token of a form's field, where it has one.</param>
    internal static CommandLack LackOf(OperatorCommand command, Caller caller, string? proof = null) =>
        caller.Level < command.Needs ? CommandLack.Level
        : command.Changes && !caller.MayChange && !caller.Accepts(proof) ? CommandLack.Proof
        : CommandLack.None;

    /// <summary>Does what a caller's command says, if the caller may.</summary>
    /// <param name="proof">The CSRF token of a form's field, where it has one.</param>
    /// <param name="aborted">Ends a look that nobody waits for any more. A change that was begun is finished.</param>
    /// <returns>What the caller lacks; or the report, which is null then and only then.</returns>
    internal async Task<(CommandLack Lack, OperatorReport? Report)> RunAsync(
        OperatorCommand command, Caller caller, string? proof, CancellationToken aborted)
    {
        if (LackOf(command, caller, proof) is var lack and not CommandLack.None)
        {
            return (lack, null);
        }

        command.MaySeeAddresses = caller.MaySeeAddresses;
        if (command.Changes)
        {
            // What came of it is the operator's line; who it was, this one.
            log.ConsoleCommand(caller.Name, command.Line);
        }

        return (CommandLack.None, await RunAsync(command, command.Changes ? CancellationToken.None : aborted));
    }

    /// <summary>The reload of a caller. One that was begun is finished, whether or not its asker still listens.</summary>
    internal Task<ReloadReport> ReloadAsync(Caller caller)
    {
        Note(caller, "reload");
        return ReloadAsync(CancellationToken.None);
    }

    /// <summary>The verb "trace --retry-recipients" with each line as it is said.</summary>
    /// <param name="tell">Must not wait: the delivery would.</param>
    internal async Task<OperatorReport> TraceAsync(QueuePattern queue, Caller caller, Action<string> tell, CancellationToken cancellation)
    {
        Note(caller, $"trace --retry-recipients {queue}");

        // Whoever looks on wants to see something: recipients do not wait for their own times.
        var options = new CommandOptions();
        options.Read("--retry-recipients", null);
        OperatorReport report = await _trace.RunAsync(queue, options, cancellation, tell);
        log.OperatorChanged($"trace {queue}", report.Message);
        return report;
    }

    /// <summary>Asks an operation to stop. False when there is none.</summary>
    internal bool StopOperation(int id, Caller caller)
    {
        Note(caller, $"stop operation {id}");
        return Operations.Stop(id);
    }

    /// <summary>Throws when a route lets somebody change something who has not proved to be no foreign page: the port lets nobody through to one.</summary>
    private void Note(Caller caller, string command)
    {
        if (!caller.MayChange)
        {
            throw new InvalidOperationException($"a request that may only look asks for a change: {command}");
        }

        log.ConsoleCommand(caller.Name, command);
    }
}
