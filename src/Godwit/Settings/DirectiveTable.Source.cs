// <source>, <smtp-user> and <source-group>: the reference's 2.6 and 2.7.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private const BlockKind S = BlockKind.Source;

    private static ValueForm<DateHeaderUse> AddDate => new(
        "no, yes or override",
        (text, reading, out value) =>
        {
            value = DateHeaderUse.Override;
            if (text.Equals("override", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }

            bool fine = YesNo.TryRead(text, reading, out object? plain);
            value = plain is true ? DateHeaderUse.AddMissing : DateHeaderUse.Keep;
            return fine || reading.Fail($"{Show(text)} is not yes, no, true, false or override");
        },
        v => v switch
        {
            DateHeaderUse.Override => "override",
            DateHeaderUse.AddMissing => "yes",
            _ => "no",
        });

    private static ValueForm<string> DefaultVirtualMta => new(
        "the name of a virtual MTA or pool",
        (text, reading, out value) =>
        {
            value = text;
            if (text.Equals("by-smtp-source-ip", StringComparison.OrdinalIgnoreCase))
            {
                value = "";
                reading.Caution = "by-smtp-source-ip is not supported yet; mail that names no virtual MTA uses {default}";
            }

            return !text.Any(char.IsWhiteSpace) || reading.Fail($"{Show(text)} has blanks; one name is expected");
        },
        v => v.Length == 0 ? "\"\"" : v);

    /// <summary>Accounts of the system would need root, or a library that asks PAM: a server that strangers talk to has neither.</summary>
    private static ValueForm<AuthenticationMethod> AuthenticationMethodForm => new(
        "password or certificate",
        (text, reading, out value) =>
        {
            value = text.Equals("certificate", StringComparison.OrdinalIgnoreCase) ? AuthenticationMethod.Certificate : AuthenticationMethod.Password;
            return value == AuthenticationMethod.Certificate || text.Equals("password", StringComparison.OrdinalIgnoreCase)
                || (text.Equals("system", StringComparison.OrdinalIgnoreCase)
                    ? reading.Fail("the accounts of this system cannot be used, because reading them takes root; write \"password\" here, "
                        + "and the user's password as \"godwit hash-password\" prints it")
                    : reading.Fail($"{Show(text)} is none of: password, certificate"));
        },
        v => v.ToString().ToLowerInvariant());

    private static Directive[] SourceRows() =>
    [
        Bound(S, "smtp-service", YesNo, nameof(SourceSettings.SmtpService), "yes", "No refuses every connection with 521."),
        Bound(S, "always-allow-relaying", YesNo, nameof(SourceSettings.AlwaysAllowRelaying), "no", "May send anywhere."),
        Later(S, "always-allow-api-submission", YesNo, "no", "Means allow-mailmerge."),
        Later(S, "allow-mailmerge", YesNo, "no", "XMRG, XDFN, XPRT and XACK."),
        Bound(S, "allow-auth", YesNo, nameof(SourceSettings.AllowAuth), "yes", "Offers AUTH."),
        Bound(S, "require-auth", YesNo, nameof(SourceSettings.RequireAuth), "no", "Refuses mail from clients that do not authenticate."),
        Bound(S, "allow-unencrypted-plain-auth", YesNo, nameof(SourceSettings.AllowUnencryptedPlainAuth), "no", "PLAIN and LOGIN without TLS."),
        Bound(S, "allow-starttls", YesNo, nameof(SourceSettings.AllowStartTls), "no", "Offers STARTTLS, where the listener has a certificate."),
        Bound(S, "require-starttls-before-auth", YesNo, nameof(SourceSettings.RequireStartTlsBeforeAuth), "no", "No AUTH without TLS."),
        Bound(S, "smtp-max-auth-failure-rate", RateForm, nameof(SourceSettings.SmtpMaxAuthFailureRate), "unlimited",
            "An address with more failures is shut out until the period ends that began with the first; needs require-auth."),
        Idle(S, "broken-auth-clients", RawText, "-", "Deprecated long ago."),
        Bound(S, "allow-chunking", YesNo, nameof(SourceSettings.AllowChunking), "yes", "Offers CHUNKING."),
        Bound(S, "allow-smtputf8", YesNo, nameof(SourceSettings.AllowSmtpUtf8), "yes", "Offers SMTPUTF8."),
        Bound(S, "add-date-header", AddDate, nameof(SourceSettings.AddDateHeader), "no",
            "Adds Date where it is missing; override puts a new one in the place of what is there."),
        Later(S, "date-header-time", Words("reception", "delivery"), "reception", "The time that the added Date holds."),
        Bound(S, "add-message-id-header", YesNo, nameof(SourceSettings.AddMessageIdHeader), "no", "Adds Message-Id where it is missing."),
        Bound(S, "add-received-header", YesNo, nameof(SourceSettings.AddReceivedHeader), "yes", "Adds Received."),
        Later(S, "remove-received-headers", YesNo, "no", "Takes Received fields away that a message came with."),
        Bound(S, "hide-message-source", YesNo, nameof(SourceSettings.HideMessageSource), "no", "Leaves the client's name and address out of Received."),
        Bound(S, "remove-header", HeaderNames, nameof(SourceSettings.RemoveHeaders), "\"\"", "Header fields taken away."),
        Later(S, "bcc", Email, "-", "Gets a copy of everything."),
        Later(S, "verp-default", YesNo, "no", "A sender address of its own for each recipient."),
        Later(S, "auto-qualify-domain", YesNo, "yes", "Completes addresses without a domain."),
        Later(S, "accept-invalid-recipients", YesNo, "no", "Takes bad recipients and bounces them later."),
        Bound(S, "max-message-size", SizeOrUnlimited, nameof(SourceSettings.MaxMessageSize), "unlimited", "Octets a message may have."),
        Bound(S, "max-message-hops", Integer(1, 1000), nameof(SourceSettings.MaxMessageHops), "100", "Received fields a message may have."),
        Bound(S, "max-rcpt-per-message", IntegerOrUnlimited("unlimited"), nameof(SourceSettings.MaxRcptPerMessage), "unlimited",
            "Recipients a message may have."),
        Later(S, "too-many-rcpts-fails-message", YesNo, "no", "Too many recipients fail at DATA instead of RCPT."),
        Bound(S, "smtp-data-timeout", Time, nameof(SourceSettings.SmtpDataTimeout), "10m", "Silence allowed in a message."),
        Bound(S, "smtp-command-timeout", Time, nameof(SourceSettings.SmtpCommandTimeout), "10m", "Silence allowed between commands."),
        Later(S, "disconnect-on-transient-error", YesNo, "no", "Closes instead of a 4xx."),
        Later(S, "suppression-lists", Names, "-", "Address lists that are never mailed.") with { Refers = BlockKind.AddressList,
            Harmless = "\"\"", Reason = "mail would go to addresses that must never get any" },
        Bound(S, "pattern-list", Name, nameof(SourceSettings.PatternList), "\"\"", "Chooses a virtual MTA by header, sender or recipient.") with
        {
            Refers = BlockKind.PatternList,
        },
        Later(S, "rewrite-list", Name, "-", "Changes sender addresses.") with { Refers = BlockKind.RewriteList },
        Bound(S, "default-virtual-mta", DefaultVirtualMta, nameof(SourceSettings.DefaultVirtualMta), "\"\"", "Virtual MTA or pool for mail that names none."),
        Bound(S, "process-x-virtual-mta", YesNo, nameof(SourceSettings.ProcessXVirtualMta), "no", "The header x-virtual-mta chooses the virtual MTA."),
        Bound(S, "retain-x-virtual-mta", YesNo, nameof(SourceSettings.RetainXVirtualMta), "no", "Leaves that header in the message."),
        Later(S, "add-x-virtual-mta-header", YesNo, "no", "Adds that header to the message."),
        Bound(S, "allow-empty-x-virtual-mta", YesNo, nameof(SourceSettings.AllowEmptyXVirtualMta), "no", "An empty one means {default}."),
        Bound(S, "reject-invalid-virtual-mta", YesNo, nameof(SourceSettings.RejectInvalidVirtualMta), "yes", "An unknown virtual MTA refuses the message."),
        Bound(S, "process-x-job", YesNo, nameof(SourceSettings.ProcessXJob), "no", "The header x-job names the job."),
        Bound(S, "retain-x-job", YesNo, nameof(SourceSettings.RetainXJob), "no", "Leaves that header in the message."),
        Later(S, "jobid-header", HeaderName, "-", "Another header that names the job."),
        Bound(S, "jobid-prefix", JobIdPrefix, nameof(SourceSettings.JobIdPrefix), "\"\"", "Put before the job's name; {auth} is the user's name."),
        Bound(S, "process-x-envid", YesNo, nameof(SourceSettings.ProcessXEnvId), "no", "The header x-envid gives the envelope id."),
        Bound(S, "process-x-schedule", YesNo, nameof(SourceSettings.ProcessXSchedule), "no", "The header x-schedule gives times for delivery."),
        Bound(S, "retain-x-schedule", YesNo, nameof(SourceSettings.RetainXSchedule), "no", "Leaves that header in the message."),
        Bound(S, "process-x-dkim-options", YesNo, nameof(SourceSettings.ProcessXDkimOptions), "no", "The header x-dkim-options chooses how to sign."),
        Bound(S, "retain-x-dkim-options", YesNo, nameof(SourceSettings.RetainXDkimOptions), "no", "Leaves that header in the message."),
        Bound(S, "process-x-dkim-key", YesNo, nameof(SourceSettings.ProcessXDkimKey), "no", "The header x-dkim-key carries a private key."),
        Bound(S, "retain-x-dkim-key", YesNo, nameof(SourceSettings.RetainXDkimKey), "no",
            "Leaves that header in the message; without it the key never goes out."),
        Bound(S, "suppress-local-dsn", YesNo, nameof(SourceSettings.SuppressLocalDsn), "no", "No bounce messages for mail from here."),
        Later(S, "dsn-return-default", Words("headers", "full", "system"), "system", "What of the message a bounce message holds."),
        Later(S, "source-group", Name, "-", "Connection limits shared with other sources.") with { Refers = BlockKind.SourceGroup },
        Bound(S, "check-spf-inbound", YesNo, nameof(SourceSettings.CheckSpfInbound), "no", "Checks SPF of inbound mail."),
        Bound(S, "check-spf-inbound-max-void-lookups", Integer(0), nameof(SourceSettings.CheckSpfInboundMaxVoidLookups), "2",
            "Terms of an SPF record whose names may not exist."),
        Idle(S, "check-spf-inbound-best-guess", YesNo, "no", "Deprecated long ago."),
        Bound(S, "check-mfrom-inbound", YesNo, nameof(SourceSettings.CheckSpfInbound), "no", "Old name of check-spf-inbound.") with
        {
            Replacement = "check-spf-inbound",
        },
        Bound(S, "trace-spf-check", YesNo, nameof(SourceSettings.TraceSpfCheck), "no", "Logs SPF checks."),
        Bound(S, "reject-spf-check-temperror", YesNo, nameof(SourceSettings.RejectSpfCheckTempError), "yes", "4xx when SPF cannot be checked."),
        Bound(S, "reject-spf-check-permerror", YesNo, nameof(SourceSettings.RejectSpfCheckPermError), "yes", "5xx when the SPF record is broken."),
        Bound(S, "reject-spf-check-fail", YesNo, nameof(SourceSettings.RejectSpfCheckFail), "yes", "5xx when SPF fails."),
        Bound(S, "check-dkim-inbound", YesNo, nameof(SourceSettings.CheckDkimInbound), "no", "Checks DKIM and ARC of inbound mail."),
        Bound(S, "trace-dkim-check", YesNo, nameof(SourceSettings.TraceDkimCheck), "no", "Logs DKIM and ARC checks."),
        Bound(S, "check-iprev-inbound", YesNo, nameof(SourceSettings.CheckIprevInbound), "no",
            "Checks that the client's address has a name that leads back to it."),
        Bound(S, "trace-iprev-check", YesNo, nameof(SourceSettings.TraceIprevCheck), "no", "Logs these checks."),
        Bound(S, "reject-iprev-check-temperror", YesNo, nameof(SourceSettings.RejectIprevCheckTempError), "no", "4xx when it cannot be checked."),
        Bound(S, "reject-iprev-check-permerror", YesNo, nameof(SourceSettings.RejectIprevCheckPermError), "no", "5xx when there is no name."),
        Bound(S, "reject-iprev-check-fail", YesNo, nameof(SourceSettings.RejectIprevCheckFail), "no", "5xx when the name does not lead back."),
        Bound(S, "check-dmarc-inbound", YesNo, nameof(SourceSettings.CheckDmarcInbound), "no",
            "Checks DMARC of inbound mail, and for it SPF and DKIM. Not PowerMTA's."),
        Bound(S, "trace-dmarc-check", YesNo, nameof(SourceSettings.TraceDmarcCheck), "no", "Logs DMARC checks. Not PowerMTA's."),
        Bound(S, "reject-dmarc-check-temperror", YesNo, nameof(SourceSettings.RejectDmarcCheckTempError), "no",
            "4xx when DMARC cannot be checked. Not PowerMTA's."),
        Bound(S, "reject-dmarc-check-fail", YesNo, nameof(SourceSettings.RejectDmarcCheckFail), "no",
            "5xx when DMARC fails and the author's domain asks for p=reject, or From names no domain or several. Not PowerMTA's."),
        Bound(S, "arc-seal", Domain, nameof(SourceSettings.ArcSeal), "\"\"",
            "Adds an ARC set to mail that is passed on, signed as this domain with its domain-key. Not PowerMTA's."),
        Bound(S, "log-connections", YesNo, nameof(SourceSettings.LogConnections), "no", "Logs connections."),
        Bound(S, "log-commands", YesNo, nameof(SourceSettings.LogCommands), "no", "Logs commands and replies."),
        Bound(S, "log-data", YesNo, nameof(SourceSettings.LogData), "no", "Logs content that is received as a hex dump, 64 KB of each message."),
        Bound(S, "log-tls", YesNo, nameof(SourceSettings.LogTls), "no", "Logs TLS handshakes: version, cipher and client certificate, or why they failed."),

        Bound(BlockKind.User, "password", SecretValue.Password, nameof(SmtpUserSettings.Password), "-",
            "The password, plain or as \"godwit hash-password\" prints it.") with { Secret = true },
        Bound(BlockKind.User, "authentication-method", AuthenticationMethodForm, nameof(SmtpUserSettings.Method), "password",
            "How the user proves who it is."),
        Built(BlockKind.User, "tls-certificate", FilePath, nameof(SmtpUserSettings.Certificate), "-",
            "For authentication-method certificate: a PEM file with the user's certificate. Its authority, or itself, stands in tls-ca-file."),
        Bound(BlockKind.User, "source", Name, nameof(SmtpUserSettings.Source), "{auth}", "The named source whose rules hold for the user.") with
        {
            Refers = BlockKind.Source,
        },
        Later(BlockKind.SourceGroup, "max-smtp-in", IntegerOrUnlimited("unlimited"), "unlimited", "Connections at once."),
        Later(BlockKind.SourceGroup, "reserved-smtp-in", IntegerOrUnlimited("0"), "0", "Connections kept free for this group."),
    ];
}
