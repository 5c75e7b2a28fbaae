// Global level: web monitor and inbound TLS, the reference's 2.3.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private const string DefaultCiphers = TlsSettings.UsualCiphers;

    /// <summary>What all listeners have in common ends in each of them.</summary>
    private const string Doors = nameof(ServerSettings.Listeners);

    private const string ConsoleTls = nameof(ServerSettings.HttpTls);

    private const string NoPrimes = "Keys are agreed on by elliptic curves; .NET has no Diffie-Hellman with primes at the server's side.";

    private static Directive[] ManagementRows() =>
    [
        Bound(G, "http-mgmt-port", Port, nameof(ServerSettings.HttpManagementPort), "8080", "Port of console and commands; 0 is off."),
        Built(G, "http-access", HttpAccessRule.Form, nameof(ServerSettings.HttpAccess), "none",
            "Who may do what over HTTP: block, then none, sign-in, monitor, operator or admin; the first match counts. Without any, loopback is monitor.") with { Repeatable = true },
        Built(G, "http-api-key", SecretValue.ApiKey, nameof(ServerSettings.HttpApiKeys), "-",
            "Gives full access through the header X-API-Key, from addresses whose http-access is neither none nor sign-in.") with { Repeatable = true, Secret = true },
        Bound(G, "http-csrf-protection", YesNo, nameof(ServerSettings.HttpCsrfProtection), "yes",
            "A change needs a key or a token that no foreign page has. With no, a POST without one is taken; never a GET."),
        Bound(G, "http-redirect-to-https", YesNo, nameof(ServerSettings.HttpRedirectToHttps), "yes",
            "Sends other machines' plain HTTP to HTTPS, where there is a certificate."),
        Bound(G, "http-strict-transport-security-max-age", Integer(0), nameof(ServerSettings.HttpStrictTransportSecurityMaxAge), "0",
            "Seconds for the HSTS header; 0 sends none."),
        Bound(G, "http-default-max-items", Integer(0), nameof(ServerSettings.HttpDefaultMaxItems), "10", "Rows of a list whose address does not say how many; 0 is as many as the verb shows."),
        Bound(G, "http-default-sort-order", Words("rcpt", "name", "size"), nameof(ServerSettings.HttpDefaultSortOrder), "rcpt",
            "Order of a list whose address does not say which."),
        Bound(G, "http-log-requests", YesNo, nameof(ServerSettings.HttpLogRequests), "no", "Logs requests."),
        Bound(G, "http-log-data", YesNo, nameof(ServerSettings.HttpLogData), "no", "Logs the heads of requests and replies, secrets left out."),
        Bound(G, "http-log-tls", YesNo, nameof(ServerSettings.HttpLogTls), "no", "Logs TLS handshakes."),
        Built(G, "http-tls-certificate", CertificateFile.Form, ConsoleTls, "-",
            "PEM file with certificate, key and authorities between, for HTTPS; and the key's password. Without it: smtp-server-tls-certificate. "
            + "Not PowerMTA's.") with { Secret = true },
        Idle(G, "http-tls-allow-sslv3", YesNo, "no", "Godwit never speaks SSL 3."),
        Built(G, "http-tls-allow-tlsv1", YesNo, ConsoleTls, "no", "Allows TLS 1.0."),
        Built(G, "http-tls-allow-tlsv1.1", YesNo, ConsoleTls, "no", "Allows TLS 1.1."),
        Built(G, "http-tls-allow-tlsv1.2", YesNo, ConsoleTls, "yes", "Allows TLS 1.2."),
        Built(G, "http-tls-allow-tlsv1.3", YesNo, ConsoleTls, "yes", "Allows TLS 1.3."),
        Built(G, "http-tls-ciphers", CipherList, ConsoleTls, DefaultCiphers, "Ciphers up to TLS 1.2; the default stands for the runtime's own choice."),
        Built(G, "http-tls-tlsv1.3-ciphersuites", CipherSuites, ConsoleTls, "-", "Cipher suites of TLS 1.3."),
        Idle(G, "http-tls-dh-key-length", KeyLength, "1024", NoPrimes),
        Built(G, "http-tls-ca-file", FilePath, ConsoleTls, "-",
            "Authorities for clients' certificates; with it only who shows one is answered over HTTPS, and other machines must use HTTPS."),
        Built(G, "http-mgmt-source", Cidr, nameof(ServerSettings.HttpAccess), "-", "Old form of http-access CIDR monitor, behind all of those; the narrowest block counts.") with
        {
            Repeatable = true, Replacement = "http-access",
        },
        Built(G, "no-http-mgmt-source", Cidr, nameof(ServerSettings.HttpAccess), "-", "Old form of http-access CIDR none, behind all of those; the narrowest block counts.") with
        {
            Repeatable = true, Replacement = "http-access",
        },
        Bound(BlockKind.ConsoleUser, "password", SecretValue.HashedPassword, nameof(HttpUserSettings.Password), "-",
            "The password as \"godwit hash-password\" prints it. Not PowerMTA's.") with { Secret = true },
        Bound(BlockKind.ConsoleUser, "level", HttpAccessRule.LevelForm, nameof(HttpUserSettings.Level), "monitor",
            "What the user may do once signed in: monitor, operator or admin. Not PowerMTA's."),
        Built(G, "smtp-server-tls-certificate", CertificateFile.Form, Doors, "-",
            "PEM file with certificate, key and authorities between, for inbound TLS; and the key's password.") with { Secret = true },
        Built(G, "smtp-server-tls-ca-file", FilePath, Doors, "-", "Authorities for clients' certificates; with it clients are asked for one."),
        Idle(G, "smtp-server-tls-allow-sslv3", YesNo, "no", "Godwit never speaks SSL 3."),
        Built(G, "smtp-server-tls-allow-tlsv1", YesNo, Doors, "no", "Allows TLS 1.0."),
        Built(G, "smtp-server-tls-allow-tlsv1.1", YesNo, Doors, "no", "Allows TLS 1.1."),
        Built(G, "smtp-server-tls-allow-tlsv1.2", YesNo, Doors, "yes", "Allows TLS 1.2."),
        Built(G, "smtp-server-tls-allow-tlsv1.3", YesNo, Doors, "yes", "Allows TLS 1.3."),
        Built(G, "smtp-server-tls-ciphers", CipherList, Doors, DefaultCiphers, "Ciphers up to TLS 1.2; the default stands for the runtime's own choice."),
        Built(G, "smtp-server-tls-v1.3-ciphersuites", CipherSuites, Doors, "-", "Cipher suites of TLS 1.3."),
        Idle(G, "smtp-server-tls-dh-key-length", KeyLength, "1024", NoPrimes),
    ];

    private static Directive[] ListenerRows()
    {
        const BlockKind L = BlockKind.Listener;
        const BlockKind Tls = L | BlockKind.TransmissionsListener;
        const string Here = nameof(ListenerSettings.Tls);
        return
        [
            Later(BlockKind.Spool, "priority", Integer(1, 100), "1", "The best spool that is not full is used."),
            Built(BlockKind.Spool, "min-free-space", Size, nameof(SpoolSettings.MinFreeSpace), "0", "Below it new mail is put off; delivery goes on."),
            Later(BlockKind.Spool, "deliver-only", YesNo, "no", "Takes nothing new."),
            Idle(BlockKind.Spool, "delete-file-holders", YesNo, "no", "Godwit recycles its segments by itself."),

            Built(L, "source", Name, nameof(ListenerSettings.Source), "-", "The named source that applies here, over what the client's address gives."),
            Later(L, "await-slot", YesNo, "no", "Lets clients wait for a free connection instead of a 421."),
            Built(L, "immediate-tls", YesNo, nameof(ListenerSettings.ImmediateTls), "no", "TLS from the first octet."),
            Built(Tls, "tls-certificate", CertificateFile.Form, Here, "-",
                "PEM file with certificate, key and authorities between; and the key's password. Without it: smtp-server-tls-certificate.") with { Secret = true },
            Idle(Tls, "tls-allow-sslv3", YesNo, "no", "Godwit never speaks SSL 3."),
            Built(Tls, "tls-allow-tlsv1", YesNo, Here, "no", "Allows TLS 1.0."),
            Built(Tls, "tls-allow-tlsv1.1", YesNo, Here, "no", "Allows TLS 1.1."),
            Built(Tls, "tls-allow-tlsv1.2", YesNo, Here, "yes", "Allows TLS 1.2."),
            Built(Tls, "tls-allow-tlsv1.3", YesNo, Here, "yes", "Allows TLS 1.3."),
            Built(Tls, "tls-ciphers", CipherList, Here, DefaultCiphers, "Ciphers up to TLS 1.2; the default stands for the runtime's own choice."),
            Built(Tls, "tls-tlsv1.3-ciphersuites", CipherSuites, Here, "-", "Cipher suites of TLS 1.3."),
            Idle(Tls, "tls-dh-key-length", KeyLength, "1024", NoPrimes),
            Built(Tls, "tls-ca-file", FilePath, Here, "-", "Authorities for clients' certificates; with it clients are asked for one."),
            Idle(Tls, "tls-trusted-certificate", RawText, "-", "Named once in old examples; nothing is known of it."),
        ];
    }
}
