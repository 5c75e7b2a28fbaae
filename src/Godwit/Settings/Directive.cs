// One directive of the configuration: its name, where it may stand, what its value looks like, what it does and where its value ends up.
// Immutable; all of them are in DirectiveTable.

using System.Reflection;

namespace Godwit.Settings;

internal enum DirectiveStatus : byte
{
    /// <summary>Does what the reference says.</summary>
    InEffect,

    /// <summary>Accepted and rightly without effect; the reason says why.</summary>
    NoEffect,

    /// <summary>Checked and kept out of the way until Godwit can do it.</summary>
    NotYet,
}

/// <summary>One row of the table.</summary>
internal sealed record Directive
{
    public required string Name { get; init; }

    /// <summary>Other names for the same thing.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public required BlockKind Scope { get; init; }

    public required ValueForm Form { get; init; }

    /// <summary>As an operator would write it; <c>-</c> when there is none.</summary>
    public required string Default { get; init; }

    /// <summary>One line.</summary>
    public required string Meaning { get; init; }

    public DirectiveStatus Status { get; init; }

    /// <summary>Every line counts, not the last one only.</summary>
    public bool Repeatable { get; init; }

    /// <summary>What a virtual MTA or a pool says is tried or done before what is said at global level, and does not take its place.</summary>
    public bool JoinsServers { get; init; }

    /// <summary>Still read, and replaced by this.</summary>
    public string Replacement { get; init; } = "";

    /// <summary>Why it has no effect, or what to do instead.</summary>
    public string Reason { get; init; } = "";

    /// <summary>
    /// For a directive that is not supported yet and must not be ignored, because mail would be handled less safely than asked for: the one value that may
    /// be, because Godwit acts like that anyway.
    /// </summary>
    public string Harmless { get; init; } = "";

    /// <summary>The blocks that the value names; a name that none of them has is an error.</summary>
    public BlockKind Refers { get; init; }

    /// <summary>For a directive that is not supported yet: what follows from that, for somebody who has read its name already.</summary>
    public string Lack => this switch
    {
        { Replacement.Length: > 0 } => $"an old form; use {Replacement}",
        { Harmless.Length: > 0 } => $"not supported yet, and without it {Reason}",
        { Reason.Length: > 0 } => Reason,
        _ => "not supported yet",
    };

    /// <summary>The value must not be shown.</summary>
    public bool Secret { get; init; }

    /// <summary>The property of the frozen settings that the value ends up in; empty when it has none.</summary>
    public string Member { get; init; } = "";

    /// <summary>Set when the value is the property's value as it stands; null when the builder makes something of it.</summary>
    public PropertyInfo? Bound { get; init; }

    /// <summary>For a list: what it is with one more line; a null value clears it. Null for a directive with one value.</summary>
    public Func<object, object?, object>? Append { get; init; }

    /// <summary>The settings type of a scope; null for scopes that have none of their own.</summary>
    public static Type? TargetOf(BlockKind scope) => scope switch
    {
        BlockKind.Domain => typeof(DeliverySettings),
        BlockKind.Source => typeof(SourceSettings),
        BlockKind.User => typeof(SmtpUserSettings),
        BlockKind.ConsoleUser => typeof(HttpUserSettings),
        BlockKind.AccountingFile => typeof(AccountingFileSettings),
        BlockKind.VirtualMta => typeof(VirtualMtaSettings),
        BlockKind.Pool => typeof(PoolSettings),
        BlockKind.Spool => typeof(SpoolSettings),
        BlockKind.Listener => typeof(ListenerSettings),
        BlockKind.PatternList => typeof(PatternListSettings),
        BlockKind.Proxy => typeof(ProxyHop),
        BlockKind.Receiver => typeof(ReceiverSettings),
        BlockKind.Vault => typeof(VaultSettings),
        BlockKind.Global or BlockKind.SmtpPatternList or BlockKind.RollupList or BlockKind.KeyList => typeof(ServerSettings),
        _ => null,
    };
}
