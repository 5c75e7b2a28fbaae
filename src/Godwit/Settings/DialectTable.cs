// Words that guides on the web use and PowerMTA does not know, one row each: what is meant, or what to write instead.
// Dialect reads by these rows before the tables of the real language are asked, so neither the grammar nor the checker knows any of the words.

using System.Collections.Frozen;

namespace Godwit.Settings;

/// <summary>One word of the dialect.</summary>
/// <param name="Word">The directive or tag as guides write it.</param>
/// <param name="Scope">The blocks in which it has this meaning.</param>
/// <param name="Real">The directive that is meant, or for a tag the argument; empty when nothing is, and the word stays unknown.</param>
/// <param name="Note">What the check says behind the word.</param>
internal sealed record DialectRow(string Word, BlockKind Scope, string Real, string Note)
{
    public bool IsBlock { get; init; }

    /// <summary>For a tag that is real otherwise: the argument that is dialect. Empty stands for every argument.</summary>
    public string Argument { get; init; } = "";

    /// <summary>Gives the value its real form, keeping the columns of what it keeps; null when the value is the same in both.</summary>
    public ReadValue<string>? Read { get; init; }

    /// <summary>As it is shown to the operator.</summary>
    public string Shown => IsBlock ? $"<{Word}{(Argument.Length == 0 ? "" : " ")}{Argument}>" : Word;
}

/// <summary>Finds rows by word; words compare ignoring case.</summary>
internal static class DialectTable
{
    private const BlockKind G = BlockKind.Global;
    private const BlockKind D = BlockKind.Domain;
    private const BlockKind S = BlockKind.Source;

