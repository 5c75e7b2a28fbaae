// AUTH on a whole server, by a foreign client that knows the mechanisms (MailKit): who gets in, whose rules hold then, and what the records say of it.

using System.Text;
using Godwit.Settings;
using Godwit.Tests.Support;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Godwit.Tests.Scenarios;

public sealed class ClientsAuthenticate : IDisposable
{
    private readonly string _files = Directory.CreateTempSubdirectory("godwit-auth-").FullName;
    private readonly TestAuthority _authority = new();

    public ClientsAuthenticate()
    {
        File.WriteAllText(Path.Combine(_files, "mx.pem"), _authority.Issue("mx.test").Pem);
        File.WriteAllText(Path.Combine(_files, "ca.pem"), _authority.Pem);
    }

    public void Dispose() => Directory.Delete(_files, recursive: true);

    [Theory]
    [InlineData("SCRAM-SHA-256", "plain", "tanstaaf", true)]
    [InlineData("SCRAM-SHA-256", "hashed", "pencil", true)]
    [InlineData("SCRAM-SHA-256", "hashed", "pencils", false)]
    [InlineData("SCRAM-SHA-256", "nobody", "pencil", false)]
    [InlineData("CRAM-MD5", "plain", "tanstaaf", true)]
    [InlineData("CRAM-MD5", "hashed", "pencil", false)]
    [InlineData("PLAIN", "hashed", "pencil", true)]
    [InlineData("PLAIN", "hashed", "tanstaaf", false)]
    [InlineData("LOGIN", "hashed", "pencil", true)]
    [InlineData("LOGIN", "plain", "tanstaa", false)]
    public async Task A_foreign_client_gets_in_with_its_own_password_only(string mechanism, string user, string password, bool getsIn)
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port, "allow-unencrypted-plain-auth yes"));
        using SmtpClient client = await ConnectAsync(server, SecureSocketOptions.None);

        if (!getsIn)
        {
            AuthenticationException refused = await Assert.ThrowsAsync<AuthenticationException>(() => LogInAsync(client, mechanism, user, password));
            Assert.Contains("535", refused.ToString(), StringComparison.Ordinal);
            await server.LogSaysAsync($"authentication by {mechanism} failed, user {(user == "nobody" ? "(unknown)" : user)}");
            return;
        }

        await LogInAsync(client, mechanism, user, password);
        await client.SendAsync(Message("b@there.test"));

        AccountingRow record = await server.RecordAsync("r", "b@there.test");
        Assert.Equal(user, record["rcvSmtpUser"]);
        string received = Encoding.ASCII.GetString((await host.NextMessageAsync()).Content);
        Assert.Contains("with ESMTPA ", received, StringComparison.Ordinal);
        Assert.DoesNotContain(user, received[..received.IndexOf("\r\nFrom:", StringComparison.OrdinalIgnoreCase)], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("SCRAM-SHA-256")]
    public async Task Inside_TLS_every_mechanism_is_safe(string mechanism)
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port, "require-starttls-before-auth yes"));
        using SmtpClient client = await ConnectAsync(server, SecureSocketOptions.StartTls);

        await LogInAsync(client, mechanism, "hashed", "pencil");
        await client.SendAsync(Message("b@there.test"));

        Assert.Contains("with ESMTPSA ", Encoding.ASCII.GetString((await host.NextMessageAsync()).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_tells_nobody_which_names_are_users()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port, "allow-unencrypted-plain-auth yes"));
        string[] names = ["nobody", "plain", "hashed"];
        string[] before = [await ChallengeAsync(server, names[0]), await ChallengeAsync(server, names[1]), await ChallengeAsync(server, names[2])];

        await server.StopAsync();
        await server.StartAsync();

        for (int i = 0; i < names.Length; i++)
        {
            Assert.Equal(before[i], await ChallengeAsync(server, names[i]));
        }
    }

    /// <summary>Salt and iterations, as SCRAM's first message gives them.</summary>
    private static async Task<string> ChallengeAsync(RunningServer server, string user)
    {
        await using StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint);
        await client.AskAsync("EHLO client.test");
        string reply = await client.AskAsync("AUTH SCRAM-SHA-256 " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"n,,n={user},r=abcdefgh")));
        Assert.StartsWith("334 ", reply);
        string first = Encoding.ASCII.GetString(Convert.FromBase64String(reply[4..].Trim('|', '\r', '\n')));
        return first[first.IndexOf(",s=", StringComparison.Ordinal)..];
    }

    [Fact]
    public async Task What_was_authenticated_before_TLS_does_not_count_inside()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config(1, "allow-unencrypted-plain-auth yes"));
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);
        await client.ReplyAsync();
        await client.AskAsync("EHLO client.test");
        Assert.StartsWith("235", await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0plain\0tanstaaf"u8)));
        Assert.StartsWith("220", await client.AskAsync("STARTTLS"));
        await client.HandshakeAsync();

        Assert.Contains("AUTH SCRAM-SHA-256", await client.AskAsync("EHLO client.test"));
        Assert.StartsWith("530 5.7.0", await client.AskAsync("MAIL FROM:<a@sender.test>"));
    }

    [Fact]
    public async Task The_rules_of_the_users_source_hold_and_jobs_get_the_users_name()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync($$"""
            {{Config(host.Port, "allow-unencrypted-plain-auth yes\n  always-allow-relaying no")}}
            <source shop>
              always-allow-relaying yes
              require-auth yes
              allow-unencrypted-plain-auth yes
              max-message-size 12345
              jobid-prefix {auth}-
            </source>
            <smtp-user shop@brand.test>
              password secret1
              source shop
            </smtp-user>
            """);
        await using (StartTlsClient stranger = await StartTlsClient.ConnectAsync(server.EndPoint))
        {
            await stranger.ReplyAsync();
            await stranger.AskAsync("EHLO client.test");
            Assert.StartsWith("530 5.7.0", await stranger.AskAsync("MAIL FROM:<a@sender.test>"));
            Assert.StartsWith("235", await stranger.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0plain\0tanstaaf"u8)));
            Assert.StartsWith("250", await stranger.AskAsync("MAIL FROM:<a@sender.test>"));
            Assert.StartsWith("550 5.7.1", await stranger.AskAsync("RCPT TO:<b@there.test>"));
        }

        using SmtpClient client = await ConnectAsync(server, SecureSocketOptions.None);
        await LogInAsync(client, "PLAIN", "shop@brand.test", "secret1");
        MimeMessage message = Message("b@there.test");
        message.Headers.Add("X-Job", "spring");
        await client.SendAsync(message);

        AccountingRow record = await server.RecordAsync("r", "b@there.test");
        Assert.Equal(("shop@brand.test", "shop@brand.test-spring"), (record["rcvSmtpUser"], record["jobId"]));
        await using StartTlsClient again = await StartTlsClient.ConnectAsync(server.EndPoint);
        await again.ReplyAsync();
        await again.AskAsync("EHLO client.test");
        Assert.StartsWith("235", await again.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0shop@brand.test\0secret1"u8)));
        Assert.Contains("SIZE 12345", await again.AskAsync("EHLO client.test"));
    }

    [Fact]
    public async Task A_certificate_is_a_user()
    {
        await using var host = new ScriptedSmtpServer();
        TestCertificate own = _authority.Issue("printer");
        File.WriteAllText(Path.Combine(_files, "printer.pem"), own.CertificatePem);
        await using RunningServer server = await RunningServer.StartAsync(Certified(host.Port));

        await using StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint, own);
        Assert.Contains("AUTH SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN EXTERNAL|", await client.AskAsync("EHLO client.test"));
        Assert.StartsWith("535", await client.AskAsync("AUTH EXTERNAL " + Convert.ToBase64String("plain"u8)));
        Assert.StartsWith("235", await client.AskAsync("AUTH EXTERNAL ="));
        await client.SubmitAsync("b@there.test");
        Assert.Equal("printer", (await server.RecordAsync("r", "b@there.test"))["rcvSmtpUser"]);

        // A certificate that nobody is known by, and none: nothing is offered that could not work.
        await using StartTlsClient other = await StartTlsClient.SecureAsync(server.EndPoint, _authority.Issue("printer"));
        Assert.DoesNotContain("EXTERNAL", await other.AskAsync("EHLO client.test"));
        Assert.StartsWith("504", await other.AskAsync("AUTH EXTERNAL ="));
        await using StartTlsClient none = await StartTlsClient.SecureAsync(server.EndPoint);
        Assert.DoesNotContain("EXTERNAL", await none.AskAsync("EHLO client.test"));
        Assert.StartsWith("535", await none.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0printer\0anything"u8)));
    }

    [Fact]
    public async Task A_certificate_that_no_authority_vouches_for_is_nobody()
    {
        TestCertificate strange = new TestAuthority("Strangers").Issue("printer");
        File.WriteAllText(Path.Combine(_files, "printer.pem"), strange.CertificatePem);
        await using RunningServer server = await RunningServer.StartAsync(Certified(1));

        await using StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint, strange);

        Assert.DoesNotContain("EXTERNAL", await client.AskAsync("EHLO client.test"));
        Assert.StartsWith("504", await client.AskAsync("AUTH EXTERNAL ="));
    }

    [Fact]
    public async Task A_reload_that_takes_a_user_away_or_changes_the_password_ends_what_it_may_do()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config(1, "allow-unencrypted-plain-auth yes"));
        await using StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);
        await client.ReplyAsync();
        await client.AskAsync("EHLO client.test");
        Assert.StartsWith("235", await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0plain\0tanstaaf"u8)));

        await server.ReloadAsync(Config(1, "allow-unencrypted-plain-auth yes\n  max-message-hops 99"));
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.test>"));
        Assert.StartsWith("250", await client.AskAsync("RSET"));
        await server.ReloadAsync(Config(1, "allow-unencrypted-plain-auth yes").Replace("tanstaaf", "another", StringComparison.Ordinal));

        Assert.StartsWith("530 5.7.0", await client.AskAsync("MAIL FROM:<a@sender.test>"));
        Assert.StartsWith("535", await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0plain\0tanstaaf"u8)));
        Assert.StartsWith("235", await client.AskAsync("AUTH PLAIN " + Convert.ToBase64String("\0plain\0another"u8)));
    }

    private static async Task<SmtpClient> ConnectAsync(RunningServer server, SecureSocketOptions security)
    {
#pragma warning disable CA5359 // Whom it speaks to is not what is tried here.
        var client = new SmtpClient { LocalDomain = "client.test", ServerCertificateValidationCallback = static (_, _, _, _) => true };
#pragma warning restore CA5359
        await client.ConnectAsync("127.0.0.1", server.EndPoint.Port, security);
        return client;
    }

    private static Task LogInAsync(SmtpClient client, string mechanism, string user, string password) => client.AuthenticateAsync(mechanism switch
    {
        "PLAIN" => new SaslMechanismPlain(user, password),
        "LOGIN" => new SaslMechanismLogin(user, password),
        "CRAM-MD5" => new SaslMechanismCramMd5(user, password),
        _ => (SaslMechanism)new SaslMechanismScramSha256(user, password),
    });

    private static MimeMessage Message(string recipient)
    {
        var message = new MimeMessage { Subject = "hello", Body = new TextPart("plain") { Text = "hello" } };
        message.From.Add(MailboxAddress.Parse("a@sender.test"));
        message.To.Add(MailboxAddress.Parse(recipient));
        return message;
    }

    private string Certified(int port) => Config(port, "allow-starttls yes") + $"""

        smtp-server-tls-ca-file {_files}/ca.pem
        <smtp-user printer>
          authentication-method certificate
          tls-certificate {_files}/printer.pem
        </smtp-user>
        """;

    private string Config(int port, string source) => $$"""
        smtp-server-tls-certificate {{_files}}/mx.pem
        <source 127.0.0.1>
          require-auth yes
          allow-starttls yes
          {{source}}
        </source>
        <smtp-user plain>
          password tanstaaf
        </smtp-user>
        <smtp-user hashed>
          password {{PasswordHash.Of("pencil"u8, PasswordHash.MinIterations).Reveal()}}
        </smtp-user>
        <domain *>
          smtp-hosts [127.0.0.1]:{{port}}
        </domain>
        """;
}
