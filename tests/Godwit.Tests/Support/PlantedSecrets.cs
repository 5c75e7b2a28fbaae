// Passwords, tokens and keys planted everywhere the configuration takes one, with what they look like in every form a server could let them slip in.
// Owned by one test, which looks for them in whatever a server has written.

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Godwit.Settings;

namespace Godwit.Tests.Support;

/// <summary>A configuration full of secrets, and the judge of texts that must hold none.</summary>
internal sealed class PlantedSecrets : IDisposable
{
    public const string UserPassword = "planted1-user-Zq9";
    public const string HostPassword = "planted2-host-Zq9";
    public const string Token = "planted3-token-Zq9";
    public const string KeyPassword = "planted4-key-Zq9";
    public const string ApiKey = "planted5_api_key_0123456789abcdefghij";

    private readonly string _files = Directory.CreateTempSubdirectory("godwit-secrets-").FullName;
    private readonly string _hash = PasswordHash.Of(Encoding.ASCII.GetBytes(UserPassword), PasswordHash.MinIterations).Reveal();
    private readonly string _dkimKey;
    private readonly string _tlsKey;

    public PlantedSecrets()
    {
        TestCertificate certificate = new TestAuthority().Issue("mx.test");
        using var rsa = RSA.Create(2048);
        _dkimKey = rsa.ExportRSAPrivateKeyPem();
        _tlsKey = ((ECDsa)certificate.Key).ExportEncryptedPkcs8PrivateKeyPem(KeyPassword, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 4096));
        File.WriteAllText(Path.Combine(_files, "mx.pem"), certificate.CertificatePem + "\n" + _tlsKey + "\n");
        File.WriteAllText(Path.Combine(_files, "dkim.pem"), _dkimKey);
        File.WriteAllText(Path.Combine(_files, "token"), Token);
    }

    /// <summary>The hashed form of <see cref="UserPassword"/>.</summary>
    public string Hash => _hash;

    public void Dispose() => Directory.Delete(_files, recursive: true);

    /// <summary>Fails when a text holds one of them, as it is or in Base64.</summary>
    public void AreHiddenIn(string text)
    {
        string[] plain = [UserPassword, HostPassword, Token, KeyPassword, ApiKey];
        string[] secrets =
        [
            .. plain, .. plain.Select(Base64), _hash, _hash.Split('$')[2], Base64("\0tim\0" + UserPassword), Base64("\0ann\0" + UserPassword), Base64("\0relay\0" + HostPassword),
            .. _dkimKey.Split('\n').Where(line => line.Length == 64).Take(3), .. _tlsKey.Split('\n').Where(line => line.Length == 64).Take(3),
        ];
        foreach (string secret in secrets)
        {
            int at = text.IndexOf(secret, StringComparison.OrdinalIgnoreCase);
            Assert.True(at < 0, at < 0 ? "" : $"a secret in: {text[Math.Max(0, at - 200)..Math.Min(text.Length, at + secret.Length + 50)]}");
        }
    }

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>All of them in use.</summary>
    public string Config(int hostPort, int httpPort) => $$"""
        http-mgmt-port {{httpPort}}
        http-api-key {{ApiKey}}
        http-access 127.0.0.1 operator
        http-log-requests yes
        http-log-data yes
        http-log-tls yes
        <http-user tom>
          password {{_hash}}
          level operator
        </http-user>
        smtp-server-tls-certificate {{_files}}/mx.pem {{KeyPassword}}
        domain-key s1, sender.test, {{_files}}/dkim.pem
        <source 127.0.0.1>
          allow-starttls yes
          log-connections yes
          log-commands yes
          log-data yes
          log-tls yes
        </source>
        <source {auth}>
          log-connections yes
          log-commands yes
        </source>
        <smtp-user tim>
          password {{UserPassword}}
        </smtp-user>
        <smtp-user ann>
          password {{_hash}}
        </smtp-user>
        <virtual-mta v1>
          smtp-source-host 127.0.0.1 mx.test
        </virtual-mta>
        <domain *>
          smtp-hosts [127.0.0.1]:{{hostPort}}
          use-starttls no
          dkim-sign yes
          retry-after 1h
          auth-username relay
          auth-password {{HostPassword}}
          use-unencrypted-plain-auth yes
          log-connections yes
          log-commands yes
          log-data yes
          log-resolution yes
          log-transfer-failures yes
          log-tls yes
        </domain>
        <domain token.test>
          auth-method xoauth2
          auth-token-file {{_files}}/token
        </domain>
        """;
}
