// What TLS costs a relay on both of its sides: two godwitd in a row, in clear text, over TLS on connections that stay, and over TLS with a connection for each
// message, once with a full handshake each time and once with sessions that are resumed.

using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Bench;

internal static class RelayTls
{
    private const string Once = "max-msg-per-connection 1\n";

    private const string Encrypted = "require-starttls yes\nuse-dane no\n";

    /// <summary>The pairs, started. Their certificate is RSA-2048, as most in the world are.</summary>
    public static async Task<List<RelayServer>> StartAsync(RelaySettings settings, string directory, int sink)
    {
        string certificate = Path.Combine(directory, "certificate.pem");
        await WriteCertificateAsync(certificate);
        var open = new RelayVariant("back");
        var safe = new RelayVariant("back", $"smtp-server-tls-certificate {certificate}\n<source 127.0.0.1>\nallow-starttls yes\n</source>\n");
        (string Name, string Domain, RelayVariant Back)[] pairs =
        [
            ("plain", "use-starttls no\n", open),
            ("tls", Encrypted, safe),
            ("plain, once", "use-starttls no\n" + Once, open),
            ("tls, once", Encrypted + Once, safe),
            ("tls, resumed", Encrypted + "reuse-ssl-session yes\n" + Once, safe),
        ];
        var started = new List<RelayServer>();
        foreach ((string name, string domain, RelayVariant back) in pairs)
        {
            string folder = Path.Combine(directory, name.Replace(", ", "-", StringComparison.Ordinal));
            started.Add(await RelayPair.StartAsync(name, settings, folder, sink, new RelayVariant("front", Domain: domain), back));
        }

        return started;
    }

    public static void Compare(IReadOnlyList<RelayFigures> sums)
    {
        double[] cpu = [.. sums.Select(each => each.UserMicroseconds + each.SystemMicroseconds)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"CPU of both sides beyond clear text: {cpu[1] - cpu[0]:0} us a message on connections that stay; {cpu[3] - cpu[2]:0} us with a full handshake for each message, {cpu[4] - cpu[2]:0} us with a resumed one"));
    }

    private static async Task WriteCertificateAsync(string file)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=godwit.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("godwit.test");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(file, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
