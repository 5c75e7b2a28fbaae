// Limits that several queues share, with the line of those that wait for them: the server has one, every pool and every virtual MTA has one.
// A slot is in use from the grant until the ticket is closed. A ticket that was told to close still holds its slot, and is counted as closing, so that one
// waiting queue makes one connection give way and not all of them.
// A shared rate acts like a shortage of slots: while a connection waits for it, or while its next unit lies ahead, nobody gets a further connection. So
// those that share it take turns by the rules for slots, and a rate of one a minute keeps no connection waiting for a minute.
// Owned by the scheduler, which looks again at the time that NextRoom tells.

using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>Connections and rates of a group of queues.</summary>
internal sealed class SharedLimit : DueNode
{
    private FlowGate _flow;

    public int Limit { get; set; } = int.MaxValue;

    /// <summary>Recipients attempted by all.</summary>
    public Rate MessageRate { get; private set; }

    /// <summary>Octets delivered by all.</summary>
    public Rate VolumeRate { get; private set; }

    public int InUse { get; private set; }

    public int Closing { get; set; }

    /// <summary>Connections that wait for one of the rates.</summary>
    public int RateWaiting { get; set; }

    /// <summary>Connections that have nothing to do now and could give their slot.</summary>
    public int Idle { get; set; }

    /// <summary>Connections whose message may be broken off for a more important queue.</summary>
    public int Transfers { get; set; }

    public WaitingLine Line { get; } = new();

    /// <summary>The limit was lowered below what is in use.</summary>
    public bool IsOver => InUse - Closing > Limit;

    /// <summary>Whether a connection is to be had and would have something to do at once.</summary>
    public bool HasRoom(Instant now) => InUse < Limit && RateWaiting == 0 && NextGrantAllowed(now) <= now;

    /// <summary>When time alone makes room; <see cref="Instant.Never"/> when it needs a slot or a connection to go on.</summary>
    public Instant NextRoom(Instant now) => InUse < Limit && RateWaiting == 0 ? NextGrantAllowed(now) : Instant.Never;

    /// <summary>What is short, for people.</summary>
    public bool IsShortOfSlots => InUse >= Limit;

    public Instant NextMessageAllowed(Instant now) => _flow.NextAllowed(MessageRate, VolumeRate, now);

    /// <summary>The same for a connection that is yet to be opened: those on their way have their unit.</summary>
    private Instant NextGrantAllowed(Instant now) => _flow.NextGrant(MessageRate, VolumeRate, now);

    public int Allowed(Instant now, int wanted) => _flow.Allowed(MessageRate, VolumeRate, now, wanted);

    public void TakeFlow(Instant now, int recipients, long length) => _flow.Take(MessageRate, VolumeRate, now, recipients, length);

    public void GiveBackFlow(long length) => _flow.GiveBack(VolumeRate, length);

    /// <summary>The first limit, the server's at the end left out, that gives no further connection now; null when all do.</summary>
    public static SharedLimit? FirstShort(SharedLimit[] levels, Instant now)
    {
        for (int i = 0; i < levels.Length - 1; i++)
        {
            if (!levels[i].HasRoom(now))
            {
                return levels[i];
            }
        }

        return null;
    }

    public static bool HaveRates(SharedLimit[] levels)
    {
        foreach (SharedLimit level in levels)
        {
            if (!level.MessageRate.IsUnlimited || !level.VolumeRate.IsUnlimited)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes over limits of a newer configuration; 0 connections is no limit.</summary>
    public void Configure(int connections, Rate messages, Rate volume, Instant now)
    {
        Limit = connections == 0 ? int.MaxValue : connections;
        if (MessageRate != messages)
        {
            MessageRate = messages;
            _flow.AdaptMessages(messages, now);
        }

        if (VolumeRate != volume)
        {
            VolumeRate = volume;
            _flow.AdaptOctets(volume, now);
        }
    }

    /// <summary>
    /// The queue that waits for a slot which a connection of <paramref name="holder"/> could give; null when nobody does whom closing tickets will
    /// not serve already.
    /// </summary>
    public MailQueue? WaitingFor(MailQueue holder, Instant now)
    {
        if (Line.Count == 0 || HasRoom(now))
        {
            return null;
        }

        int others = Line.Count - (Line.Holds(holder) ? 1 : 0);
        return others > Closing ? Line.FirstOtherThan(holder) : null;
    }

    public void Take(Instant now)
    {
        InUse++;
        _flow.TakeGrant(MessageRate, now);
    }

    /// <summary>A connection ended without a message.</summary>
    public void GiveBackGrant() => _flow.GiveBackGrant(MessageRate);

    public void GiveBack()
    {
        if (--InUse < 0)
        {
            throw new InvalidOperationException("more connection slots were given back than taken");
        }
    }
}
