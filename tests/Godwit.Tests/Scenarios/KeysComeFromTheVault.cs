// Keys that stand in no file: asked for when mail needs them, kept, and waited for.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class KeysComeFromTheVault
{
    private const string Letter = "From: Ann <ann@brand.example>\r\nSubject: hello\r\n\r\nhello\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mail_is_signed_with_a_key_that_is_asked_for_once(bool isSecondEngine)
    {
        await using var vault = new VaultServer(path =>
            path == "/v1/secret/data/dkim" ? isSecondEngine ? VaultServer.Second("brand", DkimKeys.RsaPkcs8) : VaultServer.First("brand", DkimKeys.RsaPkcs8) : null);
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port, vault.Url));

        await server.SendAsync("a@brand.example", "b@there.test", Letter);
        await server.SendAsync("a@brand.example", "c@there.test", Letter);

        for (int i = 0; i < 2; i++)
        {
            Assert.Equal("rsa-sha256 d=brand.example s=s1 i=ann@brand.example: pass", PlainDkim.Judge((await host.NextMessageAsync()).Content, (_, _) => DkimKeys.RsaRecord));
        }

        Assert.Equal(1, vault.Asked);
    }

    [Theory]
    [InlineData("/v1/secret/data/other", VaultServer.Token, "there is no such path")]
    [InlineData("/v1/secret/data/dkim", "another-token", "the access-token may not read it")]
    public async Task Mail_whose_key_cannot_be_had_waits_and_the_reason_is_told(string path, string token, string reason)
    {
        await using var vault = new VaultServer(asked => asked == path ? VaultServer.Second("brand", DkimKeys.RsaPkcs8) : null);
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port, vault.Url, token));

        await server.SendAsync("a@brand.example", "b@there.test", Letter);
        await server.SendAsync("x@stranger.example", "b@there.test", "From: x@stranger.example\r\n\r\nhello\r\n");
        ReceivedMessage other = await host.NextMessageAsync();

        Assert.StartsWith("Received:", System.Text.Encoding.Latin1.GetString(other.Content), StringComparison.Ordinal);
        await server.LogSaysAsync($"a message waits a minute for the key that is to sign it: {{vault}}:/secret/data/dkim:brand: {reason}; mail that it signs waits");
        await Eventually.TrueAsync(() => server.Waiting == 1, TimeSpan.FromSeconds(20), server.TopQueues);
        Assert.DoesNotContain(token, server.Log(), StringComparison.Ordinal);
        Assert.Contains($"s1._domainkey.brand.example  {{vault}}:/secret/data/dkim:brand: {reason}; mail that it signs waits\n", await server.RunAsync("check dkim brand.example"), StringComparison.Ordinal);
    }

    private static string Config(int port, string url, string token = VaultServer.Token) => $$"""
        <vault>
          server-url {{url}}
          access-token {{token}}
        </vault>
        domain-key s1, brand.example, {vault}:/secret/data/dkim:brand
        <domain *>
          smtp-hosts [127.0.0.1]:{{port}}
          dkim-sign yes
        </domain>
        """;
}
