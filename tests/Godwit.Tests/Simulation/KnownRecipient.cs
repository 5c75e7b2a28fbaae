using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Spool;

namespace Godwit.Tests.Simulation;

internal enum RecipientStage
{
    /// <summary>The server was not able to say 250: it may be found after a restart or not.</summary>
    Doubtful,
    Waiting,
    Out,
    Settling,
    Done,
}

/// <summary>One recipient as the ledger knows it: what was said about it, what is durable, what the world has seen.</summary>
internal sealed class KnownRecipient
{
    public required MessageId Id { get; init; }

    public required int Index { get; init; }

    public required string Address { get; init; }

    public required string Sender { get; init; }

    public required QueueKey Key { get; init; }

    /// <summary>Stands in its content.</summary>
    public required string Token { get; init; }

    public bool WantsFailureNotice { get; init; }

    public RecipientStage Stage { get; set; }

    /// <summary>When it last began to wait in this life of the server.</summary>
    public Instant WaitingSince { get; set; }

    // Durable.

    public int Attempts { get; set; }

    public Instant NotBefore { get; set; }

    /// <summary>The interval of notify-of-delay-every that its sender was last told of.</summary>
    public long Told { get; set; }

    public bool IsDone { get; set; }

    /// <summary>Not our word but a restart's finding: the mark was being written when something failed.</summary>
    public bool WasFoundDone { get; set; }

    /// <summary>Marks that were being written when something failed.</summary>
    public List<SpoolMark> MaybeMarks { get; } = [];

    // On record.

    public int FinalRecords { get; set; }

    /// <summary>Final records that may stand in the file besides.</summary>
    public int MaybeRecords { get; set; }

    public bool IsBeingRecorded { get; set; }

    /// <summary>Recorded and not yet marked.</summary>
    public bool IsRecorded { get; set; }

    /// <summary>Crashes between record and mark.</summary>
    public int Repeats { get; set; }

    public VerdictKind Fate { get; set; }

    // At its sender's.

    /// <summary>The interval of the last delay notice that went out.</summary>
    public long Heard { get; set; }

    /// <summary>The server stopped between that notice and its mark.</summary>
    public bool MayHearAgain { get; set; }

    // At the host.

    public int Taken { get; set; }

    /// <summary>The host has taken it and the server may not know.</summary>
    public bool InDoubt { get; set; }

    public override string ToString() => $"{Address} of {Id} in {Key} ({Stage})";
}
