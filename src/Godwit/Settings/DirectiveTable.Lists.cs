// Lists and readers of returned mail: the reference's 2.10.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    /// <summary>What is or is not to be uploaded; read only to tell slips.</summary>
    private static ValueForm<string> SignalsUse => new(
        "true, false or a filter's name, and subaccount=NUMBER behind a comma if wanted", (text, reading, out value) => TrySignals(text, reading, out value));

    private static ValueForm<string> SignalsRule => new(
        "a domain or pattern, and enable-signals or disable-signals",
        (text, reading, out value) =>
        {
            value = text;
            var cursor = new ValueCursor(text, reading);
            return cursor.TryPart(DomainOrMacro, out _) && cursor.TryRest(SignalsUse, out _);
        }) { Quotes = QuoteUse.Raw };

    private static ValueForm<AddressPattern> ListAddress =>
        AddressPattern.FormOf(AddressPatternKind.Address | AddressPatternKind.LocalPart | AddressPatternKind.Pattern);

    private static bool TrySignals(string text, ValueReading reading, out string value)
    {
        const string Account = "subaccount=";
        value = text;
        string[] words = text.Split(',', StringSplitOptions.TrimEntries);
        return (words[0].Length > 0 && !words[0].Any(char.IsWhiteSpace)
                && (words.Length == 1 || (words.Length == 2 && words[1].StartsWith(Account, StringComparison.OrdinalIgnoreCase) && int.TryParse(words[1][Account.Length..], out _))))
            || reading.Fail($"{Show(text)} is not {SignalsUse.Shape}");
    }

    private static Directive[] ListRows()
    {
        const BlockKind Reports = BlockKind.BounceReports | BlockKind.Complaints;
        const string NoUpload = "Godwit uploads nothing to a vendor.";
        return
        [
            Built(BlockKind.PatternList, "header", PatternRule.FormOf(PatternSubject.Header), nameof(PatternListSettings.Entries), "-",
                "A header name, a pattern, a result.") with { Repeatable = true },
            Built(BlockKind.PatternList, "mail-from", PatternRule.FormOf(PatternSubject.MailFrom), nameof(PatternListSettings.Entries), "-",
                "A pattern for the sender, a result.") with { Repeatable = true },
            Built(BlockKind.PatternList, "rcpt-to", PatternRule.FormOf(PatternSubject.RcptTo), nameof(PatternListSettings.Entries), "-",
                "A pattern for the recipient, a result.") with { Repeatable = true },
            Built(BlockKind.PatternList, "*", PatternRule.FormOf(PatternSubject.Always), nameof(PatternListSettings.Entries), "-",
                "The result for everything else.") with { Repeatable = true },
            Built(BlockKind.SmtpPatternList, "reply", ReplyRule.Form, nameof(ServerSettings.ReplyLists), "-", "A pattern for replies, actions.") with
            {
                Repeatable = true,
            },
            Later(BlockKind.BounceCategories, "/", BounceCategoryRule.Form, "-", "A pattern for status and diagnostic, a category.") with { Repeatable = true },
            Later(BlockKind.AddressList, "address", ListAddress, "-", "An address, a local part or a pattern.") with { Repeatable = true },
            Later(BlockKind.AddressList, "address-file", FilePath, "-", "A file with one address on a line.") with { Repeatable = true },
            Later(BlockKind.AddressList, "domain", DomainOrMacro, "-", "Every address in a domain.") with { Repeatable = true },
            Later(BlockKind.EmailPatterns, "body-pattern-file", FilePath, "-", "A file with patterns for the body.") with { Repeatable = true },
            Later(BlockKind.EmailPatterns, "log-match-info", YesNo, "no", "Logs what matched."),
            Later(Reports, "deliver-unmatched-email", YesNo, "yes", "Delivers mail that is no report."),
            Later(Reports, "deliver-matched-email", YesNo, "no", "Delivers reports too."),
            Later(Reports, "deliver-email", YesNo, "no", "Old form.") with { Replacement = "deliver-matched-email" },
            Later(Reports, "forward-unmatched-to", Email, "-", "Gets mail that is no report.") with { Repeatable = true },
            Later(Reports, "forward-errors-to", Email, "-", "Gets mail that cannot be read.") with { Repeatable = true },
            Later(BlockKind.RewriteList, "mail-from", SenderRewrite.Form, "-", "A sender pattern, a new sender.") with { Repeatable = true },
            Later(BlockKind.RewriteList, "from-domain", DomainRewrite.Form, "-", "A domain pattern, a new domain.") with { Repeatable = true },
            Built(BlockKind.RollupList, "mx", MxRollupRule.Form, nameof(ServerSettings.MxRollups), "-", "An MX pattern, the name of a rollup queue.") with { Repeatable = true },
            Built(BlockKind.Proxy, "server", HostAndPort, nameof(ProxyHop.Server), "-", "The proxy's host and port."),
            Built(BlockKind.Proxy, "client", ProxyClient.Form, nameof(ProxyHop.Client), "-",
                "The address and name behind the proxy.") with { Repeatable = true },
            Built(BlockKind.Proxy, "protocol-version", Integer(1, 2), nameof(ProxyHop.Version), "1", "Version of the PROXY header."),
            Later(BlockKind.Dns, "precached-domains-file", FilePath, "-", "Domains to look up ahead of time."),
            Later(BlockKind.Dns, "precached-max-domains", Integer(0), "500", "How many of them."),
            Later(BlockKind.Dns, "precached-refresh-interval", Time, "5m", "How often."),
            Built(BlockKind.Vault, "server-url", WebAddress, nameof(VaultSettings.ServerUrl), "-", "The key server."),
            Built(BlockKind.Vault, "access-token", SecretValue.Form, nameof(VaultSettings.AccessToken), "-", "The token for it.") with { Secret = true },
            Built(BlockKind.Vault, "cache-ttl", Time, nameof(VaultSettings.CacheTtl), "24h", "How long a key is kept."),
            Later(BlockKind.Transmissions, "api-key", SecretValue.Form, "-", "A key that clients show.") with { Repeatable = true, Secret = true },
            Later(BlockKind.Transmissions, "log-requests", YesNo, "no", "Logs requests."),
            Later(BlockKind.Transmissions, "log-data", YesNo, "no", "Logs what is sent and received."),
            Later(BlockKind.Transmissions, "log-tls", YesNo, "no", "Logs TLS handshakes."),
            Idle(BlockKind.Signals, "api-key", SecretValue.Form, "-", NoUpload) with { Secret = true },
            Idle(BlockKind.Signals, "upload-url", WebAddress, "-", NoUpload),
            Idle(BlockKind.Signals, "engagement-tracking", RawText, "-", NoUpload),
            Idle(BlockKind.Signals, "custom-message-id-header", HeaderName, "-", NoUpload),
            Idle(BlockKind.Signals, "process-x-sp-subaccount-id", YesNo, "no", NoUpload),
            Idle(BlockKind.Signals, "retain-x-sp-subaccount-id", YesNo, "no", NoUpload),
            Idle(BlockKind.Signals, "log-verbose", YesNo, "no", NoUpload),
            Idle(BlockKind.Signals, "min-free-space", SizeOrUnlimited, "20M", NoUpload),
            Idle(BlockKind.Signals, "privacy-policy", Words("retain", "sha1"), "retain", NoUpload),
            .. "account-id imprinter-id default-token-class default-content-type default-payer-id default-obo-id".Split(' ')
                .Select(name => Idle(BlockKind.Goodmail, name, RawText, "-", "Goodmail ended in 2011.")),
            Idle(BlockKind.Goodmail, "imprinter-password", SecretValue.Form, "-", "Goodmail ended in 2011.") with { Secret = true },
            Idle(BlockKind.SignalsFilter, "sender-or-from", SignalsRule, "-", NoUpload) with { Repeatable = true },
        ];
    }
}
