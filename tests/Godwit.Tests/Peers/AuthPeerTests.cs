// Foreign programs on the other side of AUTH: swaks, Postfix with the Cyrus library, and Exim as client and as server.

using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Trait("Category", "slow")]
public sealed class AuthPeerTests
{
    private const string Secret = "tanstaaf-42";

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("PLAIN", Secret, true)]
    [InlineData("LOGIN", Secret, true)]
    [InlineData("CRAM-MD5", Secret, true)]
    [InlineData("PLAIN", "wrong", false)]
    [InlineData("LOGIN", "wrong", false)]
    [InlineData("CRAM-MD5", "wrong", false)]
    public async Task Swaks_gets_in_with_the_password_only(string mechanism, string password, bool getsIn)
    {
        Tool.Need("swaks");
        await using var host = new ScriptedSmtpServer();
        await using RunningServer godwit = await RunningServer.StartAsync(Guarded(host.Port));

        ToolResult result = await Tool.RunAsync(
            "swaks",
            [
                "--server", $"127.0.0.1:{godwit.EndPoint.Port}", "--from", "a@sender.test", "--to", "b@far.test", "--helo", "client.test",
                "--auth", mechanism, "--auth-user", "tim", "--auth-password", password, "--auth-plaintext",
            ],
            _limit);

        Assert.True(result.ExitCode == 0 == getsIn, result.Output);
        Assert.Contains(getsIn ? "235 2.7.0" : "535 5.7.8", result.Output, StringComparison.Ordinal);
        if (getsIn)
        {
            Assert.Equal("tim", (await godwit.RecordAsync("r", "b@far.test"))["rcvSmtpUser"]);
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("login")]
    [InlineData("cram-md5")]
    [InlineData("scram-sha-256")]
    public async Task Postfix_authenticates_at_Godwit(string mechanism)
    {
        Assert.SkipUnless(PostfixInstance.Missing().Length == 0, PostfixInstance.Missing());
        await using var host = new ScriptedSmtpServer();
        await using RunningServer godwit = await RunningServer.StartAsync(Guarded(host.Port));
        await using PostfixInstance postfix = await PostfixInstance.StartAsync(godwit.EndPoint, $"""
            smtp_sasl_auth_enable = yes
            smtp_sasl_password_maps = static:tim:{Secret}
            smtp_sasl_security_options =
            smtp_sasl_mechanism_filter = {mechanism}
            """);
        await using (MailClient client = await MailClient.ConnectAsync(postfix.EndPoint))
        {
            await client.SendAsync("a@sender.test", ["b@far.test"], "Subject: hello\r\n\r\nhello\r\n"u8.ToArray());
        }

        await godwit.LogSaysAsync($"authenticated as tim by {mechanism.ToUpperInvariant()}");
        Assert.Equal("tim", (await godwit.RecordAsync("r", "b@far.test"))["rcvSmtpUser"]);
        Assert.DoesNotContain(Secret, godwit.Log(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("driver = plaintext\npublic_name = PLAIN\nclient_send = ^tim^" + Secret, "PLAIN")]
    [InlineData("driver = plaintext\npublic_name = LOGIN\nclient_send = : tim : " + Secret, "LOGIN")]
    [InlineData("driver = cram_md5\npublic_name = CRAM-MD5\nclient_name = tim\nclient_secret = " + Secret, "CRAM-MD5")]
    public async Task Exim_authenticates_at_Godwit(string authenticator, string mechanism)
    {
        Assert.SkipUnless(EximInstance.Missing().Length == 0, EximInstance.Missing());
        await using var host = new ScriptedSmtpServer();
        await using RunningServer godwit = await RunningServer.StartAsync(Guarded(host.Port));
        await using EximInstance exim = await EximInstance.StartAsync(
            godwit.EndPoint, transport: $"hosts_require_auth = *\n\nbegin authenticators\nours:\n{authenticator}");
        await using (MailClient client = await MailClient.ConnectAsync(exim.EndPoint))
        {
            await client.SendAsync("a@sender.test", ["b@far.test"], "Subject: hello\r\n\r\nhello\r\n"u8.ToArray());
        }

        await godwit.LogSaysAsync($"authenticated as tim by {mechanism}");
        Assert.Equal("tim", (await godwit.RecordAsync("r", "b@far.test"))["rcvSmtpUser"]);
    }

    [Theory]
    [InlineData("driver = plaintext\npublic_name = PLAIN\nserver_prompts = :\nserver_condition = ${if and{{eq{$auth2}{tim}}{eq{$auth3}{" + Secret + "}}}}\nserver_set_id = $auth2", "PLAIN")]
    [InlineData("driver = plaintext\npublic_name = LOGIN\nserver_prompts = Username:: : Password::\nserver_condition = ${if and{{eq{$auth1}{tim}}{eq{$auth2}{" + Secret + "}}}}\nserver_set_id = $auth1", "LOGIN")]
    [InlineData("driver = cram_md5\npublic_name = CRAM-MD5\nserver_secret = ${if eq{$auth1}{tim}{" + Secret + "}fail}\nserver_set_id = $auth1", "CRAM-MD5")]
    public async Task Godwit_authenticates_at_Exim(string authenticator, string mechanism)
    {
        Assert.SkipUnless(EximInstance.Missing().Length == 0, EximInstance.Missing());
        await using var nowhere = new ScriptedSmtpServer();
        await using EximInstance exim = await EximInstance.StartAsync(
            nowhere.EndPoint, "auth_advertise_hosts = *", $"\nbegin authenticators\ntheirs:\n{authenticator}");
        await using RunningServer godwit = await RunningServer.StartAsync(Client(exim.EndPoint.Port, Secret));
        await godwit.SendAsync("a@sender.test", "b@box.test");

        await godwit.RecordAsync("d", "b@box.test");

        await godwit.LogSaysAsync($"as tim by {mechanism}");
        await exim.LogSaysAsync("A=theirs:tim");
        Assert.DoesNotContain(Secret, godwit.Log(), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.ASCII.GetBytes("\0tim\0" + Secret)), godwit.Log(), StringComparison.Ordinal);

        // With another password mail waits, and says why.
        await godwit.ReloadAsync(Client(exim.EndPoint.Port, "wrong-password"));
        await godwit.SendAsync("a@sender.test", "c@box.test");
        Assert.Contains($"refused to authenticate tim by {mechanism}: 535", (await godwit.RecordAsync("tq"))["dsnDiag"], StringComparison.Ordinal);
    }

    private static string Guarded(int port) => $"""
        <source 127.0.0.1>
          require-auth yes
          allow-unencrypted-plain-auth yes
          log-connections yes
          log-commands yes
        </source>
        <smtp-user tim>
          password {Secret}
        </smtp-user>
        <domain *>
          smtp-hosts [127.0.0.1]:{port}
        </domain>
        """;

    private static string Client(int port, string password) => $"""
        <domain *>
          smtp-hosts [127.0.0.1]:{port}
          auth-username tim
          auth-password {password}
          use-unencrypted-plain-auth yes
          log-connections yes
          log-commands yes
          connection-idle-timeout 0
          retry-after 1h
        </domain>
        """;
}
