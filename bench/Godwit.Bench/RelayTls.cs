// What TLS costs a relay on both of its sides: two godwitd in a row, in clear text, over TLS on connections that stay, and over TLS with a connection for each
// message, once with a full handshake each time and once with sessions that are resumed.

using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Bench;

internal static class RelayTls
{
    private const string Once = "max-msg-per-connection 1\n";

    private const string Encrypted = "require-starttls yes\nuse-dane no\n";

    private const string Resuming = Encrypted + "reuse-ssl-session yes\n" + Once;

    /// <summary>Messages of the run that counts handshakes.</summary>
    private const int Counted = 500;

    /// <summary>The pairs, started. Their certificate is RSA-2048, as most in the world are.</summary>
    public static async Task<List<RelayServer>> StartAsync(RelaySettings settings, RelayNames names, string directory, int sink)
    {
        var open = new RelayVariant("back");
        RelayVariant safe = await SafeAsync(directory);
        (string Name, string Domain, RelayVariant Back)[] pairs =
        [
            ("plain", "use-starttls no\n", open),
            ("tls", Encrypted, safe),
            ("plain, once", "use-starttls no\n" + Once, open),
            ("tls, once", Encrypted + Once, safe),
            ("tls, resumed", Resuming, safe),
        ];
        var started = new List<RelayServer>();
        foreach ((string name, string domain, RelayVariant back) in pairs)
        {
            string folder = Path.Combine(directory, name.Replace(", ", "-", StringComparison.Ordinal));
            started.Add(await RelayPair.StartAsync(name, settings, folder, sink, Front(names, domain), back));
        }

        return started;
    }

    /// <summary>How many sessions are resumed in the end, seen on the wire: two more pairs like those with a connection for each message, one at a time.</summary>
    public static async Task CountAsync(RelaySettings settings, RelayNames names, string directory, int sink)
    {
        foreach ((string name, string domain) in ((string, string)[])[("tls, once", Encrypted + Once), ("tls, resumed", Resuming)])
        {
            string folder = Path.Combine(directory, name.Replace(", ", "-counted-", StringComparison.Ordinal));
            RelayPair pair = await RelayPair.StartAsync(name, settings, folder, sink, Front(names, domain), await SafeAsync(directory), taps: true);
            try
            {
                // The first connections have no session to go on with.
                await RelayRun.MeasureAsync(pair, settings, settings.Sessions);
                (int handshakes, int resumed) = pair.Seen;
                await RelayRun.MeasureAsync(pair, settings, Counted);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{name,-14}{pair.Seen.Resumed - resumed} of {pair.Seen.Handshakes - handshakes} handshakes for {Counted} messages went on with an older session"));
            }
            finally
            {
                await pair.StopAsync();
            }
        }
    }

    public static void Compare(IReadOnlyList<RelayFigures> sums)
    {
        double[] cpu = [.. sums.Select(each => each.UserMicroseconds + each.SystemMicroseconds)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"CPU of both sides beyond clear text: {cpu[1] - cpu[0]:0} us a message on connections that stay; {cpu[3] - cpu[2]:0} us with a full handshake for each message, {cpu[4] - cpu[2]:0} us with a resumed one (1/{(cpu[3] - cpu[2]) / (cpu[4] - cpu[2]):0.0})"));
    }

    /// <summary>Known by its name in every row: .NET resumes no session with an address.</summary>
    private static RelayVariant Front(RelayNames names, string domain) => new("front", names.Directive, domain) { Host = RelayNames.Host };

    private static async Task<RelayVariant> SafeAsync(string directory)
    {
        string certificate = Path.Combine(directory, "certificate.pem");
        if (!File.Exists(certificate))
        {
            await WriteCertificateAsync(certificate);
        }

        return new RelayVariant("back", $"smtp-server-tls-certificate {certificate}\n<source 127.0.0.1>\nallow-starttls yes\n</source>\n");
    }

    private static async Task WriteCertificateAsync(string file)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={RelayNames.Host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(RelayNames.Host);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(file, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
