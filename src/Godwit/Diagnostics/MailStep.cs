namespace Godwit.Diagnostics;

/// <summary>What a minute, or ten, brought to a queue or a destination, and what stood at the end.</summary>
/// <param name="Number">The step's place: minutes, or tens of minutes, since 1970.</param>
/// <param name="Delivered">Recipients.</param>
/// <param name="Deferred">Attempts at recipients that ended in "later".</param>
/// <param name="Bounced">Recipients given up.</param>
/// <param name="Queued">Recipients without a final fate; <see cref="NotSampled"/> where nobody looked.</param>
/// <param name="Connections">Likewise.</param>
public readonly record struct MailStep(int Number, int Delivered, int Deferred, int Bounced, int Queued, int Connections)
{
    public const int NotSampled = -1;
}
