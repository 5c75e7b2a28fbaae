using CsCheck;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>The value of every directive: what it may look like, how it is printed, and what is said about a wrong one, and where.</summary>
public sealed class DirectiveValueTests
{
    /// <summary>Block, directive, a value as people write it, and as it is printed. One line at least for each form of value.</summary>
    public static TheoryData<string, string, string, string> Good => new()
    {
        { "", "smtp-proxy-source-host", "10.0.0.1 proxy.example:1080 192.0.2.1 mail.example", "10.0.0.1 proxy.example:1080 192.0.2.1 mail.example" },
        { "", "smtp-proxy-source-host", "::1 [2001:db8::1]:1080\t192.0.2.1:99  mail.example", "::1 [IPv6:2001:db8::1]:1080 192.0.2.1:99 mail.example" },
        { "", "use-proxy", "p1, p2", "p1,p2" },
        { "virtual-mta", "smtp-proxy-source-host", "10.0.0.1 10.0.0.2:1 [::1]:2 Mail.Example", "10.0.0.1 [10.0.0.2]:1 [::1]:2 mail.example" },
        { "", "alias", "a@b.example c@d.example, e@f.example", "a@b.example c@d.example,e@f.example" },
        { "aliases", "alias", "postmaster me@x.example", "postmaster me@x.example" },
        { "aliases", "alias", "*@Old.example new@x.example", "*@old.example new@x.example" },
        { "", "domain-key", "s1, example.com, /etc/pmta/key.pem", "s1,example.com,\"/etc/pmta/key.pem\"" },
        { "", "domain-key", "s1,*,keys/a.pem", "s1,*,\"/etc/godwit/keys/a.pem\"" },
        { "", "domain-key", "s1 example.com \"/etc/a b.pem\"", "s1,example.com,\"/etc/a b.pem\"" },
        { "domain-key-list", "domain-key", "s1, $mine, {Vault}:/secret/dkim:private", "s1,$mine,{vault}:/secret/dkim:private" },
        { "", "dsn-failed-from-template", "\"MAILER-DAEMON <x@${hostname}>\"", "\"MAILER-DAEMON <x@${hostname}>\"" },
        { "", "thread-min-priority", "-5", "-5" },
        { "", "enable-signals", "true,subaccount=7", "true,subaccount=7" },
        { "signals-filter", "sender-or-from", "*.a.example enable-signals, subaccount=7", "*.a.example enable-signals, subaccount=7" },
        { "", "mx-connection-limit", "*.yahoodns.net 10", "*.yahoodns.net 10" },
        { "", "mx-connection-limit", "MX.a.example unlimited", "mx.a.example unlimited" },
        { "", "ip-connection-limit", "10/8 5", "10.0.0.0/8 5" },
        { "", "relay-domain", "[*.]a.example", "[*.]a.example" },
        { "", "relay-domain", "mail.$mine", "mail.$mine" },
        { "", "relay-address", "a@b.example", "a@b.example" },
        { "", "relay-address", "/^bounce-.*@b\\.example$/", "/^bounce-.*@b\\.example$/" },
        { "", "pickup", "/var/in \"/var/bad mail\"", "\"/var/in\" \"/var/bad mail\"" },
        { "", "spool-max-recipients", "AUTO", "auto" },
        { "", "spool-max-recipients", "5000", "5000" },
        { "", "http-access", "10.1/16 monitor, deny-logs", "10.1.0.0/16 monitor,deny-logs" },
        { "", "http-access", "::1 Admin", "::1/128 admin" },
        { "", "http-tls-dh-key-length", "2048", "2048" },
        { "http-user", "level", "Operator", "operator" },
        { "", "http-tls-ciphers", "\"HIGH:!ADH:@STRENGTH\"", "HIGH:!ADH:@STRENGTH" },
        { "", "smtp-server-tls-v1.3-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384" },
        { "", "smtp-server-tls-certificate", "/etc/cert.pem", "\"/etc/cert.pem\"" },
        { "", "smtp-listener", "0/0:25 source=in", "0.0.0.0/0:25 source=in" },
        { "", "smtp-source-host", "192.0.2.0/30 mail.example", "192.0.2.0/30 mail.example" },
        { "", "domain-macro", "m a.example, \"b,c\"", "m a.example,\"b,c\"" },
        { "receiver", "share", "12.5%", "12.5%" },
        { "receiver", "domain", "A.example 10%", "a.example 10%" },
        { "receiver", "answer", "0.3% no-such-user", "0.3% no-such-user" },
        { "source", "suppression-lists", "a, b", "a,b" },
        { "source", "add-date-header", "Override", "override" },
        { "source", "add-date-header", "true", "yes" },
        { "source", "jobid-header", "X-Campaign", "X-Campaign" },
        { "source", "jobid-prefix", "\"{auth}\"", "{auth}" },
        { "source", "smtp-max-auth-failure-rate", "5/10m", "5/10m" },
        { "domain", "source-ip-max-msg-rate", "10/8 100/h", "10.0.0.0/8 100/h" },
        { "domain", "source-ip-max-msg-rate", "0/0 unlimited", "0.0.0.0/0 unlimited" },
        { "domain", "source-ip-max-data-volume-rate", "192.0.2.1 10M/h", "192.0.2.1/32 10M/h" },
        { "domain", "source-ip-max-smtp-out", "192.0.2.1 3", "192.0.2.1/32 3" },
        { "domain", "max-cold-virtual-mta-msg", "1/day, 2/d,4/1d , 8/24h", "1/d,2/d,4/d,8/d" },
        { "domain", "backoff-notify", "a@b.example, c@d.example", "a@b.example,c@d.example" },
        { "domain", "disable-acct-records", "delivery, tq", "d,tq" },
        { "domain", "http-delivery-url", "https://a.example/x?y=1", "https://a.example/x?y=1" },
        { "domain", "dkim-sign", "TRUE", "yes" },
        { "domain", "dkim-sign", "if-x-dkim-options-present", "if-x-dkim-options-present" },
        { "domain", "dkim-algorithm", "ed25519-sha256", "ed25519-sha256" },
        { "domain", "second-dkim-body-canon", "Simple", "simple" },
        { "domain", "dkim-headers", "List-Id, /^X-(a,b)$/ ,To", "List-Id,/^X-(a,b)$/,To" },
        { "domain", "dkim-identity", "@Example.com", "@example.com" },
        { "domain", "dkim-identity", "strict-from", "strict-from" },
        { "domain", "dkim-identity-fallback", "a@b.example", "a@b.example" },
        { "domain", "dkim-query-method", "dns/txt", "dns/txt" },
        { "domain", "file-destination", "\"/var/mail/$domain/$user\"", "\"/var/mail/$domain/$user\"" },
        { "domain", "command", "/usr/bin/reader \"a b\" $from", "/usr/bin/reader \"a b\" $from" },
        { "virtual-mta", "auto-cold-virtual-mta", "192.0.2.1 cold.example", "192.0.2.1/32 cold.example" },
        { "pattern-list", "header", "Subject /sale/ virtual-mta=a, recipient-priority=10", "Subject /sale/ virtual-mta=a,recipient-priority=10" },
        { "pattern-list", "mail-from", "/@a\\.example$/ call-to: others", "/@a\\.example$/ call-to:others" },
        { "pattern-list", "rcpt-to", "// recipient-priority=0", "// recipient-priority=0" },
        { "pattern-list", "rcpt-to", "/x/ <Pattern-List>", "/x/ <pattern-list>" },
        { "pattern-list", "*", "VIRTUAL-MTA=b", "virtual-mta=b" },
        { "smtp-pattern-list", "reply", "/421 .* too many/ mode=backoff", "/421 .* too many/ mode=backoff" },
        { "smtp-pattern-list", "reply", "/a\\/b \\x23/ skip-mx, Disable-Source-IP ,reenable-after=4h", "/a\\/b \\x23/ skip-mx,disable-source-ip,reenable-after=4h" },
        { "smtp-pattern-list", "reply", "/x/ Suspend=60m, recover=Gradual,scope=DKIM-domain ,mode=backoff", "/x/ mode=backoff,suspend=1h,recover=gradual,scope=dkim-domain" },
        { "provider", "reply", "ip-quota RATE source-ip /^421 a\\/b/ recover=gradual, suspend=600", "ip-quota rate source-ip /^421 a\\/b/ suspend=10m,recover=gradual" },
        { "provider", "sample", "2026-03   550 5.7.1 refused,  see AUP\\x23In-1310", "2026-03 550 5.7.1 refused,  see AUP\\x23In-1310" },
        { "smtp-pattern-list", "reply", "// bounce-rcpt,mode=backoff,backoff-to-normal-after=never", "// mode=backoff,backoff-to-normal-after=never,bounce-rcpt" },
        { "bounce-category-patterns", "/", "/^[45]\\.1\\.1;/   bad-mailbox", "/^[45]\\.1\\.1;/ bad-mailbox" },
        { "address-list", "address", "a@b.example", "a@b.example" },
        { "address-list", "address", "abuse", "abuse" },
        { "address-list", "address", "/^test/", "/^test/" },
        { "address-list", "domain", "$mine", "$mine" },
        { "rewrite-list", "mail-from", "a@* b@c.example", "a@* b@c.example" },
        { "rewrite-list", "mail-from", "*@* *@b.example", "*@* *@b.example" },
        { "rewrite-list", "mail-from", "<> bounces@b.example", "<> bounces@b.example" },
        { "rewrite-list", "from-domain", "*.a.example b.example", "*.a.example b.example" },
        { "mx-rollup-list", "mx", "*.mail.protection.outlook.com Outlook.rollup rollup-by-ip", "*.mail.protection.outlook.com outlook.rollup rollup-by-ip" },
        { "mx-rollup-list", "mx", "mx1.a.example a.rollup", "mx1.a.example a.rollup" },
        { "proxy", "server", "proxy.example:1080", "proxy.example:1080" },
        { "proxy", "server", "10.0.0.1:1080", "[10.0.0.1]:1080" },
        { "proxy", "client", "192.0.2.1 mail.example", "192.0.2.1 mail.example" },
        { "vault", "server-url", "https://vault.example:8200", "https://vault.example:8200/" },
        { "acct-file", "record-fields", "d,b *, !orig, header_X-Job", "d,b *,!orig,header_X-Job" },
        { "acct-file", "map-header-to-field", "d,b header_X-Job jobId", "d,b header_X-Job jobId" },
        { "acct-file", "queue-filter", "*/vmta1, a.example/*, !*/*", "*/vmta1,a.example/*,!*/*" },
        { "acct-file", "privacy-policy", "retain", "retain" },
        { "acct-file", "http-webhook-max-interval", "1m", "1m" },
        { "acct-file", "http-webhook-transfer-encoding", "GZIP", "gzip" },
    };

