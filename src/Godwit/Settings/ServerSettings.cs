// The configuration as the server runs on it: one immutable whole, replaced by one reference on reload.
// This file is what other rooms see of Settings; how it came to be (lexer, tree, directives, inheritance) stays inside the room.

using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>The effective configuration of the server.</summary>
public sealed partial record ServerSettings
{
    /// <summary>The first <c>host-name</c>, or the system's: greeting, EHLO, Received, bounce messages.</summary>
    public required string HostName { get; init; }

    /// <summary>Every name of this server, <see cref="HostName"/> first.</summary>
    public IReadOnlyList<DomainName> HostNames { get; init; } = [];

    /// <summary>Where mail for a bare postmaster goes, the first of several; null when none is configured.</summary>
    public EmailAddress? Postmaster { get; init; }

    public required IReadOnlyList<ListenerSettings> Listeners { get; init; }

    /// <summary>Inbound connections at once.</summary>
    public int TotalMaxSmtpIn { get; init; } = 100;

    /// <summary>Outbound connections at once.</summary>
    public int TotalMaxSmtpOut { get; init; } = 1200;

    /// <summary>Files written and programs run for mail at once.</summary>
    public int TotalMaxFile { get; init; } = 20;

    /// <summary>Connections at once to hosts of these names, from one source address; the most specific pattern counts.</summary>
    public IReadOnlyList<MxConnectionLimit> MxConnectionLimits { get; init; } = [];

    /// <summary>Connections at once to each of these addresses; the longest prefix counts.</summary>
    public IReadOnlyList<AddressLimit<int>> IpConnectionLimits { get; init; } = [];

    /// <summary>Name servers, asked in turn; never empty.</summary>
    public required IReadOnlyList<IPEndPoint> NameServers { get; init; }

    /// <summary>Whether name servers that are not on this host are believed when they say that DNSSEC has validated an answer.</summary>
    public bool NameServerTrustAd { get; init; }

    /// <summary>Who sends reports about TLS to receiving domains; null sends none.</summary>
    public EmailAddress? TlsReportFrom { get; init; }

    /// <summary>Whose reports they are; empty for the domain of <see cref="TlsReportFrom"/>.</summary>
    public string TlsReportOrganization { get; init; } = "";

    /// <summary>Whom receiving domains may ask about a report; empty for <see cref="TlsReportFrom"/>.</summary>
    public string TlsReportContact { get; init; } = "";

    public required SpoolSettings Spool { get; init; }

    public required IReadOnlyList<AccountingFileSettings> AccountingFiles { get; init; }

    /// <summary>Every virtual MTA by name (ordinal, ignoring case), <see cref="EnvelopeRecipient.DefaultVirtualMta"/> and that of reports included.</summary>
    public required IReadOnlyDictionary<string, VirtualMtaSettings> VirtualMtas { get; init; }

    public required IReadOnlyDictionary<string, PoolSettings> Pools { get; init; }

    /// <summary>Every named <c>&lt;pattern-list&gt;</c>, by name (ordinal, ignoring case).</summary>
    public IReadOnlyDictionary<string, PatternListSettings> PatternLists { get; init; } = new Dictionary<string, PatternListSettings>();

    /// <summary>The rules of every <c>&lt;smtp-pattern-list&gt;</c> by name (ordinal, ignoring case).</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ReplyRule>> ReplyLists { get; init; } =
        System.Collections.Frozen.FrozenDictionary<string, IReadOnlyList<ReplyRule>>.Empty;

    /// <summary>Who may authenticate, by name (ordinal, ignoring case).</summary>
    public IReadOnlyDictionary<string, SmtpUserSettings> SmtpUsers { get; init; } =
        System.Collections.Frozen.FrozenDictionary<string, SmtpUserSettings>.Empty;

    /// <summary>The keys of every <c>&lt;domain-key-list&gt;</c> by name (ordinal, ignoring case).</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<KeyReference>> DomainKeyLists { get; init; } =
        System.Collections.Frozen.FrozenDictionary<string, IReadOnlyList<KeyReference>>.Empty;

    /// <summary>The server that keeps keys; null when none is configured.</summary>
    public VaultSettings? Vault { get; init; }

    /// <summary>The lines of every <c>&lt;mx-rollup-list&gt;</c>, in the order of the file.</summary>
    public IReadOnlyList<MxRollupRule> MxRollups { get; init; } = [];

    /// <summary>Where an unknown virtual MTA's mail goes; empty refuses it.</summary>
    public string InvalidVirtualMtaFallback { get; init; } = "";

    /// <summary>The log file; empty logs to standard error.</summary>
    public string LogFile { get; init; } = "";

    /// <summary>Log files kept, the current one included; 0 never rotates.</summary>
    public int LogRotate { get; init; } = 8;

    /// <summary>Rotates the log at midnight, local time.</summary>
    public bool LogAutoRotation { get; init; } = true;

    public bool LogFileWorldReadable { get; init; }

    /// <summary>Each line of the log is a JSON object.</summary>
    public bool LogAsJson { get; init; }

    /// <summary>The built-in receiver that throws mail away; null when off.</summary>
    public DummyReceiverSettings? DummyReceiver { get; init; }

    /// <summary>The configuration file this came from.</summary>
    public required string ConfigFile { get; init; }
}
