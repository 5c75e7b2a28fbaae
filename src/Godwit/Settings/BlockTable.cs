// Every block of the configuration once: its tag, its argument, where it may stand, and whether it has an effect.

using System.Collections.Frozen;

namespace Godwit.Settings;

/// <summary>The kinds of block, and so the scopes of directives.</summary>
[Flags]
internal enum BlockKind : ulong
{
    None = 0,
    Global = 1,
    Domain = 1 << 1,
    Source = 1 << 2,
    VirtualMta = 1 << 3,
    Pool = 1 << 4,
    AccountingFile = 1 << 5,
    Spool = 1 << 6,
    Listener = 1 << 7,
    User = 1 << 8,
    SourceGroup = 1 << 9,
    PatternList = 1 << 10,
    SmtpPatternList = 1 << 11,
    BounceCategories = 1 << 12,
    BounceReports = 1 << 13,
    Complaints = 1 << 14,
    AddressList = 1 << 15,
    EmailPatterns = 1 << 16,
    Aliases = 1 << 17,
    Dns = 1 << 18,
    RewriteList = 1 << 19,
    KeyList = 1 << 20,
    RollupList = 1 << 21,
    Transmissions = 1 << 22,
    TransmissionsListener = 1 << 23,
    Proxy = 1 << 24,
    Signals = 1 << 25,
    SignalsFilter = 1 << 26,
    Vault = 1 << 27,
    Goodmail = 1 << 28,
    Statistics = 1 << 29,
    Provider = 1 << 30,

    /// <summary>The top of a provider file, which is no configuration.</summary>
    ProviderFile = 1u << 31,

    /// <summary>The top of a model for rehearsals, which is no configuration either.</summary>
    RehearsalFile = 1ul << 32,
    Receiver = 1ul << 33,
    ConsoleUser = 1ul << 40,
}

internal enum ArgumentUse : byte
{
    None,
    Optional,
    Required,
}

/// <summary>One kind of block.</summary>
/// <param name="Tag">As it is written in the reference.</param>
/// <param name="Parents">Where it may stand.</param>
/// <param name="Status">Of the block as a whole; directives inside have their own.</param>
internal sealed record BlockRule(string Tag, BlockKind Kind, ArgumentUse Argument, BlockKind Parents, DirectiveStatus Status, string Meaning)
{
    /// <summary>The only arguments there are; empty when any will do.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>Finds a block's rule by tag; tags compare ignoring case.</summary>
internal static class BlockTable
{
    private const BlockKind Top = BlockKind.Global;

