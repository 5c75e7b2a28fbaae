// Global level: web monitor and inbound TLS, the reference's 2.3.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private const string DefaultCiphers = TlsSettings.UsualCiphers;

    /// <summary>What all listeners have in common ends in each of them.</summary>
    private const string Doors = nameof(ServerSettings.Listeners);

    private const string NoPrimes = "Keys are agreed on by elliptic curves; .NET has no Diffie-Hellman with primes at the server's side.";

    private static Directive[] ManagementRows() =>
    [
        Bound(G, "http-mgmt-port", Port, nameof(ServerSettings.HttpManagementPort), "8080", "Port of console and commands; 0 is off."),
        Later(G, "http-access", HttpAccessRule.Form, "none", "Who may see or do what over HTTP: block, then none, monitor, operator or admin.") with { Repeatable = true },
        Later(G, "http-api-key", SecretValue.ApiKey, "-", "Gives full access through the header X-API-Key.") with { Repeatable = true, Secret = true },
        Later(G, "http-csrf-protection", YesNo, "yes", "No change of state by GET."),
        Later(G, "http-redirect-to-https", YesNo, "yes", "Sends browsers to https."),
        Later(G, "http-strict-transport-security-max-age", Integer(0), "0", "Seconds for the HSTS header."),
        Later(G, "http-default-max-items", Integer(0), "10", "Rows a page shows."),
        Later(G, "http-default-sort-order", Words("rcpt", "name", "size"), "rcpt", "Order of rows."),
        Later(G, "http-log-requests", YesNo, "no", "Logs requests."),
        Later(G, "http-log-data", YesNo, "no", "Logs what is sent and received."),
        Later(G, "http-log-tls", YesNo, "no", "Logs TLS handshakes."),
        Idle(G, "http-tls-allow-sslv3", YesNo, "no", "Godwit never speaks SSL 3."),
        Later(G, "http-tls-allow-tlsv1", YesNo, "no", "Allows TLS 1.0."),
        Later(G, "http-tls-allow-tlsv1.1", YesNo, "yes", "Allows TLS 1.1."),
        Later(G, "http-tls-allow-tlsv1.2", YesNo, "yes", "Allows TLS 1.2."),
        Later(G, "http-tls-allow-tlsv1.3", YesNo, "yes", "Allows TLS 1.3."),
        Later(G, "http-tls-ciphers", CipherList, DefaultCiphers, "Ciphers up to TLS 1.2."),
        Later(G, "http-tls-tlsv1.3-ciphersuites", CipherSuites, "-", "Cipher suites of TLS 1.3."),
        Later(G, "http-tls-dh-key-length", KeyLength, "1024", "Length of Diffie-Hellman keys."),
        Later(G, "http-tls-ca-file", FilePath, "-", "Certificates of authorities."),
        Later(G, "http-mgmt-source", Cidr, "-", "Who may use the management port.") with { Repeatable = true, Replacement = "http-access" },
        Later(G, "no-http-mgmt-source", Cidr, "-", "Who may not use the management port.") with { Repeatable = true, Replacement = "http-access" },
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
