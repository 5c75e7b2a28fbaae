using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>What a queue with several lines, or with held ones, needs beyond its first line. Owned by <see cref="ReadyRecipients"/>.</summary>
internal sealed class JobTurns
{
    /// <summary>The lines behind the first.</summary>
    public JobLine[] Lines = new JobLine[3];

    /// <summary>The pass of the line that was served last: who comes anew starts there, and silence saves up no turns.</summary>
    public long Turn;

    /// <summary>Jobs and senders that replies hold or slow here; null when none are.</summary>
    public StreamCurbs? Curbs;

    /// <summary>When the line of many held streams is looked through for those that have been let go.</summary>
    public Instant ShelfDue = Instant.Never;
}
