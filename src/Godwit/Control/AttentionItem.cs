using Godwit.Foundation;

namespace Godwit.Control;

/// <summary>How bad something is.</summary>
internal enum AttentionSeverity : byte
{
    /// <summary>Mail does not go, or is not taken.</summary>
    Alarm,

    /// <summary>It will be so soon, or is for some.</summary>
    Warning,

    /// <summary>Somebody should know.</summary>
    Notice,
}

/// <summary>What it is about; the order is that of harm where the severity is the same.</summary>
internal enum AttentionKind : byte
{
    NotAccepting,
    VirtualMtaWithoutSource,
    DestinationBackingUp,
    SpoolNearlyFull,
    ExportTrouble,
    CertificateEnds,
    ConfigProblem,
    ClientShutOut,
    UnclassifiedReplies,
    ClockOff,
    PausedQueues,
}

/// <summary>Where more is to be seen.</summary>
internal enum AttentionPage : byte
{
    Overview,
    Destination,
    Queue,
    VirtualMta,
    Config,
    Logs,
    Unclassified,
}

/// <summary>One thing that a person should look at.</summary>
/// <param name="Title">A few words.</param>
/// <param name="Detail">What is known, and what to do.</param>
/// <param name="Since">When it began; <see cref="Instant.Never"/> when that is not known.</param>
/// <param name="Name">Of the destination, queue or virtual MTA that <paramref name="Page"/> shows; empty for pages without one.</param>
/// <param name="Weight">Of several that are equal otherwise the heavier comes first: mostly recipients.</param>
internal sealed record AttentionItem(
    AttentionSeverity Severity, AttentionKind Kind, string Title, string Detail, Instant Since, AttentionPage Page, string Name = "", long Weight = 0);
