using Godwit.Disposition;

namespace Godwit.Delivery;

/// <summary>What became of one recipient.</summary>
/// <param name="Verdict">Null when nobody of the queue can be served now.</param>
/// <param name="QueueProblem">Why not, for the operator; empty with a verdict, and when there was no turn.</param>
internal readonly record struct DropResult(Verdict? Verdict, string QueueProblem)
{
    public static DropResult Of(Verdict verdict) => new(verdict, "");

    public static DropResult Queue(string problem) => new(null, problem);
}

/// <summary>A place on this machine that takes messages, one recipient at a time: a file or a program.</summary>
internal interface IRecipientDrop
{
    /// <summary>Delivers to one recipient of the envelope. What the device says becomes a result; <see cref="Spool.SpoolException"/> passes through.</summary>
    ValueTask<DropResult> DeliverAsync(MessageContent content, int index, CancellationToken abort);
}
