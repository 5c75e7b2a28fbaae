// Passwords, tokens and keys are planted everywhere the configuration takes one, and then looked for in everything that the server writes and says: its log
// with all that can be switched on, the operator's commands, the management port, the words of a check, and of an internal error.

using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Godwit.Control;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class SecretsStayHidden : IDisposable
{
    private const string UserPassword = "planted1-user-Zq9";
    private const string HostPassword = "planted2-host-Zq9";
    private const string Token = "planted3-token-Zq9";
    private const string KeyPassword = "planted4-key-Zq9";
    private const string ApiKey = "planted5_api_key_0123456789abcdefghij";

    private readonly string _files = Directory.CreateTempSubdirectory("godwit-secrets-").FullName;
    private readonly string _hash = PasswordHash.Of(Encoding.ASCII.GetBytes(UserPassword), PasswordHash.MinIterations).Reveal();
    private readonly string _dkimKey;
    private readonly string _tlsKey;

    public SecretsStayHidden()
    {
        TestCertificate certificate = new TestAuthority().Issue("mx.test");
        using var rsa = RSA.Create(2048);
        _dkimKey = rsa.ExportRSAPrivateKeyPem();
        _tlsKey = ((ECDsa)certificate.Key).ExportEncryptedPkcs8PrivateKeyPem(KeyPassword, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 4096));
        File.WriteAllText(Path.Combine(_files, "mx.pem"), certificate.CertificatePem + "\n" + _tlsKey + "\n");
        File.WriteAllText(Path.Combine(_files, "dkim.pem"), _dkimKey);
        File.WriteAllText(Path.Combine(_files, "token"), Token);
    }

    public void Dispose() => Directory.Delete(_files, recursive: true);

    [Fact]
    public async Task Nothing_that_the_server_writes_or_says_holds_a_secret()
    {
        await using var host = new ScriptedSmtpServer(script =>
        {
            // A host that repeats what it was sent.
            script.Extensions.Add("AUTH PLAIN XOAUTH2");
            script.On("AUTH", $"535 5.7.8 {HostPassword} is wrong, {Base64("\0relay\0" + HostPassword)}", $"535 5.7.8 {Token} has expired", "235 2.7.0 welcome");
        });
        int port = Tool.FreePort();
        string config = Config(host.Port, port);
        await using RunningServer server = await RunningServer.StartAsync(config);

        await InboundAsync(server);
        // One behind the other: the host repeats what that connection was sent.
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordsAsync("tq", 1);
        await server.SendAsync("a@sender.test", "c@token.test");
        await server.RecordsAsync("tq", 2);

        var said = new StringBuilder();
        foreach (string command in (string[])
        [
            "show status", "show settings there.test --origin", "show settings there.test", "show settings token.test/v1 --set", "show vmta-settings v1 --origin",
            "show source-settings 127.0.0.1 --origin", "show source-settings {auth}", "show topqueues --errors", "why b@there.test", "why c@token.test", "list",
            "show unclassified", "resolve there.test", "trace --log-data --to-log there.test", "reload",
        ])
        {
            said.AppendLine(await server.RunAsync(command));
        }

        using var http = new HttpClient();
        foreach (string page in (string[])["/", "/status", "/ready", "/queues?format=json", "/nothing?password=x", "/configFile?op=read", "/api/v1/session"])
        {
            using HttpResponseMessage answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}{page}"), TestContext.Current.CancellationToken);
            said.AppendLine(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        foreach (string password in (string[])[UserPassword, HostPassword])
        {
            using var signIn = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/api/v1/session");
            signIn.Headers.Add("X-API-Key", ApiKey);
            signIn.Content = new StringContent($"{{\"user\":\"tom\",\"password\":\"{password}\"}}", Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await http.SendAsync(signIn, TestContext.Current.CancellationToken);
            said.AppendLine($"{answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        }

        Assert.Contains("OK {\"level\":\"admin\"", said.ToString(), StringComparison.Ordinal);
        Assert.Contains("Unauthorized", said.ToString(), StringComparison.Ordinal);
        await server.LogSaysAsync("POST /api/v1/session -> 401");

        ReloadReport refused = await server.TryReloadAsync(config.Replace("auth-password", "auth-pasword", StringComparison.Ordinal) + "\n<smtp-user>\npassword\n");
        Assert.False(refused.Reloaded);
        said.AppendJoin('\n', refused.Problems);

        Assert.Contains("auth-password", said.ToString(), StringComparison.Ordinal);
        Assert.Contains("******", said.ToString(), StringComparison.Ordinal);
        Assert.Contains("AUTH PLAIN ***", server.Log(), StringComparison.Ordinal);
        Hidden(said.ToString());
        Hidden(server.Log());
        Hidden(string.Concat(Directory.EnumerateFiles(server.Root, "acct*.csv").Select(File.ReadAllText)));
    }

    [Fact]
    public void An_object_that_holds_a_secret_does_not_print_it()
    {
        // What an exception or a log line would show of it.
        ServerSettings settings = ConfigFile.LoadText($"""
            spool /x
            <smtp-user tim>
              password {UserPassword}
            </smtp-user>
            <smtp-user ann>
              password {_hash}
            </smtp-user>
            <domain *>
              auth-username relay
              auth-password {HostPassword}
            </domain>
            """).Settings!;

        var text = new StringBuilder().Append(settings).AppendJoin('\n', settings.SmtpUsers.Values);
        text.Append(settings.DeliveryFor(global::Godwit.Mail.DomainName.Parse("there.test"), "{default}"));

        Assert.Contains("tim", text.ToString(), StringComparison.Ordinal);
        Hidden(text.ToString());
    }

    [Fact]
    public void A_check_that_finds_faults_shows_no_secret()
    {
        var output = new StringBuilder();
        foreach (string wrong in (string[])
        [
            $"<smtp-user tim>\npassword {UserPassword} \"\n</smtp-user>", $"<smtp-user tim>\npassword {{pbkdf2}}{UserPassword}\n</smtp-user>",
            $"<smtp-user tim>\npassword {_hash[..^5]}\n</smtp-user>", $"<smtp-user tim>\npasswort {UserPassword}\n</smtp-user>",
            $"<smtp-user tim>\npassword={UserPassword}\nsource nowhere\n</smtp-user>", $"<smtp-user tim password {UserPassword}>\n</smtp-user>",
            $"<domain *>\nauth-password {HostPassword}\nauth-passwort {HostPassword}\nauth-username\n</domain>", $"auth-password {HostPassword}",
        ])
        {
            output.AppendJoin('\n', ConfigFile.LoadText($"spool /x\n{wrong}\n").Problems).AppendLine();
        }

        Assert.NotEqual("", output.ToString());
        Hidden(output.ToString());
    }

    private async Task InboundAsync(RunningServer server)
    {
        foreach ((string user, string password) in ((string, string)[])[("tim", UserPassword), ("ann", UserPassword), ("tim", UserPassword + "x"), (UserPassword, "x")])
        {
            await using StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint);
            await client.AskAsync("EHLO client.test");
            await client.AskAsync("AUTH PLAIN " + Base64($"\0{user}\0{password}"));
            await client.AskAsync("AUTH LOGIN");
            await client.AskAsync(Base64(password));
            await client.AskAsync(Base64(password));
            await client.AskAsync("AUTHX " + Base64(password));
        }

        using var broken = new TcpClient();
        await broken.ConnectAsync(server.EndPoint, TestContext.Current.CancellationToken);
        await broken.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"EHLO x\r\nAUTH PLAIN {Base64("\0tim\0" + UserPassword)}\nQUIT\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(broken.GetStream());
        await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private void Hidden(string text)
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

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private string Config(int hostPort, int httpPort) => $$"""
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
