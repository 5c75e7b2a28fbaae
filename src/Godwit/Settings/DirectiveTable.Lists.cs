// Lists and readers of returned mail: the reference's 2.10.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private static Directive[] ListRows()
    {
        const BlockKind Reports = BlockKind.BounceReports | BlockKind.Complaints;
        const string NoUpload = "Godwit uploads nothing to a vendor.";
        return
        [
            Later(BlockKind.PatternList, "header", RawText, "-", "A header name, a pattern, a result.") with { Repeatable = true },
            Later(BlockKind.PatternList, "mail-from", PatternLine, "-", "A pattern for the sender, a result.") with { Repeatable = true },
            Later(BlockKind.PatternList, "rcpt-to", PatternLine, "-", "A pattern for the recipient, a result.") with { Repeatable = true },
            Later(BlockKind.PatternList, "*", RawText, "-", "The result for everything else.") with { Repeatable = true },
            Later(BlockKind.SmtpPatternList, "reply", PatternLine, "-", "A pattern for replies, actions.") with { Repeatable = true },
            Later(BlockKind.BounceCategories, "/", PatternLine, "-", "A pattern for status and diagnostic, a category.") with { Repeatable = true },
            Later(BlockKind.AddressList, "address", RawText, "-", "An address, a local part or a pattern.") with { Repeatable = true },
            Later(BlockKind.AddressList, "address-file", FilePath, "-", "A file with one address on a line.") with { Repeatable = true },
            Later(BlockKind.AddressList, "domain", RawText, "-", "Every address in a domain.") with { Repeatable = true },
            Later(BlockKind.EmailPatterns, "body-pattern-file", FilePath, "-", "A file with patterns for the body.") with { Repeatable = true },
            Later(BlockKind.EmailPatterns, "log-match-info", YesNo, "no", "Logs what matched."),
            Later(Reports, "deliver-unmatched-email", YesNo, "yes", "Delivers mail that is no report."),
            Later(Reports, "deliver-matched-email", YesNo, "no", "Delivers reports too."),
            Later(Reports, "deliver-email", YesNo, "no", "Old form.") with { Replacement = "deliver-matched-email" },
            Later(Reports, "forward-unmatched-to", Email, "-", "Gets mail that is no report.") with { Repeatable = true },
            Later(Reports, "forward-errors-to", Email, "-", "Gets mail that cannot be read.") with { Repeatable = true },
            Later(BlockKind.RewriteList, "mail-from", RawText, "-", "A sender pattern, a new sender.") with { Repeatable = true },
            Later(BlockKind.RewriteList, "from-domain", RawText, "-", "A domain pattern, a new domain.") with { Repeatable = true },
            Later(BlockKind.RollupList, "mx", RawText, "-", "An MX pattern, the name of a rollup queue.") with { Repeatable = true },
            Later(BlockKind.Proxy, "server", RawText, "-", "The proxy's host and port."),
            Later(BlockKind.Proxy, "client", RawText, "-", "The address and name behind the proxy.") with { Repeatable = true },
            Later(BlockKind.Proxy, "protocol-version", Integer(1, 2), "1", "Version of the PROXY header."),
            Later(BlockKind.Dns, "precached-domains-file", FilePath, "-", "Domains to look up ahead of time."),
            Later(BlockKind.Dns, "precached-max-domains", Integer(0), "500", "How many of them."),
            Later(BlockKind.Dns, "precached-refresh-interval", Time, "5m", "How often."),
            Later(BlockKind.Vault, "server-url", RawText, "-", "The key server."),
            Later(BlockKind.Vault, "access-token", RawText, "-", "The token for it.") with { Secret = true },
            Later(BlockKind.Vault, "cache-ttl", Time, "24h", "How long a key is kept."),
            Later(BlockKind.Transmissions, "api-key", RawText, "-", "A key that clients show.") with { Repeatable = true, Secret = true },
            Later(BlockKind.Transmissions, "log-requests", YesNo, "no", "Logs requests."),
            Later(BlockKind.Transmissions, "log-data", YesNo, "no", "Logs what is sent and received."),
            Later(BlockKind.Transmissions, "log-tls", YesNo, "no", "Logs TLS handshakes."),
            Idle(BlockKind.Signals, "api-key", RawText, "-", NoUpload) with { Secret = true },
            Idle(BlockKind.Signals, "upload-url", RawText, "-", NoUpload),
            Idle(BlockKind.Signals, "engagement-tracking", RawText, "-", NoUpload),
            Idle(BlockKind.Signals, "custom-message-id-header", RawText, "-", NoUpload),
            Idle(BlockKind.Signals, "process-x-sp-subaccount-id", YesNo, "no", NoUpload),
            Idle(BlockKind.Signals, "retain-x-sp-subaccount-id", YesNo, "no", NoUpload),
            Idle(BlockKind.Signals, "log-verbose", YesNo, "no", NoUpload),
            Idle(BlockKind.Signals, "min-free-space", SizeOrUnlimited, "20M", NoUpload),
            Idle(BlockKind.Signals, "privacy-policy", Words("retain", "sha1"), "retain", NoUpload),
            Idle(BlockKind.SignalsFilter, "sender-or-from", RawText, "-", NoUpload) with { Repeatable = true },
        ];
    }
}
