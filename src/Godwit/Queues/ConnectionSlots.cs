// One limit on connections that several queues share, with the line of those that wait for it: the server has one, every virtual MTA has one.
// A slot is in use from the grant until the ticket is closed. A ticket that was told to close still holds its slot, and is counted as closing, so that one
// waiting queue makes one connection give way and not all of them.

namespace Godwit.Queues;

/// <summary>Slots for connections.</summary>
internal sealed class ConnectionSlots
{
    public int Limit { get; set; }

    public int InUse { get; private set; }

    public int Closing { get; set; }

    public WaitingLine Line { get; } = new();

    public bool HasRoom => InUse < Limit;

    /// <summary>The limit was lowered below what is in use.</summary>
    public bool IsOver => InUse - Closing > Limit;

    /// <summary>
    /// The queue that waits for a slot which a connection of <paramref name="holder"/> could give; null when nobody does whom closing tickets will
    /// not serve already.
    /// </summary>
    public MailQueue? WaitingFor(MailQueue holder)
    {
        if (HasRoom || Line.Count == 0)
        {
            return null;
        }

        int others = Line.Count - (Line.Holds(holder) ? 1 : 0);
        return others > Closing ? Line.FirstOtherThan(holder) : null;
    }

    public void Take() => InUse++;

    public void GiveBack()
    {
        if (--InUse < 0)
        {
            throw new InvalidOperationException("more connection slots were given back than taken");
        }
    }
}
