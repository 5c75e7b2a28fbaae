// What few queues have: recent errors, a provider whose limits they share, a rollup that their mail moves to, a gap between connections. An object that is
// made when needed, so that a million idle queues pay eight octets each. Owned by its MailQueue.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

/// <summary>The less common notes of one queue.</summary>
internal sealed class QueueNotes
{
    public static readonly QueueMemory NothingNoted = new();

    /// <summary>For smtp-out-rampup-interval.</summary>
    public RateGate Rampup;

    /// <summary>How fast its recipients leave.</summary>
    public DrainMeter Drain;

    /// <summary>The source address that an operator's trace wants; null when they take turns.</summary>
    public IPAddress? PreferredSource { get; set; }

    /// <summary>Recipients that an operator has taken out and whose fate is still to come.</summary>
    public int TakenOut { get; set; }

    public QueueEvents Events { get; } = new();

    /// <summary>The queues it shares limits with; null when it stands alone.</summary>
    public QueueGroup? Group { get; set; }

    /// <summary>The source address that it keeps to until <see cref="KeptSourceUntil"/>.</summary>
    public IPAddress? KeptSource { get; set; }

    public Instant KeptSourceUntil { get; set; }

    /// <summary>Since when it is empty and kept for what it remembers.</summary>
    public Instant KeptSince { get; set; }

    /// <summary>What stands in the spool of it alone, or is on its way there.</summary>
    public QueueMemory Noted { get; set; } = NothingNoted;

    /// <summary>Until when a reply has put it off, or had.</summary>
    public Instant DeferredUntil { get; set; }

    /// <summary>Connections in a row that hosts ended before they took any mail.</summary>
    public int Dropped { get; set; }

    /// <summary>The rollup that its mail belongs to; null when it stays.</summary>
    public DomainName? Rollup { get; set; }

    /// <summary>Until when that is believed without asking anew.</summary>
    public Instant RollupUntil { get; set; }
}
