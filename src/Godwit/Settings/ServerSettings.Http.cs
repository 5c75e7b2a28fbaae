// The management port, as the configuration wants it.

namespace Godwit.Settings;

public sealed partial record ServerSettings
{
    /// <summary>The management port; 0 is off.</summary>
    public int HttpManagementPort { get; init; } = 8080;

    /// <summary>
    /// Who may do what over HTTP: the first rule that matches, and nothing where none does. Empty when nothing is said: then the port listens on loopback,
    /// where everybody may look.
    /// </summary>
    public IReadOnlyList<HttpAccessRule> HttpAccess { get; init; } = [];

    /// <summary>The port listens on every address, because some other machine may do something; otherwise on loopback.</summary>
    public bool HttpListensEverywhere => HttpAccess.Any(static rule => rule.ReachesOthers);

    /// <summary>Each opens everything, from addresses that may speak to the port.</summary>
    public IReadOnlyList<SecretValue> HttpApiKeys { get; init; } = [];

    /// <summary>Who may sign in at the console, by name (ordinal, ignoring case).</summary>
    public IReadOnlyDictionary<string, HttpUserSettings> HttpUsers { get; init; } =
        System.Collections.Frozen.FrozenDictionary<string, HttpUserSettings>.Empty;

    /// <summary>A change needs a proof that no foreign page sent it.</summary>
    public bool HttpCsrfProtection { get; init; } = true;

    /// <summary>The port's certificate, versions and ciphers; without a certificate there is no HTTPS.</summary>
    public TlsSettings HttpTls { get; init; } = TlsSettings.Usual;

    /// <summary>Requests of other machines in plain HTTP are sent to HTTPS, where there is a certificate.</summary>
    public bool HttpRedirectToHttps { get; init; } = true;

    /// <summary>Seconds for which a browser is to use HTTPS only (RFC 6797); 0 says nothing of it.</summary>
    public int HttpStrictTransportSecurityMaxAge { get; init; }

    /// <summary>Rows of a list whose address does not say how many.</summary>
    public int HttpDefaultMaxItems { get; init; } = 10;

    /// <summary>Order of a list whose address does not say which: rcpt, name or size.</summary>
    public string HttpDefaultSortOrder { get; init; } = "rcpt";

    public bool HttpLogRequests { get; init; }

    /// <summary>Heads of requests and replies, without secrets.</summary>
    public bool HttpLogData { get; init; }

    public bool HttpLogTls { get; init; }
}
