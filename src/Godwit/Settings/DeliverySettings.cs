// What applies to one queue (destination, virtual MTA) after inheritance: the frozen form of every <domain> directive.
// Built by SettingsBuilder once per queue and configuration version; never changed afterwards.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>What becomes of a queue's mail.</summary>
public enum DeliveryKind : byte
{
    Smtp,

    /// <summary>Thrown away and accounted as delivered.</summary>
    Discard,

    /// <summary>Written into a file.</summary>
    File,

    /// <summary>Handed to a program on its standard input.</summary>
    Pipe,
}

/// <summary>How <c>type file</c> writes.</summary>
public enum FileFormat : byte
{
    /// <summary>A new file for each recipient that holds the message and nothing else.</summary>
    NewPlain,

    /// <summary>A new file for each recipient that a pickup directory can take: the envelope stands before the message.</summary>
    NewPickup,

    /// <summary>The end of a file of many messages, the mbox of RFC 4155.</summary>
    AppendMbox,
}

/// <summary>The shape of bounce messages.</summary>
public enum DsnFormat : byte
{
    /// <summary>RFC 3464, multipart/report.</summary>
    Standard,
    PlainText,
}

/// <summary>How a queue comes back from backoff mode.</summary>
public enum RecoveryKind : byte
{
    /// <summary>All limits of normal mode hold again.</summary>
    AtOnce,

    /// <summary>One connection, and one more for each minute in which mail was taken.</summary>
    Gradual,
}

/// <summary>The effective settings of one queue. Defaults are PowerMTA's.</summary>
public sealed partial record DeliverySettings
{
    public DeliveryKind Kind { get; init; }

    /// <summary>Mail whose sender's SPF record does not name the source address is not sent.</summary>
    public bool CheckSpfOutbound { get; init; }

    // Limits.

    /// <summary>Connections of this queue at once.</summary>
    public int MaxSmtpOut { get; init; } = 20;

    /// <summary>Recipients attempted, delivered or not.</summary>
    public Rate MaxMsgRate { get; init; }

    public Rate MaxConnectRate { get; init; }

    /// <summary>Octets delivered.</summary>
    public Rate MaxDataVolumeRate { get; init; }

    /// <summary>Time between opening two connections.</summary>
    public TimeSpan SmtpOutRampupInterval { get; init; }

    // The same in backoff mode; null is as in normal mode.

    public int BackoffMaxSmtpOut { get; init; } = 20;

    public Rate? BackoffMaxMsgRate { get; init; }

    public Rate? BackoffMaxConnectRate { get; init; }

    public Rate? BackoffMaxDataVolumeRate { get; init; }

    // The same for each source address of the queue; the longest prefix that holds it counts.

    /// <summary>0 is no limit.</summary>
    public IReadOnlyList<AddressLimit<int>> SourceMaxSmtpOut { get; init; } = [];

    /// <summary>Of every source address that has no limit of its own; 0 is no limit.</summary>
    public int MaxSmtpOutPerSource { get; init; }

    public IReadOnlyList<AddressLimit<Rate>> SourceMaxMsgRates { get; init; } = [];

    public IReadOnlyList<AddressLimit<Rate>> SourceMaxConnectRates { get; init; } = [];

    public IReadOnlyList<AddressLimit<Rate>> SourceMaxDataVolumeRates { get; init; } = [];

    /// <summary>Whether source addresses have limits of their own.</summary>
    public bool LimitsSources => MaxSmtpOutPerSource > 0 || SourceMaxSmtpOut.Count > 0 || SourceMaxMsgRates.Count > 0
        || SourceMaxConnectRates.Count > 0 || SourceMaxDataVolumeRates.Count > 0;

    // Who comes first.

    /// <summary>0 to 100: a queue's weight where connections are scarce.</summary>
    public int QueuePriority { get; init; } = 50;

    /// <summary>A more important queue that waits for a connection may have one of this queue's, between two messages.</summary>
    public bool AllowPriorityInterruption { get; init; } = true;

    public bool AllowPriorityInterruptionDuringTransfer { get; init; }

    // Backoff mode and source addresses.

    /// <summary>Age at which backoff mode ends by itself; <see cref="Timeout.InfiniteTimeSpan"/> is never.</summary>
    public TimeSpan BackoffToNormalAfter { get; init; } = Timeout.InfiniteTimeSpan;

    public bool BackoffToNormalAfterDelivery { get; init; }

    public bool BackoffUponAllSourcesDisabled { get; init; }

    public RecoveryKind BackoffRecovery { get; init; }

    /// <summary>The virtual MTA or pool that the mail leaves through instead; empty keeps it.</summary>
    public string RerouteToVirtualMta { get; init; } = "";

    /// <summary>The same in backoff mode.</summary>
    public string BackoffRerouteToVirtualMta { get; init; } = "";

