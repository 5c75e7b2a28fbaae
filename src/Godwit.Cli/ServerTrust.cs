// Whether the certificate that a server shows is to be believed, and if not, what is wrong with it and what to do: a person at a terminal has to mend it.
// Owned by one connection; TLS handshakes of its requests may ask at the same time.

using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Cli;

internal sealed class ServerTrust(ServerAccess access)
{
    /// <summary>Names of a certificate that a sentence lists.</summary>
    private const int MostNames = 5;

    private static readonly Oid _serverUse = new("1.3.6.1.5.5.7.3.1");

    /// <summary>Those of the file; null where those of the system count.</summary>
    private X509Certificate2Collection? _authorities;

    /// <summary>Why the last certificate was refused, and what to do; empty when it was not.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>Reads the file of authorities. Returns why it cannot be used; empty when it can, or none is named.</summary>
    public string Open()
    {
        if (access.CaFile.Length == 0 || _authorities is not null)
        {
            return "";
        }

        try
        {
            var read = new X509Certificate2Collection();
            read.ImportFromPemFile(access.CaFile);
            if (read.Count == 0)
            {
                return $"{access.CaFile} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)";
            }

            _authorities = read;
            return "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"{access.CaFile} cannot be read as certificates in PEM: {error.Message}";
        }
    }

    /// <summary>How a chain is built: under the authorities of the file alone, or null for those of the system.</summary>
    public X509ChainPolicy? Policy()
    {
        if (_authorities is null)
        {
            return null;
        }

        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_authorities);
        policy.ApplicationPolicy.Add(_serverUse);
        return policy;
    }

    /// <summary>Asked by the handshake.</summary>
    public bool Judge(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Refusal = "";
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (certificate is not X509Certificate2 shown || chain is null)
        {
            Refusal = "the server shows no certificate";
            return false;
        }

        var faults = new List<string>();
        var remedies = new List<string>();
        AddFaults(chain, shown, faults, remedies);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            AddNames(shown, faults, remedies);
        }

        var here = new OwnCertificate();
        if (faults.Count == 0 || here.Is(shown, access.Configurations))
        {
            return true;
        }

        if (here.Locked.Length > 0)
        {
            remedies.Add($"{here.Locked} would say whether it is this machine's own server: run godwit as a user who may read it.");
        }

        Refusal = $"{string.Join(", and ", faults)}.\n{string.Join('\n', remedies.Distinct())}";
        return false;
    }

    private void AddFaults(X509Chain chain, X509Certificate2 shown, List<string> faults, List<string> remedies)
    {
        X509ChainStatusFlags all = X509ChainStatusFlags.NoError;
        foreach (X509ChainStatus status in chain.ChainStatus)
        {
            all |= status.Status;
        }

        const X509ChainStatusFlags unknown = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;
        bool isNamed = _authorities?.Any(one => one.RawDataMemory.Span.SequenceEqual(shown.RawDataMemory.Span)) ?? false;
        if ((all & unknown) != X509ChainStatusFlags.NoError && !isNamed)
        {
            string where = access.CaFile.Length > 0 ? $"in {access.CaFile}" : "trusted on this machine";
            faults.Add(shown.Subject == shown.Issuer ? $"it vouches for itself ({shown.Subject}), and it is not {where}"
                : $"who vouches for it ({shown.Issuer}) is not {where}");
            remedies.Add("Name a file with the certificate of who vouches for it, or with this very certificate, in PEM: --ca-file FILE.");
        }

        if (all.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            DateTime now = TimeProvider.System.GetUtcNow().UtcDateTime;
            faults.Add(shown.NotAfter.ToUniversalTime() < now ? $"it expired on {shown.NotAfter.ToUniversalTime():yyyy-MM-dd}"
                : shown.NotBefore.ToUniversalTime() > now ? $"it is not valid before {shown.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC"
                : "a certificate above it is not valid now");
            remedies.Add("Renew the file of http-tls-certificate (the server takes it up within seconds), or set the clock of this machine.");
        }

        const X509ChainStatusFlags told = unknown | X509ChainStatusFlags.NotTimeValid
            | X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation;
        foreach (X509ChainStatus other in chain.ChainStatus.Where(status => (status.Status & told) == X509ChainStatusFlags.NoError))
        {
            faults.Add(other.StatusInformation.TrimEnd('.', ' ', '\n'));
        }
    }

    private void AddNames(X509Certificate2 shown, List<string> faults, List<string> remedies)
    {
        string[] names = [.. NamesOf(shown)];
        string listed = names.Length == 0 ? "for nobody" : $"for {string.Join(", ", names.Take(MostNames))}{(names.Length > MostNames ? " and others" : "")}";
        faults.Add($"it is {listed}, not for {access.Server.Host}");
        if (names.FirstOrDefault(name => !name.Contains('*', StringComparison.Ordinal)) is { } name)
        {
            string host = IPAddress.TryParse(name, out IPAddress? address) && address.GetAddressBytes().Length > 4 ? $"[{name}]" : name;
            remedies.Add($"Name the server as its certificate does: --server https://{host}:{access.Server.Port}.");
        }
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 shown)
    {
        var names = shown.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return names is null ? [] : names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString()));
    }
}