    public static IReadOnlyList<DialectRow> All { get; } =
    [
        Tag("source", "*", "0/0"),
        Name("allow-relay", S, "always-allow-relaying"),
        Name("max-message-rate", D, "max-msg-rate"),
        Name("max-conn-rate", D, "max-connect-rate"),
        Name("max-messages-per-connection", D, "max-msg-per-connection"),
        Name("max-recipients-per-message", D | S, "max-rcpt-per-message"),
        Name("backoff-retry-interval", D, "backoff-retry-after"),
        Name("enable-starttls", D, "use-starttls"),
        new("backoff-trigger-pattern", D, "reply",
            "is read as the rule \"reply /pattern/ mode=backoff\" of this domain; such rules belong into <smtp-pattern-list>")
        {
            Read = DialectValues.Trigger,
        },
        new("ip", G | BlockKind.VirtualMta, "smtp-source-host", "ADDRESS domain = NAME is read as smtp-source-host ADDRESS NAME")
        {
            Read = DialectValues.SourceHost,
        },

        Nothing("bounce-classification-file", G, "write its patterns into <bounce-category-patterns>, or include the file there"),
        Nothing("routing-file", G, "<pattern-list> chooses virtual MTAs, smtp-hosts in <domain> chooses hosts"),
        Nothing("log-level", G, "log-connections, log-commands and their like in <source> and <domain> choose what is logged"),
        Nothing("run-as-user", G, "the service unit decides which user Godwit runs as"),
        Nothing("min-free-disk-space", G, "use min-free-space in <spool>"),
        Nothing("http-mgmt-interface", G, "http-access says who may use the management port"),
        Nothing("http-mgmt-auth", G, "http-access says who may use the management port"),
        Nothing("bounce-log", G | BlockKind.VirtualMta, "<acct-file FILE> with \"records b\" is the record of bounces"),
        Nothing("smtp-tls-certificate", G, "smtp-server-tls-certificate is for inbound mail, smtp-client-certificate in <domain> for outbound mail"),
        Nothing("check-pra-inbound", S, "Sender ID is gone; use check-spf-inbound"),
        Nothing("next-hop", D, "use smtp-hosts"),
        Nothing("reenqueue", D, "retry-after and retry-recipients-after say when mail is tried again"),
        Nothing("bounce-address", D, "who submits mail chooses its sender; <rewrite-list> changes it"),
        Nothing("backoff-retry-profile", D, "write backoff-retry-after and the other backoff limits into the <domain> itself"),
        Nothing("add-vmta", BlockKind.Pool, "use virtual-mta NAME"),
        Nothing("domain-selection", BlockKind.Pool, "members are used in turn; a <pattern-list> can choose one"),
        Nothing("map-header-to-column", BlockKind.AccountingFile, "use map-header-to-field"),
        Nothing("backoff-mode", D, "write backoff-max-msg-rate and its like into the <domain>; a reply rule with mode=backoff switches it on"),
        Nothing("throttle", D, "max-msg-rate, max-connect-rate and max-smtp-out in <domain> set the pace"),
        Nothing("rate-limit", D, "use max-msg-rate for recipients or max-connect-rate for connections"),
        Nothing("max-connections", D, "use max-smtp-out"),
        Nothing("maximum-connections", D, "use max-smtp-out"),
        Nothing("connection-limit", D, "use max-smtp-out"),
        Nothing("concurrency", D, "use max-smtp-out"),
        Nothing("max-retries", D, "mail is tried until bounce-after has passed, however often that is"),
        Nothing("message-lifetime", D, "use bounce-after"),
        Nothing("expire-after", D, "use bounce-after"),
        Nothing("relayhost", D, "use smtp-hosts in <domain *>"),
        Nothing("smarthost", D, "use smtp-hosts in <domain *>"),
        Nothing("source-ip", BlockKind.VirtualMta, "use smtp-source-host ADDRESS NAME"),
        Nothing("bind-address", BlockKind.VirtualMta, "use smtp-source-host ADDRESS NAME"),
        Nothing("helo-name", BlockKind.VirtualMta, "the name at EHLO is the second word of smtp-source-host, else host-name"),
        Nothing("dkim-selector", D, "domain-key SELECTOR,DOMAIN,FILE names selector, domain and key in one line"),
        Nothing("dkim-key", D, "domain-key SELECTOR,DOMAIN,FILE names selector, domain and key in one line"),
        Nothing("warmup", BlockKind.VirtualMta, "cold-virtual-mta with max-cold-virtual-mta-msg warms addresses up"),
        Nothing("{", G, "blocks are written <tag> and </tag>"),
        Nothing("}", G, "blocks are written <tag> and </tag>"),
        NoTag("pattern-virtual-mta", "use <pattern-list>"),
        NoTag("rollup-group", "use <mx-rollup-list>"),
        NoTag("ip-rollup", "use <mx-rollup-list> with rollup-by-ip"),
        NoTag("queue", "use <domain>, inside <virtual-mta> for one virtual MTA only"),
        NoTag("rbl", "smtp-service no in <source> keeps clients out; block lists are not asked"),
        NoTag("vmta", "use <virtual-mta>"),
        NoTag("smtp-pattern", "use <smtp-pattern-list>"),
        NoTag("accepted-connect", "use <source>"),
        NoTag("bind", "use <domain> inside <virtual-mta>"),
    ];

    private static readonly FrozenDictionary<string, DialectRow> _directives = Index(All.Where(r => !r.IsBlock));
    private static readonly FrozenDictionary<string, DialectRow> _tags = Index(All.Where(r => r.IsBlock));

    public static DialectRow? FindDirective(string word) => _directives.GetValueOrDefault(word);

    public static DialectRow? FindTag(string tag) => _tags.GetValueOrDefault(tag);

    private static FrozenDictionary<string, DialectRow> Index(IEnumerable<DialectRow> rows) =>
        rows.ToFrozenDictionary(r => r.Word, StringComparer.OrdinalIgnoreCase);

    private static DialectRow Name(string word, BlockKind scope, string real) => new(word, scope, real, $"is read as {real}, its name in PowerMTA");

    private static DialectRow Tag(string tag, string argument, string real) =>
        new(tag, G, real, $"is read as <{tag} {real}>") { IsBlock = true, Argument = argument };

    private static DialectRow Nothing(string word, BlockKind scope, string advice) => new(word, scope, "", advice);

    private static DialectRow NoTag(string tag, string advice) => new(tag, G, "", advice) { IsBlock = true };
}
