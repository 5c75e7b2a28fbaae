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

    /// <summary>Those that replies hold or slow in all queues of the provider; null when none are.</summary>
    public StreamCurbs? Shared;

    /// <summary>As whom it waits for one of <see cref="Shared"/>.</summary>
    public MailQueue? Owner;

    /// <summary>When the lines of several streams are looked through for those that are held now, or let go.</summary>
    public Instant MixedDue = Instant.Never;

    /// <summary>Under way; null when nobody looks.</summary>
    public MixedLook? Look;

    /// <summary>Whether there is something to keep when the last recipient has gone.</summary>
    public bool HasCurbs => Curbs is not null || Shared is not null;
}