    /// <summary>When a disabled source address is used again; <see cref="Timeout.InfiniteTimeSpan"/> is never.</summary>
    public TimeSpan ReenableSourceAfter { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The <c>&lt;smtp-pattern-list&gt;</c> that says what replies lead to; empty when none does.</summary>
    public string ReplyList { get; init; } = "";

    /// <summary>Rules that are tried before those of <see cref="ReplyList"/>.</summary>
    public IReadOnlyList<ReplyRule> ReplyRules { get; init; } = [];

    /// <summary>Who hears of backoff mode.</summary>
    public IReadOnlyList<EmailAddress> BackoffNotify { get; init; } = [];

    /// <summary>Who hears of disabled source addresses.</summary>
    public IReadOnlyList<EmailAddress> DisabledSourceNotify { get; init; } = [];

    /// <summary>Messages on one connection; 0 is no limit.</summary>
    public int MaxMsgPerConnection { get; init; }

    /// <summary>Recipients in one transaction.</summary>
    public int MaxRcptPerTransaction { get; init; } = 1000;

    /// <summary>Refused recipients on one connection before it is closed; 0 is no limit.</summary>
    public int MaxErrorsPerConnection { get; init; }

    /// <summary>How long an idle connection waits for more mail; zero closes at once.</summary>
    public TimeSpan ConnectionIdleTimeout { get; init; }

    /// <summary>Hosts tried in one attempt of a connection.</summary>
    public int MxConnectionAttempts { get; init; } = 10;

    // Retry.

    /// <summary>The queue's waits after connection failures, step by step; the last one repeats. Never empty.</summary>
    public IReadOnlyList<TimeSpan> RetryAfter { get; init; } = [TimeSpan.FromMinutes(10)];

    /// <summary>The same in backoff mode.</summary>
    public IReadOnlyList<TimeSpan> BackoffRetryAfter { get; init; } = [TimeSpan.FromHours(1)];

    /// <summary>New mail ends the queue's wait.</summary>
    public bool RetryUponNewMail { get; init; }

    public TimeSpan RetryAfterDnsError { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A recipient's least wait after a 4xx.</summary>
    public TimeSpan RetryRecipientsAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Age at which undelivered mail bounces.</summary>
    public TimeSpan BounceAfter { get; init; } = new(4, 12, 0, 0);

    /// <summary>Delay notices; <see cref="Timeout.InfiniteTimeSpan"/> is never.</summary>
    public TimeSpan NotifyOfDelayEvery { get; init; } = TimeSpan.FromHours(4);

    // Where to.

    /// <summary>Explicit hosts, in preference levels; empty means MX lookup of the destination.</summary>
    public IReadOnlyList<HostLevel> SmtpHosts { get; init; } = [];

    public int DefaultSmtpPort { get; init; } = 25;

    /// <summary>Another destination that this domain's mail joins; absent keeps the domain.</summary>
    public DomainName QueueTo { get; init; }

    /// <summary>Messages that go to each cold virtual MTA on the first day, the second and so on; the last number stays. Never empty; 0 is none.</summary>
    public IReadOnlyList<int> MaxColdVirtualMtaMsg { get; init; } = [0];

    // The conversation.

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromMinutes(2);

    public TimeSpan SmtpGreetingTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to any command, and for each further line of a long reply.</summary>
    public TimeSpan SmtpCommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan DataSendTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>For the reply to the final dot.</summary>
    public TimeSpan DataTerminationTimeout { get; init; } = TimeSpan.FromMinutes(10);

    public bool IgnoreChunking { get; init; }

    public bool IgnorePipelining { get; init; }

    public bool Ignore8BitMime { get; init; }

    public bool IgnoreDsn { get; init; }

    // What failures mean.

    public bool Smtp421MeansMxUnavailable { get; init; }

    public bool Smtp553MeansInvalidMailbox { get; init; } = true;

    public bool BounceUpon5xxGreeting { get; init; } = true;

    public bool BounceUponTransferFailure { get; init; }

    /// <summary>The same, only behind a firewall of a kind that is known to break connections in the middle of mail.</summary>
    public bool BounceUponPixTransferFailure { get; init; }

    /// <summary>Bounce messages do not repeat what stood in a 421.</summary>
    public bool Replace421Response { get; init; }

    /// <summary>Age from which mail to a domain without hosts bounces; zero at once, <see cref="Timeout.InfiniteTimeSpan"/> never.</summary>
    public TimeSpan BounceUponNoMx { get; init; } = Timeout.InfiniteTimeSpan;

    public bool AssumeDeliveryUponDataTerminationTimeout { get; init; }

    public DsnFormat DsnFormat { get; init; }

    // Logs.

    public bool LogConnections { get; init; }

    public bool LogCommands { get; init; }

    /// <summary>Shows the content of each message.</summary>
    public bool LogData { get; init; }

    /// <summary>Types of accounting records, in their short form, that are not written for this queue.</summary>
    public IReadOnlyList<string> DisabledRecords { get; init; } = [];

    public bool LogResolution { get; init; }

    public bool LogTransferFailures { get; init; }

    public bool LogDisabledSources { get; init; }

    /// <summary>Error events kept for <c>show topqueues --errors</c>.</summary>
    public int MaxEventsRecorded { get; init; } = 10;

    // Delivery that is not SMTP.

    public FileFormat FileFormat { get; init; }

    /// <summary>
    /// An absolute path with variables: the directory of new files, or the file to append to. Empty when none was said. <see cref="MacroText.OfPath"/>.
    /// </summary>
    public string FileDestination { get; init; } = "";

    /// <summary>As it is written, <see cref="ProgramLine"/> reads it. Empty when none was said.</summary>
    public string Command { get; init; } = "";

    /// <summary>Addresses keep their case in variables.</summary>
    public bool MacroVariablesPreserveCase { get; init; }

    /// <summary>Discarded mail is on record as bounced; nobody is told.</summary>
    public bool DiscardAsBounce { get; init; }

    // Whose queue it is, and what is known about providers.

    /// <summary>Joins neither a rollup nor a provider's group.</summary>
    public bool DisableMxRollup { get; init; }

    /// <summary>Acts on replies that the provider table knows, where no pattern of the user's did.</summary>
    public bool ShippedReplyPatterns { get; init; } = true;

    /// <summary>Shares the limits of the provider that all hosts of the lowest preference belong to.</summary>
    public bool MxRollupProviders { get; init; } = true;
}
