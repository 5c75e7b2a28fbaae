// <domain>: hosts, conversation, TLS, DKIM, and delivery that is not SMTP; the reference's 2.8.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    /// <summary>The kinds that exist; a kind that does not is refused, because its mail must not go elsewhere.</summary>
    private static ValueForm<DeliveryKind> DeliveryKindForm => new(
        "smtp, discard, file or pipe",
        (text, reading, out value) =>
        {
            string word = text.ToLowerInvariant();
            value = word switch { "discard" => DeliveryKind.Discard, "file" => DeliveryKind.File, "pipe" => DeliveryKind.Pipe, _ => DeliveryKind.Smtp };
            return value != DeliveryKind.Smtp || word == "smtp" || (word.StartsWith("http", StringComparison.Ordinal)
                ? reading.Fail($"{text} is not supported yet, and the mail must not go elsewhere; type pipe can hand it to a program that does")
                : reading.Fail($"{Show(text)} is none of: smtp, discard, file, pipe"));
        },
        v => v.ToString().ToLowerInvariant());

    private static ValueForm<FileFormat> FileFormatForm => Choice(
        ("newfile-plain", FileFormat.NewPlain), ("newfile-pickup", FileFormat.NewPickup), ("append-mbox", FileFormat.AppendMbox));

    private static ValueForm<DkimSigning> SigningForm => Choice(
        ("no", DkimSigning.No), ("yes", DkimSigning.Yes), ("if-x-dkim-options-present", DkimSigning.IfOptionsPresent), ("false", DkimSigning.No), ("true", DkimSigning.Yes));

    private static ValueForm<DkimAlgorithm> AlgorithmForm =>
        Choice(("rsa-sha1", DkimAlgorithm.RsaSha1), ("rsa-sha256", DkimAlgorithm.RsaSha256), ("ed25519-sha256", DkimAlgorithm.Ed25519Sha256));

    private static ValueForm<DkimCanonicalization> CanonicalForm => Choice(("simple", DkimCanonicalization.Simple), ("relaxed", DkimCanonicalization.Relaxed));

    private static ValueForm<AuthMethod> AuthMethodForm => Choice(
        ("auto", AuthMethod.Auto), ("scram-sha-256", AuthMethod.ScramSha256), ("cram-md5", AuthMethod.CramMd5), ("plain", AuthMethod.Plain),
        ("login", AuthMethod.Login), ("xoauth2", AuthMethod.XOAuth2));

    private static Directive[] DomainProtocolRows() =>
    [
        Bound(D, "type", DeliveryKindForm, nameof(DeliverySettings.Kind), "smtp", "What becomes of the mail."),
        Bound(D, "smtp-hosts", HostLevels, nameof(DeliverySettings.SmtpHosts), "\"\"", "Hosts to deliver to instead of the MX hosts."),
        Bound(D, "default-smtp-port", Integer(1, 65535), nameof(DeliverySettings.DefaultSmtpPort), "25", "Port to deliver to."),
        Bound(D, "connect-timeout", Time, nameof(DeliverySettings.ConnectTimeout), "2m", "For opening a connection."),
        Bound(D, "smtp-greeting-timeout", Time, nameof(DeliverySettings.SmtpGreetingTimeout), "5m", "For the greeting."),
        Bound(D, "data-send-timeout", Time, nameof(DeliverySettings.DataSendTimeout), "3m", "For each block of a message."),
        Bound(D, "smtp-data-termination-timeout", Time, nameof(DeliverySettings.DataTerminationTimeout), "10m", "For the reply to the end of a message."),
        Bound(D, "smtp-multiple-line-response-timeout", Time, nameof(DeliverySettings.SmtpCommandTimeout), "5m",
            "For a reply, and for each further line of it."),
        Bound(D, "assume-delivery-upon-data-termination-timeout", YesNo, nameof(DeliverySettings.AssumeDeliveryUponDataTerminationTimeout), "no",
            "Counts mail as delivered when that reply never comes."),
        Bound(D, "smtp-421-means-mx-unavailable", YesNo, nameof(DeliverySettings.Smtp421MeansMxUnavailable), "no", "After a 421 the next host is tried."),
        Bound(D, "smtp-553-means-invalid-mailbox", YesNo, nameof(DeliverySettings.Smtp553MeansInvalidMailbox), "yes", "A bare 553 to RCPT counts as 5.1.1."),
        Bound(D, "replace-smtp-421-service-response", YesNo, nameof(DeliverySettings.Replace421Response), "no", "Hides the text of a 421 in bounce messages."),
        Bound(D, "bounce-upon-no-mx", TimeOrBoolean, nameof(DeliverySettings.BounceUponNoMx), "never",
            "Mail for a domain without hosts bounces; a time is the age from which it does."),
        Bound(D, "bounce-upon-5xx-greeting", YesNo, nameof(DeliverySettings.BounceUpon5xxGreeting), "yes", "A 5xx greeting bounces the queue."),
        Bound(D, "bounce-upon-transfer-failure", YesNo, nameof(DeliverySettings.BounceUponTransferFailure), "no", "Mail whose connection breaks bounces."),
        Bound(D, "bounce-upon-pix-transfer-failure", YesNo, nameof(DeliverySettings.BounceUponPixTransferFailure), "no",
            "The same behind a PIX firewall, known by ten or more asterisks in its greeting."),
        Idle(D, "pix-bug-workaround", YesNo, "yes", "Godwit ends each message in one write, which is what the old firewalls needed."),
        Bound(D, "ignore-8bitmime", YesNo, nameof(DeliverySettings.Ignore8BitMime), "no", "Acts as if the host did not offer it."),
        Bound(D, "ignore-chunking", YesNo, nameof(DeliverySettings.IgnoreChunking), "no", "Acts as if the host did not offer it."),
        Bound(D, "ignore-pipelining", YesNo, nameof(DeliverySettings.IgnorePipelining), "no", "Acts as if the host did not offer it."),
        Bound(D, "ignore-dsn", YesNo, nameof(DeliverySettings.IgnoreDsn), "no", "Acts as if the host did not offer it."),
        Later(D, "allow-cancel-during-transfer", YesNo, "yes", "A deleted message is cut off."),
        Bound(D, "auth-username", Text, nameof(DeliverySettings.AuthUsername), "\"\"", "User name at the host; without one nobody authenticates."),
        Bound(D, "auth-password", SecretValue.Sent, nameof(DeliverySettings.AuthPassword), "-", "Password at the host.") with { Secret = true },
        Bound(D, "auth-method", AuthMethodForm, nameof(DeliverySettings.AuthMethod), "auto",
            "How to authenticate; auto takes the best that the host offers. Godwit's own."),
        Bound(D, "auth-token-file", FilePath, nameof(DeliverySettings.AuthTokenFile), "-",
            "For auth-method xoauth2: the file with the access token, read anew when it has changed. Godwit's own."),
        Bound(D, "use-unencrypted-plain-auth", YesNo, nameof(DeliverySettings.UseUnencryptedPlainAuth), "no",
            "Sends a readable password or token also without TLS."),
        Bound(D, "check-spf-outbound", YesNo, nameof(DeliverySettings.CheckSpfOutbound), "no", "Sends only what the sender's SPF record lets go from here."),
        Later(D, "remove-header", HeaderNames, "-", "Header fields taken away."),
        Later(D, "bcc-upon-delivery", Email, "-", "Gets a copy of what is delivered."),

        Bound(D, "use-starttls", YesNo, nameof(DeliverySettings.UseStartTls), "yes", "Uses TLS where it is offered."),
        Bound(D, "require-starttls", YesNo, nameof(DeliverySettings.RequireStartTls), "no", "Sends nothing without TLS."),
        Bound(D, "use-dane", YesNo, nameof(DeliverySettings.UseDane), "yes", "Checks certificates against DNSSEC."),
        Bound(D, "use-mta-sts", YesNo, nameof(DeliverySettings.UseMtaSts), "no", "Follows the policies of receiving domains."),
        Bound(D, "reuse-ssl-session", YesNo, nameof(DeliverySettings.ReuseTlsSession), "no", "Resumes TLS sessions."),
        Idle(D, "smtp-tls-allow-sslv3", YesNo, "no", "Godwit never speaks SSL 3."),
        Bound(D, "smtp-tls-allow-tlsv1", YesNo, nameof(DeliverySettings.TlsAllowV10), "no", "Allows TLS 1.0."),
        Bound(D, "smtp-tls-allow-tlsv1.1", YesNo, nameof(DeliverySettings.TlsAllowV11), "no", "Allows TLS 1.1."),
        Bound(D, "smtp-tls-allow-tlsv1.2", YesNo, nameof(DeliverySettings.TlsAllowV12), "yes", "Allows TLS 1.2."),
        Bound(D, "smtp-tls-allow-tlsv1.3", YesNo, nameof(DeliverySettings.TlsAllowV13), "yes", "Allows TLS 1.3."),
        Bound(D, "smtp-tls-ciphers", CipherList, nameof(DeliverySettings.TlsCiphers), DefaultCiphers, "Ciphers up to TLS 1.2."),
        Bound(D, "smtp-tls-tlsv1.3-ciphersuites", CipherSuites, nameof(DeliverySettings.TlsCipherSuites), "-", "Cipher suites of TLS 1.3."),
        Bound(D, "smtp-tls-ca-file", FilePath, nameof(DeliverySettings.TlsCaFile), "-", 
            "Authorities that may vouch for hosts; one that proves nothing gets mail in plain text, with require-starttls none."),
        Bound(D, "smtp-client-certificate", CertificateFile.Form, nameof(DeliverySettings.ClientCertificate), "-", "Our certificate, and a password.") with { Secret = true },

        .. SignatureRows("dkim-", "Dkim"),
        .. SignatureRows("second-dkim-", "SecondDkim"),
        Idle(D, "dk-sign", YesNo, "no", "DomainKeys gave way to DKIM in 2007."),

        Bound(D, "file-format", FileFormatForm, nameof(DeliverySettings.FileFormat), "newfile-plain", "How type file writes."),
        Bound(D, "file-destination", MacroVariables.Destination, nameof(DeliverySettings.FileDestination), "-",
            "For type file: the directory of new files, or the file to append to."),
        Bound(D, "command", MacroVariables.Command, nameof(DeliverySettings.Command), "-", "For type pipe: the program and its arguments."),
        Bound(D, "macro-variables-preserve-case", YesNo, nameof(DeliverySettings.MacroVariablesPreserveCase), "no",
            "Addresses keep their case in file-destination and command."),
        Bound(D, "discard-as-bounce", YesNo, nameof(DeliverySettings.DiscardAsBounce), "no", "Discarded mail is accounted as bounced."),
        Later(D, "http-delivery-url", WebAddress, "-", "For type http-delivery."),
        Later(D, "http-delivery-extra-headers", FilePath, "-", "For type http-delivery."),
    ];

    /// <param name="prefix">Of the directives.</param>
    /// <param name="members">Of the properties.</param>
    private static Directive[] SignatureRows(string prefix, string members) =>
    [
        Bound(D, prefix + "sign", SigningForm, members + "Sign", "no", "Signs mail with DKIM."),
        Bound(D, prefix + "algorithm", AlgorithmForm, members + "Algorithm", "rsa-sha256", "The kind of key that signs."),
        Bound(D, prefix + "body-canon", CanonicalForm, members + "BodyCanon", "relaxed", "Canonical form of the body."),
        Bound(D, prefix + "headers-canon", CanonicalForm, members + "HeadersCanon", "relaxed", "Canonical form of header fields."),
        Bound(D, prefix + "headers", HeaderSelector.List, members + "Headers", "-", "Header fields signed beyond the usual ones."),
        Bound(D, prefix + "disallow-adding-headers", HeaderNames, members + "DisallowAddingHeaders", "-", "Header fields nobody may add later."),
        Bound(D, prefix + "identity", DkimIdentity.Form, members + "Identity", "sender-or-from", "The signing identity."),
        Bound(D, prefix + "identity-fallback", DkimIdentity.Fallback, members + "IdentityFallback", "-", "The identity when that one has no key."),
        Bound(D, prefix + "expire-after", TimeOrNever, members + "ExpireAfter", "never", "Life of a signature."),
        Bound(D, prefix + "add-timestamp", YesNo, members + "AddTimestamp", "no", "Adds the time of signing."),
        Bound(D, prefix + "add-body-limit", YesNo, members + "AddBodyLimit", "no", "Adds the length of the body."),
        Bound(D, prefix + "query-method", QueryMethod, members + "QueryMethod", "-", "Adds the query method."),
    ];
}