    /// <summary>Block, directive, a wrong value, where in it the fault stands, and the beginning of what is said.</summary>
    public static TheoryData<string, string, string, int, string> Bad => new()
    {
        { "", "smtp-proxy-source-host", "10.0.0.1 proxy.example 192.0.2.1 mail.example", 9, "\"proxy.example\" is not host:port" },
        { "", "smtp-proxy-source-host", "10.0.0.1 proxy.example:1 192.0.2.1", 34, "a domain name is missing" },
        { "", "smtp-proxy-source-host", "10.0.0.1 proxy.example:1 192.0.2.1 a.example b", 45, "\"b\" is too much" },
        { "", "use-proxy", "a,,b", 2, "an entry of the list is empty" },
        { "", "alias", "/x/ a@b.example", 0, "a /pattern/ cannot be used here" },
        { "", "alias", "a@b.example", 11, "an e-mail address is missing" },
        { "", "alias", "a@b.example c@d.example, e", 25, "\"e\" is not an e-mail address" },
        { "", "domain-key", "s1, example.com", 15, "takes a selector, a domain or *, and a file" },
        { "", "domain-key", "s1, exa mple, /x", 4, "\"exa mple\" is not a domain" },
        { "", "domain-key", "s 1, a.example, /x", 0, "\"s 1\" is not a selector" },
        { "", "domain-key", "s1, a.example, {vault}:secret", 15, "a key in the vault is written {vault}:/PATH:KEY" },
        { "", "domain-key", "s1, a.example, \"/x", 15, "the quote is never closed" },
        { "", "mx-connection-limit", "mx_.*.a 5", 0, "\"mx_.*.a\" is not a host name or a pattern" },
        { "", "mx-connection-limit", "mx.a.example many", 13, "\"many\" is not a whole number" },
        { "", "ip-connection-limit", "10.0.0/8x 5", 0, "\"10.0.0/8x\" is not an address or block" },
        { "", "ip-connection-limit", "10/8", 4, "a whole number, or unlimited is missing" },
        { "", "relay-address", "nobody", 0, "\"nobody\" is not an e-mail address or /pattern/" },
        { "", "relay-address", "<a@b.example>", 0, "write the address without < and >: \"a@b.example\"" },
        { "", "pickup", "/var/in", 7, "a path is missing" },
        { "", "spool-max-recipients", "lots", 0, "\"lots\" is not a whole number" },
        { "", "http-access", "10/8 root", 5, "\"root\" is none of: none, sign-in, monitor, operator, admin" },
        { "", "http-access", "10/8 admin,deny-logs", 11, "behind the level only deny-logs may stand, and only behind monitor" },
        { "", "http-api-key", "tooshort", 0, "the key must have 32 to 128 letters, digits or _" },
        { "", "http-api-key", "0123456789012345678901234567890-", 0, "the key must have 32 to 128 letters, digits or _" },
        { "http-user", "level", "root", 0, "\"root\" is none of: none, monitor, operator, admin" },
        { "http-user", "password", "secret", 0, "a hashed password has the form {pbkdf2}ITERATIONS$SALT$HASH; \"godwit hash-password\" makes one" },
        { "", "http-tls-dh-key-length", "1000", 0, "\"1000\" is none of: 1024, 2048, 4096" },
        { "", "http-tls-ciphers", "HIGH LOW", 0, "\"HIGH LOW\" is not a list of ciphers" },
        { "", "smtp-server-tls-certificate", "/a b c", 0, "a file and one password are expected" },
        { "source", "jobid-prefix", "a b", 0, "\"a b\" has blanks" },
        { "source", "jobid-header", "X-Job:", 0, "\"X-Job:\" is not a header name" },
        { "source", "pattern-list", "a b", 1, "\"a b\" has blanks" },
        { "source", "pattern-list", "\"a b\"", 2, "\"a b\" has blanks" },
        { "domain", "source-ip-max-msg-rate", "100/h", 0, "\"100/h\" is not an address or block" },
        { "domain", "source-ip-max-msg-rate", "10/8 100", 5, "\"100\" is not a rate" },
        { "domain", "source-ip-max-msg-rate", "10/8 100/x", 9, "\"100/x\" is not a rate: behind the slash" },
        { "domain", "max-cold-virtual-mta-msg", "1/day,2/h", 6, "\"2/h\" is not a number a day" },
        { "domain", "backoff-notify", "a@b.example, nobody", 13, "\"nobody\" is not an e-mail address" },
        { "domain", "disable-acct-records", "d, r", 3, "\"r\" is not a record type; they are d, b, t, tq" },
        { "domain", "http-delivery-url", "ftp://a.example", 0, "\"ftp://a.example\" is not a URL" },
        { "domain", "http-delivery-url", "https://a:b@c.example", 0, "a URL with a user name would show a password" },
        { "domain", "dkim-sign", "maybe", 0, "\"maybe\" is none of: no, yes, if-x-dkim-options-present" },
        { "domain", "dkim-algorithm", "rsa", 0, "\"rsa\" is none of: rsa-sha1, rsa-sha256, ed25519-sha256" },
        { "domain", "dkim-headers", "To, X:Y", 4, "\"X:Y\" is not a header name" },
        { "domain", "dkim-headers", "To, /x(/", 6, "this ( is never closed" },
        { "domain", "dkim-headers", "To,", 3, "a header name is missing" },
        { "domain", "dkim-identity", "from", 0, "\"from\" is not an address, @domain, sender-or-from or strict-from" },
        { "domain", "dkim-identity-fallback", "strict-from", 0, "\"strict-from\" is not an address or @domain" },
        { "pattern-list", "header", "Subject virtual-mta=a", 8, "\"virtual-mta=a\" does not start with /" },
        { "pattern-list", "mail-from", "/x/ vmta=a", 4, "\"vmta=a\" is none of: virtual-mta=NAME" },
        { "pattern-list", "mail-from", "/x/ virtual-mta=", 16, "the name is missing" },
        { "pattern-list", "mail-from", "/x/ virtual-mta=a,virtual-mta=b", 18, "virtual-mta is given twice" },
        { "pattern-list", "mail-from", "/x/ recipient-priority=101", 23, "101 is not between 0 and 100" },
        { "pattern-list", "mail-from", "/x/ call-to:", 12, "a name is missing" },
        { "pattern-list", "rcpt-to", "/x/ call-to:a b", 14, "\"b\" is too much" },
        { "smtp-pattern-list", "reply", "blocked mode=backoff", 0, "\"blocked mode=backoff\" does not start with /" },
        { "smtp-pattern-list", "reply", "/blocked mode=backoff", 0, "the pattern is never closed by /" },
        { "smtp-pattern-list", "reply", "/blocked/", 9, "an action such as mode=backoff is missing" },
        { "smtp-pattern-list", "reply", "/blocked/g mode=backoff", 9, "flags are not written behind a pattern; leave g out" },
        { "smtp-pattern-list", "reply", "/blocked/im mode=backoff", 10, "flags are not written behind a pattern; begin it with (?m)" },
        { "domain", "retry-after", "\"5m, soon\"", 5, "\"soon\" is not a time" },
        { "smtp-pattern-list", "reply", "/a/b/ mode=backoff", 3, "the pattern ends here" },
        { "smtp-pattern-list", "reply", "/x/ mode=backof", 4, "\"mode=backof\" is not an action; did you mean \"mode=backoff\"?" },
        { "smtp-pattern-list", "reply", "/x/ whatever", 4, "\"whatever\" is not an action; they are mode=backoff" },
        { "smtp-pattern-list", "reply", "/x/ mode=backoff,mode=normal", 17, "mode=normal cannot stand beside mode=backoff" },
        { "smtp-pattern-list", "reply", "/x/ suspend=1h,retry", 15, "retry cannot stand beside suspend" },
        { "smtp-pattern-list", "reply", "/x/ suspend=1h,for=soon", 19, "\"soon\" is not a time" },
        { "provider", "reply", "id rate source-ip /x/ alert,suspnd=1h", 28, "\"suspnd=1h\" is not a reaction; did you mean \"suspend=TIME\"?" },
        { "provider", "reply", "id rate nowhere /x/ alert", 8, "\"nowhere\" is none of: source-ip" },
        { "provider", "sample", "2026-13 421 x", 0, "\"2026-13\" is not a month such as 2026-03" },
        { "provider", "sample", "2026-03", 7, "a text is missing" },
        { "smtp-pattern-list", "reply", "/x/ skip-mx, bounce-queue", 13, "bounce-queue cannot stand beside skip-mx" },
        { "smtp-pattern-list", "reply", "/x/ reenable-after=1h,disable-source-ip", 4, "reenable-after belongs behind disable-source-ip" },
        { "smtp-pattern-list", "reply", "/x/ mode=normal,backoff-to-normal-after=1h", 16, "backoff-to-normal-after belongs behind mode=backoff" },
        { "smtp-pattern-list", "reply", "/x/ disable-source-ip,reenable-after=1h,reenable-after=2h", 40, "reenable-after is given twice" },
        { "smtp-pattern-list", "reply", "/x/ disable-source-ip,reenable-after=soon", 37, "\"soon\" is not a time" },
        { "smtp-pattern-list", "reply", "/x/ mode=backoff,", 17, "an entry of the list is empty" },
        { "bounce-category-patterns", "/", "/x/", 3, "a category such as bad-mailbox is missing" },
        { "bounce-category-patterns", "/", "/x/ bad mailbox", 8, "\"mailbox\" is too much" },
        { "address-list", "address", "a b", 0, "\"a b\" is not an e-mail address or a local part or /pattern/" },
        { "address-list", "address", "/x/ y", 4, "\"y\" is too much" },
        { "rewrite-list", "mail-from", "a@b.example", 11, "a@b, a@*, *@b, *@* or <> is missing" },
        { "rewrite-list", "mail-from", "a b@c.example", 0, "\"a\" is none of: a@b, a@*, *@b, *@* or <>" },
        { "rewrite-list", "mail-from", "<> *@b.example", 3, "<> has no parts that * could stand for" },
        { "rewrite-list", "mail-from", "a@b.example <>", 12, "mail cannot be given the null sender" },
        { "rewrite-list", "mail-from", "a@b.example ä@b.example", 12, "the new sender is written in ASCII" },
        { "mx-rollup-list", "mx", "mx.a.example a", 13, "\"a\" does not end in .rollup" },
        { "mx-rollup-list", "mx", "mx.a.example a.rollup by-ip", 22, "\"by-ip\" is too much" },
        { "proxy", "client", "host.example mail.example", 0, "\"host.example\" is not an IP address" },
        { "acct-file", "record-fields", "d", 1, "a list of fields behind the record type is missing" },
        { "acct-file", "record-fields", "x a", 0, "\"x\" is not a record type" },
        { "acct-file", "record-fields", "d a, b c", 5, "\"b c\" is not the name of a field" },
        { "acct-file", "map-header-to-field", "tq header_X jobId", 0, "\"tq\" is not a record type; they are d, b, t, r, rb, rs, f" },
        { "acct-file", "map-header-to-field", "d X-Job jobId", 2, "\"X-Job\" is not header_NAME" },
        { "acct-file", "queue-filter", "*/*, vmta1", 5, "\"vmta1\" is not a queue" },
        { "acct-file", "privacy-policy", "hash", 0, "the method must be one of: retain, redact" },
        { "acct-file", "privacy-policy", "siphash", 7, "the key is missing" },
        { "acct-file", "privacy-policy", "siphash-hexkey 0123", 15, "a key for siphash has 32 hexadecimal digits" },
        { "acct-file", "privacy-policy", "hmac-sha256-hexkey 012", 19, "the key must be hexadecimal digits" },
        { "acct-file", "privacy-policy", "retain x", 7, "nothing stands behind retain" },
        { "acct-file", "http-webhook-max-interval", "30s", 0, "\"30s\" is less than 1m" },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void A_value_is_read_printed_and_read_again(string block, string directive, string text, string printed)
    {
        ValueForm form = FormOf(block, directive);
        var reading = new ValueReading("/etc/godwit");

        Assert.True(form.TryRead(text, reading, out object? value), reading.Fault);

        Assert.Equal(printed, form.Print(value!));
        Assert.True(form.TryRead(printed, reading, out object? again), reading.Fault);
        Assert.True(Same(value, again));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_wrong_value_is_refused_with_its_place(string block, string directive, string text, int offset, string sentence)
    {
        var reading = new ValueReading("/etc/godwit");

        Assert.False(FormOf(block, directive).TryRead(text, reading, out _));

        Assert.StartsWith(sentence, reading.Fault, StringComparison.Ordinal);
        Assert.Equal(offset, reading.FaultOffset);
    }

    [Fact]
    public void Every_form_of_value_stands_in_the_tables_of_these_tests_or_is_a_simple_one()
    {
        HashSet<Type> tried = [.. Good.Select(row => FormOf(row.Data.Item1, row.Data.Item2).ClrType)];
        Type[] simple = [typeof(string), typeof(bool), typeof(int), typeof(long), typeof(TimeSpan), typeof(IReadOnlyList<TimeSpan>), typeof(SecretValue),
            typeof(Godwit.Foundation.Rate), typeof(System.Net.IPAddress), typeof(System.Net.IPEndPoint), typeof(System.Net.IPNetwork),
            typeof(Godwit.Mail.DomainName), typeof(Godwit.Mail.EmailAddress), typeof(IReadOnlyList<HostLevel>), typeof(DeliveryKind), typeof(DsnFormat),
            typeof(RecoveryKind), typeof(FileFormat), typeof(AuthenticationMethod), typeof(AuthMethod)];

        Assert.All(DirectiveTable.All, d => Assert.True(tried.Contains(d.Form.ClrType) || simple.Contains(d.Form.ClrType), $"{d.Name}: {d.Form.ClrType}"));
    }

    [Fact]
    public void Whatever_is_accepted_can_be_printed_and_read_back()
    {
        // Values that people write, cut, doubled and mixed: what still passes must mean the same after printing.
        string[] texts = [.. Good.Select(row => row.Data.Item3).Concat(Bad.Select(row => row.Data.Item3)).Distinct()];
        Directive[] directives = [.. DirectiveTable.All];
        int accepted = 0;
        Gen.Select(Gen.Int[0, directives.Length - 1], Gen.Int[0, texts.Length - 1], Gen.Int[0, texts.Length - 1], Gen.Int[0, 40], Gen.Int[0, 40]).Sample(
            (index, first, second, head, tail) =>
            {
                string text = texts[first][..Math.Min(head, texts[first].Length)] + texts[second][Math.Min(tail, texts[second].Length)..];
                accepted += RoundTrip(directives[index], text.Trim()) ? 1 : 0;
            },
            iter: 40_000, seed: "0000000000003", threads: 1);
        Assert.InRange(accepted, 4_000, 40_000);
    }

    [Fact]
    public void The_values_of_one_directive_mixed_with_each_other_can_be_read_back()
    {
        (Directive Directive, string Text)[] rows = [.. Good.Select(row => (Find(row.Data.Item1, row.Data.Item2), row.Data.Item3))];
        int accepted = 0;
        Gen.Select(Gen.Int[0, rows.Length - 1], Gen.Int[0, 40], Gen.Int[0, 40], Gen.Int[0, 3]).Sample(
            (index, from, to, kind) =>
            {
                (Directive directive, string text) = rows[index];
                int a = Math.Min(from, text.Length);
                int b = Math.Min(Math.Max(from, to), text.Length);
                string changed = kind switch
                {
                    0 => text.Remove(a, b - a),
                    1 => text.Insert(a, text[a..b]),
                    2 => text.Insert(a, ","),
                    _ => text.Insert(a, "\\"),
                };
                accepted += RoundTrip(directive, changed.Trim()) ? 1 : 0;
            },
            iter: 40_000, seed: "0000000000004", threads: 1);
        Assert.InRange(accepted, 8_000, 40_000);
    }

    [Fact]
    public void A_variable_that_does_not_exist_is_told_and_stays()
    {
        Assert.Equal("$usr is not a variable and stays as it is; did you mean \"user\"?", Caution("domain", "file-destination", "/var/mail/$usr/$domain"));
        Assert.Equal("", Caution("domain", "command", "/bin/x \\$HOME $to"));
        Assert.StartsWith("${sender} is not a variable", Caution("", "dsn-failed-subject-template", "to ${recipient} from ${sender}"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_that_only_leaves_out_wants_nothing_and_says_so() =>
        Assert.Contains("no record is wanted", Caution("acct-file", "queue-filter", "!*/a, !b.example/*"), StringComparison.Ordinal);

    [Fact]
    public void Secrets_are_printed_as_asterisks_and_never_told_in_faults()
    {
        var reading = new ValueReading("/");
        foreach (Directive directive in DirectiveTable.All)
        {
            Assert.Equal(directive.Secret, directive.Form.IsSecret);
            string[] texts = ["hunter2hunter2", "/x hunter2 y", "siphash hunter2", "hmac-sha256-hexkey hunter2", "\"hunter2", "hunter2_0123456789_0123456789_0123456789"];
            foreach (string text in directive.Secret ? texts : [])
            {
                string shown = directive.Form.TryRead(text, reading, out object? value)
                    ? directive.Form.Print(value!) + value : reading.Fault + reading.Caution;
                string path = value is CertificateFile { Path: var file } ? file : "no path";
                Assert.DoesNotContain("hunter2", shown.Replace(path, "", StringComparison.Ordinal), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_default_of_every_directive_is_a_value_it_takes_or_words_that_say_where_it_comes_from()
    {
        string[] words = ["-", "the system's name", "the system's", "the system's choice", "the normal one", "the host names", "standard error"];
        var reading = new ValueReading("/");
        string[] perBlock = ["http-access", "record-fields", "source-ip-max-msg-rate", "source-ip-max-connect-rate", "source-ip-max-data-volume-rate", "source-ip-max-smtp-out"];

        // The last ones are told for what no block or type names.
        Assert.All(DirectiveTable.All, d => Assert.True(words.Contains(d.Default) || d.Form.TryRead(d.Default, reading, out _) || perBlock.Contains(d.Name),
            $"{d.Name} {d.Default}: {reading.Fault}"));
    }

    private static bool RoundTrip(Directive directive, string text)
    {
        var reading = new ValueReading("/etc/godwit");
        if (text.Length == 0 || !directive.Form.TryRead(text, reading, out object? value))
        {
            Assert.True(text.Length == 0 || reading.Fault.Length > 0);
            Assert.InRange(reading.FaultOffset, 0, text.Length);
            return false;
        }

        if (value is not null && !directive.Form.IsSecret)
        {
            string printed = directive.Form.Print(value);
            Assert.True(directive.Form.TryRead(printed, reading, out object? again), $"{directive.Name}: {text} -> {printed}: {reading.Fault}");
            Assert.True(Same(value, again), $"{directive.Name}: {text} -> {printed}");
        }

        return true;
    }

    private static bool Same(object? value, object? again) => (value, again) switch
    {
        (string a, string b) => a == b,
        (System.Collections.IEnumerable a, System.Collections.IEnumerable b) => Same([.. a.Cast<object>()], [.. b.Cast<object>()]),
        (HostLevel a, HostLevel b) => a.Hosts.SequenceEqual(b.Hosts),
        (RecordFieldsValue a, RecordFieldsValue b) => a.Types.SequenceEqual(b.Types) && a.Fields.SequenceEqual(b.Fields),
        (MacroValue a, MacroValue b) => a.Name == b.Name && a.Items.SequenceEqual(b.Items),
        _ => Equals(value, again),
    };

    private static bool Same(List<object> a, List<object> b) => a.Count == b.Count && a.Zip(b).All(pair => Same(pair.First, pair.Second));

    private static string Caution(string block, string directive, string text)
    {
        var reading = new ValueReading("/");
        Assert.True(FormOf(block, directive).TryRead(text, reading, out _), reading.Fault);
        return reading.Caution;
    }

    private static ValueForm FormOf(string block, string directive) => Find(block, directive).Form;

    private static Directive Find(string block, string directive) =>
        DirectiveTable.Find(block.Length == 0 ? BlockKind.Global : BlockTable.Find(block)!.Kind, directive) ?? throw new InvalidOperationException($"{block} {directive}");
}
