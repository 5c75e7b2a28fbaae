namespace Godwit.Queues;

/// <summary>How far the lines of several streams have been looked through. Owned by <see cref="JobTurns"/>.</summary>
internal sealed class MixedLook
{
    public int Line;

    /// <summary>The last recipient of the line that was seen and left; null when none was.</summary>
    public QueuedRecipient? To;

    /// <summary>Something has opened or closed meanwhile: those seen already are to be seen once more.</summary>
    public bool Again;
}