    public static IReadOnlyList<BlockRule> All { get; } =
    [
        new("domain", BlockKind.Domain, ArgumentUse.Required, Top | BlockKind.VirtualMta | BlockKind.Pool, DirectiveStatus.InEffect,
            "How mail for some domains is delivered."),
        new("source", BlockKind.Source, ArgumentUse.Required, Top, DirectiveStatus.InEffect,
            "What clients from an address, a block of addresses, or of a name may do."),
        new("virtual-mta", BlockKind.VirtualMta, ArgumentUse.Required, Top, DirectiveStatus.InEffect, "A set of source addresses with queues of its own."),
        new("virtual-mta-pool", BlockKind.Pool, ArgumentUse.Required, Top, DirectiveStatus.InEffect, "Virtual MTAs that are used in turn."),
        new("acct-file", BlockKind.AccountingFile, ArgumentUse.Required, Top, DirectiveStatus.InEffect, "A file of accounting records."),
        new("spool", BlockKind.Spool, ArgumentUse.Required, Top, DirectiveStatus.InEffect, "A directory that holds accepted mail."),
        new("smtp-listener", BlockKind.Listener, ArgumentUse.Required, Top, DirectiveStatus.InEffect, "An address and port for inbound SMTP."),
        new("smtp-user", BlockKind.User, ArgumentUse.Required, Top, DirectiveStatus.InEffect, "A user who authenticates."),
        new("http-user", BlockKind.ConsoleUser, ArgumentUse.Required, Top, DirectiveStatus.InEffect, "A user who signs in at the console."),
        new("source-group", BlockKind.SourceGroup, ArgumentUse.Required, Top, DirectiveStatus.NotYet, "Connection limits that several sources share."),
        new("pattern-list", BlockKind.PatternList, ArgumentUse.Optional, Top | BlockKind.PatternList, DirectiveStatus.InEffect,
            "Chooses a virtual MTA by header, sender or recipient."),
        new("smtp-pattern-list", BlockKind.SmtpPatternList, ArgumentUse.Required, Top, DirectiveStatus.InEffect, "What replies of receiving hosts lead to."),
        new("bounce-category-patterns", BlockKind.BounceCategories, ArgumentUse.None, Top, DirectiveStatus.NotYet, "Names for the reasons of bounces."),
        new("bounce-processor", BlockKind.BounceReports, ArgumentUse.None, Top, DirectiveStatus.NotYet, "Reads bounce messages that come back."),
        new("feedback-loop-processor", BlockKind.Complaints, ArgumentUse.None, Top, DirectiveStatus.NotYet, "Reads complaints that come back."),
        new("address-list", BlockKind.AddressList, ArgumentUse.Optional, Top | BlockKind.BounceReports | BlockKind.Complaints, DirectiveStatus.NotYet,
            "Addresses, for suppression or for a processor."),
        new("email-patterns", BlockKind.EmailPatterns, ArgumentUse.None, BlockKind.BounceReports | BlockKind.Complaints, DirectiveStatus.NotYet,
            "How unusual reports are read."),
        new("aliases", BlockKind.Aliases, ArgumentUse.None, Top, DirectiveStatus.NotYet, "Forwarding."),
        new("dns", BlockKind.Dns, ArgumentUse.None, Top, DirectiveStatus.NotYet, "Names looked up ahead of time."),
        new("rewrite-list", BlockKind.RewriteList, ArgumentUse.Required, Top, DirectiveStatus.NotYet, "Changes sender addresses."),
        new("domain-key-list", BlockKind.KeyList, ArgumentUse.Required, Top, DirectiveStatus.InEffect,
            "A named set of DKIM keys, chosen by a message with x-dkim-options."),
        new("mx-rollup-list", BlockKind.RollupList, ArgumentUse.None, Top, DirectiveStatus.InEffect, "Domains with the same MX hosts share a queue."),
        new("transmissions-api", BlockKind.Transmissions, ArgumentUse.None, Top, DirectiveStatus.NotYet, "Submission over HTTP."),
        new("transmissions-api-listener", BlockKind.TransmissionsListener, ArgumentUse.Required, Top, DirectiveStatus.NotYet,
            "An address and port for submission over HTTP."),
        new("proxy", BlockKind.Proxy, ArgumentUse.Required, Top, DirectiveStatus.InEffect, "A proxy for outbound connections."),
        new("signals", BlockKind.Signals, ArgumentUse.None, Top, DirectiveStatus.NoEffect, "Upload to a vendor's analytics; Godwit uploads nothing."),
        new("sparkpost-analytics", BlockKind.Signals, ArgumentUse.None, Top, DirectiveStatus.NoEffect, "The old name of <signals>."),
        new("signals-filter", BlockKind.SignalsFilter, ArgumentUse.Required, Top, DirectiveStatus.NoEffect, "What is uploaded to a vendor's analytics."),
        new("vault", BlockKind.Vault, ArgumentUse.None, Top, DirectiveStatus.InEffect, "A server that keeps DKIM keys."),
        new("statistics", BlockKind.Statistics, ArgumentUse.Required, Top, DirectiveStatus.NotYet, "Sends numbers to a monitoring system.")
        {
            Choices = ["graphite"],
        },
        new("gm-imprinter", BlockKind.Goodmail, ArgumentUse.Optional, Top, DirectiveStatus.NoEffect, "Goodmail ended in 2011."),
        new("provider", BlockKind.Provider, ArgumentUse.Required, BlockKind.ProviderFile, DirectiveStatus.InEffect,
            "In the provider file: what is known about a mailbox provider."),
        new("receiver", BlockKind.Receiver, ArgumentUse.Required, BlockKind.RehearsalFile, DirectiveStatus.InEffect,
            "In the model of `godwit rehearse`: how a receiver of mail behaves."),
    ];

    private static readonly FrozenDictionary<string, BlockRule> _byTag = All.ToFrozenDictionary(b => b.Tag, StringComparer.OrdinalIgnoreCase);

    public static BlockRule? Find(string tag) => _byTag.GetValueOrDefault(tag);

    /// <summary>How a scope is written in messages: <c>&lt;domain&gt;</c>, <c>&lt;source&gt; or at global level</c>.</summary>
    public static string Describe(BlockKind kinds)
    {
        var names = All.DistinctBy(b => b.Kind).Where(b => kinds.HasFlag(b.Kind)).Select(b => $"<{b.Tag}>").ToList();
        if (kinds.HasFlag(BlockKind.Global))
        {
            names.Add("at global level");
        }

        if (kinds.HasFlag(BlockKind.ProviderFile))
        {
            names.Add("a provider file");
        }

        if (kinds.HasFlag(BlockKind.RehearsalFile))
        {
            names.Add("a model for rehearsals");
        }

        return string.Join(" or ", names);
    }

    /// <summary>Where something belongs: <c>into &lt;domain&gt;</c>, <c>at global level</c>.</summary>
    public static string Into(BlockKind kinds) => $"{(kinds == BlockKind.Global ? "" : "into ")}{Describe(kinds)}";
}
