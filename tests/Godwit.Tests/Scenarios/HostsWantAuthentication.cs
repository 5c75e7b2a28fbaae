// We authenticate at a host: with what, and what becomes of the mail when the host does not let us in. It waits, and never bounces for it.

using System.Security.Cryptography;
using System.Text;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class HostsWantAuthentication
{
    private const string Password = "hunter2hunter2";

    [Fact]
    public async Task Mail_goes_out_behind_PLAIN()
    {
        await using var host = Host("AUTH PLAIN LOGIN", script => script.On("AUTH", "235 2.7.0 welcome"));
        await using RunningServer server = await StartAsync(host, "use-unencrypted-plain-auth yes");
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.RecordAsync("d", "b@there.test");

        IReadOnlyList<string> commands = host.Sessions[0].Commands;
        Assert.Equal("AUTH PLAIN " + Base64("\0relay\0" + Password), commands[1]);
        Assert.StartsWith("MAIL", commands[2]);
        await server.LogSaysAsync("authenticated at 127.0.0.1 (127.0.0.1) as relay by PLAIN");
        Hidden(server.Log());
    }

    [Fact]
    public async Task Inside_TLS_the_password_is_shown_to_the_host_and_never_before()
    {
        await using var host = new ScriptedSmtpServer(script =>
        {
            script.UseTls(new TestAuthority().Issue("mx.test"));
            script.Extensions.Add("AUTH PLAIN");
            script.On("AUTH", "235 2.7.0 welcome");
        });
        await using RunningServer server = await StartAsync(host, "require-starttls yes");
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.RecordAsync("d", "b@there.test");

        IReadOnlyList<string> commands = Assert.Single(host.Sessions).Commands;
        Assert.Equal(["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL"], commands.Take(5).Select(command => command.Split(' ')[0]));
        Assert.Equal("AUTH PLAIN " + Base64("\0relay\0" + Password), commands[3]);
        await server.LogSaysAsync("authenticated at 127.0.0.1 (127.0.0.1) as relay by PLAIN");
        Hidden(server.Log());
    }

    [Fact]
    public async Task Mail_goes_out_behind_LOGIN()
    {
        await using var host = Host("AUTH=LOGIN", script => script
            .On("AUTH", "334 VXNlcm5hbWU6").On(Base64("relay").ToUpperInvariant(), "334 UGFzc3dvcmQ6").On(Base64(Password).ToUpperInvariant(), "235 2.7.0 welcome"));
        await using RunningServer server = await StartAsync(host, "use-unencrypted-plain-auth yes");
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.RecordAsync("d", "b@there.test");

        Assert.Equal(["AUTH LOGIN", Base64("relay"), Base64(Password)], host.Sessions[0].Commands.Skip(1).Take(3));
        Hidden(server.Log());
    }

    [Fact]
    public async Task Mail_goes_out_behind_CRAM_MD5_also_in_clear()
    {
#pragma warning disable CA5351 // RFC 2195 is built on HMAC-MD5.
        string answer = "relay " + Convert.ToHexStringLower(HMACMD5.HashData(Encoding.ASCII.GetBytes(Password), "<1@host>"u8));
#pragma warning restore CA5351
        await using var host = Host("AUTH PLAIN CRAM-MD5", script => script
            .On("AUTH", "334 " + Base64("<1@host>")).On(Base64(answer).ToUpperInvariant(), "235 2.7.0 welcome"));
        await using RunningServer server = await StartAsync(host);
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.RecordAsync("d", "b@there.test");

        Assert.Equal(["AUTH CRAM-MD5", Base64(answer)], host.Sessions[0].Commands.Skip(1).Take(2));
    }

    [Fact]
    public async Task Mail_goes_out_behind_SCRAM_SHA_256_to_another_Godwit()
    {
        await using RunningServer relay = await RunningServer.StartAsync($"""
            <source 127.0.0.1>
              require-auth yes
            </source>
            <smtp-user relay>
              password {PasswordHash.Of(Encoding.ASCII.GetBytes(Password), PasswordHash.MinIterations).Reveal()}
            </smtp-user>
            <domain *>
              type discard
            </domain>
            """);
        await using RunningServer server = await StartAsync(relay.EndPoint.Port);
        await server.SendAsync("a@sender.test", "b@there.test");

        await server.RecordAsync("d", "b@there.test");

        Assert.Equal("relay", (await relay.RecordAsync("r", "b@there.test"))["rcvSmtpUser"]);
        await server.LogSaysAsync("as relay by SCRAM-SHA-256");
        Hidden(server.Log());
    }

    [Fact]
    public async Task The_token_of_XOAUTH2_is_read_from_its_file_for_each_connection()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "token-number-one\n");
            await using var host = Host("AUTH XOAUTH2 PLAIN", script => script
                .On("AUTH", "334 " + Base64("{\"status\":\"401\"}"), "235 2.7.0 welcome").On("", "535 5.7.8 token expired: token-number-one"));
            await using RunningServer server = await StartAsync(
                host, $"auth-method xoauth2\n  auth-token-file {file}\n  use-unencrypted-plain-auth yes\n  retry-after 1s");
            await server.SendAsync("a@sender.test", "b@there.test");
            await server.TopQueuesSayAsync("token expired: ******");

            File.WriteAllText(file, "token-number-two");
            await server.RecordAsync("d", "b@there.test");

            Assert.Equal("AUTH XOAUTH2 " + Base64("user=relay\u0001auth=Bearer token-number-one\u0001\u0001"), host.Sessions[0].Commands[1]);
            Assert.Equal("", host.Sessions[0].Commands[2]);
            Assert.Equal("AUTH XOAUTH2 " + Base64("user=relay\u0001auth=Bearer token-number-two\u0001\u0001"), host.Sessions[^1].Commands[1]);
            Assert.DoesNotContain("token-number", server.Log(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("535 5.7.8 no such user, or hunter2hunter2 is wrong", "4.7.8", "refused to authenticate relay by PLAIN: 535 5.7.8 no such user, or ****** is wrong")]
    [InlineData("454 4.7.0 try again later", "4.7.0", "refused to authenticate relay by PLAIN: 454 4.7.0 try again later")]
    [InlineData("334 bm90IGFza2VkIGZvcg==", "4.7.0", "its part of PLAIN makes no sense")]
    public async Task A_host_that_does_not_let_us_in_makes_mail_wait(string answer, string status, string words)
    {
        await using var host = Host("AUTH PLAIN", script => script.Always("AUTH", answer));
        await using RunningServer server = await StartAsync(host, "use-unencrypted-plain-auth yes");
        await server.SendAsync("a@sender.test", "b@there.test");

        AccountingRow record = await server.RecordAsync("tq");

        Assert.StartsWith(status, record["dsnStatus"]);
        Assert.Contains(words, record["dsnDiag"], StringComparison.Ordinal);
        await server.TopQueuesSayAsync(words);
        Assert.Contains(words, await server.RunAsync("why b@there.test"), StringComparison.Ordinal);
        Assert.Empty(server.Accounting.Of("b"));
        Hidden(server.Log());
    }

    [Theory]
    [InlineData("SIZE 1000", "the host offers no AUTH without TLS")]
    [InlineData("AUTH PLAIN LOGIN", "which would show the password to the network")]
    [InlineData("AUTH NTLM", "the configuration wants SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN")]
    public async Task Where_we_may_not_authenticate_no_mail_is_sent_without(string extension, string words)
    {
        await using var host = Host(extension, _ => { });
        await using RunningServer server = await StartAsync(host);
        await server.SendAsync("a@sender.test", "b@there.test");

        Assert.Contains(words, (await server.RecordAsync("tq"))["dsnDiag"], StringComparison.Ordinal);
        Assert.Equal(["EHLO", "QUIT"], host.Sessions[0].Commands.Select(command => command.Split(' ')[0]));
    }

    [Fact]
    public async Task A_trace_shows_the_login_and_no_secret()
    {
        await using var host = Host("AUTH PLAIN", script => script.On("AUTH", "535 5.7.8 no", "235 2.7.0 welcome"));
        await using RunningServer server = await StartAsync(host, "use-unencrypted-plain-auth yes");
        await server.SendAsync("a@sender.test", "b@there.test");
        await server.RecordAsync("tq");

        string dialog = await server.RunAsync("trace there.test");

        Assert.Contains("<<< AUTH PLAIN ***\n>>> 235 2.7.0 welcome\n", dialog, StringComparison.Ordinal);
        Hidden(dialog);
    }

    private static ScriptedSmtpServer Host(string extension, Action<PeerScript> script) => new(given =>
    {
        given.Extensions.Add(extension);
        script(given);
    });

    private static Task<RunningServer> StartAsync(ScriptedSmtpServer host, string more = "") => StartAsync(host.Port, more);

    private static Task<RunningServer> StartAsync(int port, string more = "") => RunningServer.StartAsync($"""
        <domain *>
          smtp-hosts [127.0.0.1]:{port}
          retry-after 1h
          log-commands yes
          log-connections yes
          auth-username relay
          auth-password {Password}
          {more}
        </domain>
        """);

    private static void Hidden(string text)
    {
        foreach (string secret in (string[])[Password, Base64(Password), Base64("\0relay\0" + Password)])
        {
            Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
