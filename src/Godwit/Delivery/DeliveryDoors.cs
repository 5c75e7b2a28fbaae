// The doors of lower rooms that every delivery goes through: content in, fates out. Delegates, so that a test can stand behind each.

using System.Net;
using System.Net.Sockets;
using Godwit.Dkim;
using Godwit.Dns;
using Godwit.Disposition;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Trust;
using Godwit.Verification;

namespace Godwit.Delivery;

/// <summary>What deliveries ask of other rooms. Immutable; every delegate is thread safe.</summary>
public sealed record DeliveryDoors
{
    /// <summary>Opens a message's envelope and content. Throws <see cref="SpoolException"/> when the device fails.</summary>
    public required Func<StoredMessage, MessageContent> Open { get; init; }

    /// <summary>Takes over the fates of recipients of one message: <see cref="Settlement.SettleAsync"/>.</summary>
    public required Func<QueueKey, Envelope, IReadOnlyList<RecipientOutcome>, AttemptContext, ValueTask<Task>> Settle { get; init; }

    /// <summary>Records that a queue could not be tried: <see cref="Settlement.QueueFailedAsync"/>.</summary>
    public required Func<QueueKey, SmtpReply, AttemptContext, ValueTask> QueueFailed { get; init; }

    /// <summary>Bounces a recipient that waited too long: <c>Settlement.ExpireAsync</c>.</summary>
    public required Func<QueueKey, QueuedRecipient, ValueTask> Expire { get; init; }

    /// <summary>Tells senders that their mail still waits: <see cref="Settlement.TellDelaysAsync"/>.</summary>
    public required Func<IReadOnlyList<DelayedRecipient>, ValueTask> TellDelays { get; init; }

    /// <summary>Hosts of a destination: <see cref="MxLookup.FindAsync"/>.</summary>
    public required Func<DomainName, LookupTerms, CancellationToken, ValueTask<MxAnswer>> FindMx { get; init; }

    /// <summary>Addresses of one host: <see cref="MxLookup.FindHostAsync"/>.</summary>
    public required Func<DomainName, LookupTerms, CancellationToken, ValueTask<MxAnswer>> FindHost { get; init; }

    /// <summary>A TCP socket of the system. Throws <see cref="SocketException"/> when it has none to give.</summary>
    public Func<AddressFamily, Socket> OpenSocket { get; init; } = family => new Socket(family, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Why nothing may be delivered now, because its fate could not be recorded (<see cref="Settlement.Problem"/>); null when it may.</summary>
    public Func<string?> Held { get; init; } = static () => null;

    /// <summary>Whether the configuration still has a virtual MTA of this name.</summary>
    public Func<string, bool> HasVirtualMta { get; init; } = _ => true;

    /// <summary>The configuration in force, for what is said about MX hosts and providers; null says nothing.</summary>
    public Func<ServerSettings?> Settings { get; init; } = static () => null;

    /// <summary>The rules of an <c>smtp-pattern-list</c>; none for a name that the configuration does not have.</summary>
    public Func<string, IReadOnlyList<ReplyRule>> ReplyList { get; init; } = static _ => [];

    /// <summary>Job and tenant of a message that is in a queue: <see cref="Scheduler.StreamOf"/>.</summary>
    public Func<StoredMessage, StreamKey> StreamOf { get; init; } = static _ => default;

    /// <summary>Counts refusals that no rule knows; null counts none.</summary>
    public UnclassifiedReplies? Unclassified { get; init; }

    /// <summary>Signs messages; null signs none.</summary>
    public MessageSigning? Signing { get; init; }

    /// <summary>What receiving domains have published about how their hosts must prove themselves; null asks nobody.</summary>
    public TrustPolicies? Trust { get; init; }

    /// <summary>The text of a file that the configuration names. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    public Func<string, string> ReadFile { get; init; } = ConfigSurroundings.Machine.Read;
    /// <summary>SPF of a sender for an address of ours and its name at EHLO: <c>check-spf-outbound</c>; null checks nothing.</summary>
    public Func<IPAddress, string, string, CancellationToken, Task<SpfVerdict>>? CheckSender { get; init; }

    /// <summary>Everyone who waits in a queue, whatever for: <see cref="Scheduler.Recipients"/>.</summary>
    public Func<QueueKey, IReadOnlyList<WaitingRecipient>> Waiting { get; init; } = static _ => [];

    /// <summary>Takes those of them out of their queue that still wait: <see cref="Scheduler.Withdraw"/>.</summary>
    public Func<QueueKey, IReadOnlySet<QueuedRecipient>, IReadOnlyList<ExpiredRecipient>> Withdraw { get; init; } = static (_, _) => [];

    /// <summary>Whether this server goes by that name, whatever its source address says at EHLO.</summary>
    public Func<DomainName, bool> IsOurs { get; init; } = _ => false;

    /// <summary>Files written and programs run at once, at most.</summary>
    public Func<int> MaxFiles { get; init; } = static () => 20;

    /// <summary>The doors of a running server.</summary>
    public static DeliveryDoors Of(MessageSpool spool, Settlement settlement, MxLookup mx, CurrentSettings settings) => new()
    {
        Open = message => new MessageContent(spool.Read(message)),
        Settle = settlement.SettleAsync,
        QueueFailed = settlement.QueueFailedAsync,
        Expire = settlement.ExpireAsync,
        TellDelays = settlement.TellDelaysAsync,
        Held = () => settlement.Problem,
        FindMx = mx.FindAsync,
        FindHost = mx.FindHostAsync,
        MaxFiles = () => settings.Value.TotalMaxFile,
    };
}
