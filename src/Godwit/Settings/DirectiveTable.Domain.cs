// <domain>: limits, retry, backoff, logs and reports; the reference's 2.8. What is said to the other side is in DirectiveTable.DomainProtocol.cs.

using Godwit.Foundation;
using Godwit.Mail;
using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private const BlockKind D = BlockKind.Domain;

    /// <summary>The reference prints the default as 0 in one place and as 1000 in another, so 0 means 1000.</summary>
    private static ValueForm<int> TransactionSize => new(
        "a whole number",
        (text, reading, out value) =>
        {
            bool fine = Integer(0).TryRead(text, reading, out object? number);
            value = number is > 0 ? (int)number : new DeliverySettings().MaxRcptPerTransaction;
            return fine;
        });

    private static Directive[] DomainRows() =>
    [
        Bound(D, "max-smtp-out", Connections, nameof(DeliverySettings.MaxSmtpOut), "20", "Connections of one queue at once."),
        Bound(D, "backoff-max-smtp-out", Connections, nameof(DeliverySettings.BackoffMaxSmtpOut), "20", "In backoff mode; never more than in normal mode."),
        Bound(D, "max-msg-rate", RateForm, nameof(DeliverySettings.MaxMsgRate), "unlimited", "Recipients attempted, delivered or not."),
        Bound(D, "max-connect-rate", RateForm, nameof(DeliverySettings.MaxConnectRate), "unlimited", "Connections opened."),
        Bound(D, "max-data-volume-rate", VolumeRate, nameof(DeliverySettings.MaxDataVolumeRate), "unlimited", "Octets delivered."),
        Bound(D, "backoff-max-msg-rate", RateForm, nameof(DeliverySettings.BackoffMaxMsgRate), "the normal one", "In backoff mode."),
        Bound(D, "backoff-max-connect-rate", RateForm, nameof(DeliverySettings.BackoffMaxConnectRate), "the normal one", "In backoff mode."),
        Bound(D, "backoff-max-data-volume-rate", VolumeRate, nameof(DeliverySettings.BackoffMaxDataVolumeRate), "the normal one", "In backoff mode."),
        BoundList(D, "source-ip-max-msg-rate", AddressLimit<Rate>.FormOf(RateForm), nameof(DeliverySettings.SourceMaxMsgRates), "unlimited",
            "The same for each source address of the block."),
        BoundList(D, "source-ip-max-connect-rate", AddressLimit<Rate>.FormOf(RateForm), nameof(DeliverySettings.SourceMaxConnectRates), "unlimited",
            "The same for each source address of the block."),
        BoundList(D, "source-ip-max-data-volume-rate", AddressLimit<Rate>.FormOf(VolumeRate), nameof(DeliverySettings.SourceMaxDataVolumeRates), "unlimited",
            "The same for each source address of the block."),
        BoundList(D, "source-ip-max-smtp-out", AddressLimit<int>.FormOf(IntegerOrUnlimited("unlimited")), nameof(DeliverySettings.SourceMaxSmtpOut), "unlimited",
            "The same for each source address of the block."),
        Bound(D, "max-smtp-out-per-source-ip", IntegerOrUnlimited("unlimited"), nameof(DeliverySettings.MaxSmtpOutPerSource), "unlimited",
            "Old form: connections for each source address.") with { Replacement = "source-ip-max-smtp-out" },
        Bound(D, "max-msg-per-hour", PerHour, nameof(DeliverySettings.MaxMsgRate), "unlimited", "Old form.") with { Replacement = "max-msg-rate" },
        Bound(D, "backoff-max-msg-per-hour", PerHour, nameof(DeliverySettings.BackoffMaxMsgRate), "unlimited", "Old form.") with { Replacement = "backoff-max-msg-rate" },
        Idle(D, "delivery-priority", RawText, "-", "Deprecated long ago; queue-priority replaces it."),
        Later(D, "route", RawText, "-", "Old form.") with { Replacement = "smtp-hosts" },
        Bound(D, "max-msg-per-connection", IntegerOrUnlimited("0"), nameof(DeliverySettings.MaxMsgPerConnection), "0",
            "Messages on one connection; 0 is no limit."),
        Bound(D, "max-rcpt-per-message", TransactionSize, nameof(DeliverySettings.MaxRcptPerTransaction), "1000",
            "Recipients in one transaction; 0 is the default.") with { Aliases = ["max-rcpt-per-transaction"] },
        Bound(D, "max-errors-per-connection", IntegerOrUnlimited("unlimited"), nameof(DeliverySettings.MaxErrorsPerConnection), "unlimited",
            "Refused recipients before a connection is closed."),
        Bound(D, "smtp-out-rampup-interval", Time, nameof(DeliverySettings.SmtpOutRampupInterval), "0", "Time between opening two connections."),
        Bound(D, "connection-idle-timeout", IdleTime, nameof(DeliverySettings.ConnectionIdleTimeout), "0", "How long a connection waits for more mail."),
        Bound(D, "mx-connection-attempts", Integer(1), nameof(DeliverySettings.MxConnectionAttempts), "10", "Hosts tried before the queue waits."),
        Bound(D, "retry-after", TimeList, nameof(DeliverySettings.RetryAfter), "10m",
            "The queue's waits after failed connections, step by step; the last repeats."),
        Bound(D, "backoff-retry-after", TimeList, nameof(DeliverySettings.BackoffRetryAfter), "1h", "In backoff mode."),
        Bound(D, "retry-after-dns-error", Time, nameof(DeliverySettings.RetryAfterDnsError), "1m", "The queue's wait after a failed DNS lookup."),
        Bound(D, "retry-recipients-after", Time, nameof(DeliverySettings.RetryRecipientsAfter), "10m", "A recipient's least wait after a 4xx."),
        Bound(D, "retry-upon-new-mail", YesNo, nameof(DeliverySettings.RetryUponNewMail), "no", "New mail ends a queue's wait."),
        Bound(D, "bounce-after", Time, nameof(DeliverySettings.BounceAfter), "4d12h", "Age at which undelivered mail bounces."),
        Bound(D, "notify-of-delay-every", TimeOrNever, nameof(DeliverySettings.NotifyOfDelayEvery), "4h", "Time between notices of delay."),
        Bound(D, "queue-priority", Integer(0, 100), nameof(DeliverySettings.QueuePriority), "50", "Which queues come first when connections are scarce."),
        Bound(D, "allow-priority-interruption", YesNo, nameof(DeliverySettings.AllowPriorityInterruption), "yes", "A more important queue may take a connection away."),
        Bound(D, "allow-priority-interruption-during-transfer", YesNo, nameof(DeliverySettings.AllowPriorityInterruptionDuringTransfer), "no",
            "Also while a message is sent: it starts again on another connection, and no attempt is counted."),
        Bound(D, "max-cold-virtual-mta-msg", DailySteps, nameof(DeliverySettings.MaxColdVirtualMtaMsg), "0/d", "Messages a day for cold virtual MTAs."),
        Bound(D, "queue-to", Domain, nameof(DeliverySettings.QueueTo), "\"\"", "Another domain whose queue this mail joins."),
        Bound(D, "reroute-to-virtual-mta", Name, nameof(DeliverySettings.RerouteToVirtualMta), "\"\"", "Another virtual MTA that delivers.") with
        {
            Refers = BlockKind.VirtualMta | BlockKind.Pool,
        },
        Bound(D, "backoff-reroute-to-virtual-mta", Name, nameof(DeliverySettings.BackoffRerouteToVirtualMta), "\"\"", "In backoff mode.") with
        {
            Refers = BlockKind.VirtualMta | BlockKind.Pool,
        },
        Bound(D, "disable-mx-rollup", YesNo, nameof(DeliverySettings.DisableMxRollup), "no", "Keeps a queue of its own, with limits of its own."),
        Bound(D, "smtp-pattern-list", Name, nameof(DeliverySettings.ReplyList), "\"\"", "What replies lead to.") with { Refers = BlockKind.SmtpPatternList },
        BoundList(D, "reply", ReplyRule.Form, nameof(DeliverySettings.ReplyRules), "-",
            "A rule as in <smtp-pattern-list>, for this domain alone; tried before those of its list."),
        Bound(D, "backoff-notify", Emails, nameof(DeliverySettings.BackoffNotify), "\"\"", "Who hears by mail when backoff mode begins and ends."),
        Bound(D, "disabled-source-ip-notify", Emails, nameof(DeliverySettings.DisabledSourceNotify), "\"\"",
            "Who hears by mail when a source address is disabled and used again."),
        Bound(D, "backoff-to-normal-after", TimeOrNever, nameof(DeliverySettings.BackoffToNormalAfter), "never", "Ends backoff mode."),
        Bound(D, "backoff-to-normal-after-delivery", YesNo, nameof(DeliverySettings.BackoffToNormalAfterDelivery), "no", "A delivery ends backoff mode."),
        Bound(D, "backoff-upon-all-sources-disabled", YesNo, nameof(DeliverySettings.BackoffUponAllSourcesDisabled), "no", "Begins backoff mode."),
        Bound(D, "backoff-recovery", Choice(("at-once", RecoveryKind.AtOnce), ("gradual", RecoveryKind.Gradual)), nameof(DeliverySettings.BackoffRecovery), "at-once",
            "How backoff mode ends: all limits at once, or one connection and then one more each minute that mail is taken."),
        Bound(D, "reenable-source-ip-after", TimeOrNever, nameof(DeliverySettings.ReenableSourceAfter), "never", "Time after which a disabled source address is used again."),
        Bound(D, "log-disabled-ips", YesNo, nameof(DeliverySettings.LogDisabledSources), "no", "Logs disabled source addresses."),

        Bound(D, "dsn-format", Choice(("standard", DsnFormat.Standard), ("plain-text", DsnFormat.PlainText)), nameof(DeliverySettings.DsnFormat), "standard",
            "The shape of bounce messages."),
        Idle(D, "deliver-local-dsn", YesNo, "yes", "Deprecated; suppress-local-dsn in <source> replaces it."),
        Bound(D, "disable-acct-records", DeliveryRecordTypes, nameof(DeliverySettings.DisabledRecords), "-", "Record types that are not written."),
        Bound(D, "max-events-recorded", Integer(0, 1000), nameof(DeliverySettings.MaxEventsRecorded), "10", "Errors kept for show topqueues --errors."),
        Later(D, "track-recipient-events", YesNo, "no", "Keeps the last 50 recipient events."),
        Bound(D, "log-connections", YesNo, nameof(DeliverySettings.LogConnections), "no", "Logs connections."),
        Bound(D, "log-commands", YesNo, nameof(DeliverySettings.LogCommands), "no", "Logs commands and replies."),
        Bound(D, "log-data", YesNo, nameof(DeliverySettings.LogData), "no", "Logs content that is sent as a hex dump, 64 KB of each message."),
        Bound(D, "log-resolution", YesNo, nameof(DeliverySettings.LogResolution), "no", "Logs DNS lookups."),
        Bound(D, "log-transfer-failures", YesNo, nameof(DeliverySettings.LogTransferFailures), "no", "Logs failed transfers."),
        Bound(D, "log-tls", YesNo, nameof(DeliverySettings.LogTls), "no", "Logs TLS handshakes."),
        Later(D, "log-messages", YesNo, "no", "Logs messages of the queue {bounce}."),
        Idle(D, "add-x-msys-api-header", YesNo, "no", "For a vendor's relay."),
        Idle(D, "sparkpost-sandbox", RawText, "-", "For a vendor's relay."),
        Idle(D, "sparkpost-ip-pool", RawText, "-", "For a vendor's relay."),
        Bound(D, "shipped-reply-patterns", YesNo, nameof(DeliverySettings.ShippedReplyPatterns), "yes",
            "Acts on replies that providers are known to give, where no rule of smtp-pattern-list did."),
        Bound(D, "mx-rollup-providers", YesNo, nameof(DeliverySettings.MxRollupProviders), "yes",
            "Queues of domains that are hosted at one known provider share its limits."),
    ];
}
