namespace Godwit.Queues;

/// <summary>What a queue with several lines, or with held ones, needs beyond its first line. Owned by <see cref="ReadyRecipients"/>.</summary>
internal sealed class JobTurns
{
    /// <summary>The lines behind the first.</summary>
    public JobLine[] Lines = new JobLine[3];

    /// <summary>The pass of the line that was served last: who comes anew starts there, and silence saves up no turns.</summary>
    public long Turn;

    public List<StreamHold> Holds { get; } = [];
}
