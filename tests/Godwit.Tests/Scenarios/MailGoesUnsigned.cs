// dkim-sign is yes and no key is for the sender: the mail goes out, and whoever reads the log or the status page learns of it.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class MailGoesUnsigned : IDisposable
{
    private readonly string _key = Path.GetTempFileName();

    public MailGoesUnsigned() => File.WriteAllText(_key, System.Security.Cryptography.RSA.Create(2048).ExportRSAPrivateKeyPem());

    public void Dispose() => File.Delete(_key);

    [Fact]
    public async Task The_log_names_the_domain_once_and_the_status_counts_each_message()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port, $"domain-key s1, signed.test, {_key}"));
        Assert.DoesNotContain("unsigned", await server.RunAsync("show status"), StringComparison.Ordinal);
        foreach (string sender in (string[])["ann@brand.test", "bob@brand.test", "ann@signed.test"])
        {
            await server.SendAsync("bounces@esp.test", "b@there.test", $"From: <{sender}>\r\nSubject: x\r\n\r\nx\r\n");
        }

        await server.RecordsAsync("d", 3);
        await server.LogSaysAsync("mail of brand.test goes out unsigned: dkim-sign is yes, and no domain-key is for it");

        Assert.Equal(1, server.Log().Split("goes out unsigned").Length - 1);
        Assert.Contains("2 message(s) went out unsigned although dkim-sign is yes", await server.RunAsync("show status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_key_the_log_says_so()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port, ""));

        await server.SendAsync("a@brand.test", "b@there.test");

        await server.LogSaysAsync("mail goes out unsigned: dkim-sign is yes, and no domain-key is for its sender");
    }

    [Fact]
    public async Task Where_only_messages_that_ask_are_signed_nothing_is_missed()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(
            Config(host.Port, $"domain-key s1, signed.test, {_key}").Replace("dkim-sign yes", "dkim-sign no", StringComparison.Ordinal));

        await server.SendAsync("a@brand.test", "b@there.test");
        await server.RecordAsync("d", "b@there.test");

        Assert.False(server.LogHas("unsigned"), server.Log());
        Assert.DoesNotContain("unsigned", await server.RunAsync("show status"), StringComparison.Ordinal);
    }

    private static string Config(int port, string key) => $"""
        {key}
        <domain *>
          smtp-hosts [127.0.0.1]:{port}
          dkim-sign yes
        </domain>
        """;
}
