using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>
/// Ready recipients of one stream and priority in one queue, first in first out. A mutable struct: an element of <see cref="ReadyRecipients"/>.
/// </summary>
internal struct JobLine
{
    public RecipientList List;

    /// <summary>The lowest goes next.</summary>
    public long Pass;

    public int Stream;
    public byte Priority;

    /// <summary>Nobody of it goes: its job is paused, or a reply holds it.</summary>
    public bool IsHeld;

    /// <summary>More streams than there may be lines: this one has several, in the order of their coming.</summary>
    public bool IsMixed;

    /// <summary>Whether a recipient of this stream and priority belongs here.</summary>
    public readonly bool Takes(int stream, byte priority) => Stream == stream && Priority == priority && !IsMixed;

    public void Become(int stream, byte priority, bool isHeld) =>
        (Stream, Priority, IsHeld, IsMixed) = (stream, priority, isHeld, false);
}
