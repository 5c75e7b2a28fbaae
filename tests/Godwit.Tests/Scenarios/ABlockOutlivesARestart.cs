// A server that is stopped, or killed, in the middle of a provider's block comes back and keeps quiet until the time that it had promised.

using System.Net;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ABlockOutlivesARestart
{
    private const int Mails = 30;

    [Theory]
    [InlineData("gmail.com", "gmail.com")]
    [InlineData("gmail.com", "hosted.test")]
    [InlineData("yahoo.com", "yahoo.com")]
    [InlineData("yahoo.com", "hosted.test")]
    public async Task Behind_a_restart_the_provider_sees_nothing_before_the_block_is_over(string name, string domain)
    {
        HostPersonality personality = HostPersonalities.All.Single(each => each.Domain == name) with
        {
            Connections = 0,
            MessagesPerConnection = 0,
            AddressRate = null,
            DomainRate = null,
        };
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(personality, "hosted.test");
        provider.Judge.Block(IPAddress.Loopback, personality.BlockFor);
        await world.StartAsync();
        await SendAsync(world.Server.EndPoint, domain);
        await world.PassAsync(() => provider.Book.Refusals.Count > 0, TimeSpan.FromMinutes(1));
        await world.PassAsync(personality.BlockFor / 3);
        int before = provider.Book.Count;

        await world.StopAsync();
        await world.Server.StartAsync();
        await world.PassAsync(provider.Judge.BlockedUntil(IPAddress.Loopback) - world.Time.Now - TimeSpan.FromSeconds(1));

        Assert.Equal(before, provider.Book.Count);
        await world.EmptyAsync(TimeSpan.FromDays(1));
        Assert.Equal(Mails, provider.Book.Recipients.Count);
        Assert.Equal(Mails, world.Server.Accounting.Of("d").Select(row => row["rcpt"]).Distinct().Count());
        Assert.Empty(world.Server.Accounting.Of("b"));
    }

    [Fact]
    public async Task A_killed_server_keeps_the_promise_too_and_loses_nobody()
    {
        // Real time here, as the process has no other: the block is short, and what is waited for are the provider's own events.
        TimeSpan promised = TimeSpan.FromSeconds(5);
        string root = Directory.CreateTempSubdirectory("godwit-killed-").FullName;
        Directory.CreateDirectory(Path.Combine(root, "spool"));
        (int smtp, int port) = (Tool.FreePort(), Tool.FreePort());
        HostPersonality personality = HostPersonalities.Company with { Greylist = TimeSpan.Zero, ConnectRate = null };
        await using var provider = new MailboxHost(personality, TimeProvider.System, port, IPAddress.Parse("127.0.0.30"));
        provider.Judge.Block(IPAddress.Loopback, TimeSpan.FromHours(1));
        File.WriteAllText(Path.Combine(root, "config"), Config(root, smtp, port, promised));
        await using (GodwitProcess first = await GodwitProcess.StartAsync(Path.Combine(root, "config"), smtp))
        {
            await SendAsync(new IPEndPoint(IPAddress.Loopback, smtp), personality.Domain);
            await Eventually.TrueAsync(() => LogHas(root, "source address 127.0.0.1 disabled"), TimeSpan.FromSeconds(30));
            await first.KillAsync();
        }

        HostEvent[] before = [.. provider.Book.Events];
        TimeSpan refused = before.Last(each => each.Kind == HostEventKind.Refused).At;
        provider.Judge.Block(IPAddress.Loopback, TimeSpan.Zero);
        await using GodwitProcess second = await GodwitProcess.StartAsync(Path.Combine(root, "config"), smtp);
        await Eventually.TrueAsync(() => provider.Book.Recipients.Count >= Mails, TimeSpan.FromSeconds(30), () => $"all mail:\n{provider.Book}");

        // To the second, as it is written down.
        HostEvent next = provider.Book.Of(HostEventKind.Connected).First(each => !before.Contains(each));
        Assert.InRange(next.At - refused, promised - TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(40));
        Assert.Equal(Mails, provider.Book.Recipients.Select(each => each.Text).Distinct().Count());
        Assert.Equal(Mails, provider.Book.Recipients.Count);
        await second.TerminateAsync();
        Directory.Delete(root, recursive: true);
    }

    private static bool LogHas(string root, string text)
    {
        string log = Path.Combine(root, "godwit.log");
        if (!File.Exists(log))
        {
            return false;
        }

        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Contains(text, StringComparison.Ordinal);
    }

    private static string Config(string root, int smtp, int port, TimeSpan silence) => $"""
        postmaster postmaster@mx.test
        host-name mx.test
        smtp-listener 127.0.0.1:{smtp}
        http-mgmt-port 0
        log-file {root}/godwit.log
        <spool {root}/spool>
        </spool>
        <acct-file {root}/acct.csv>
        </acct-file>
        <source 127.0.0.1>
          always-allow-relaying yes
          default-virtual-mta v
        </source>
        <virtual-mta v>
          smtp-source-host 127.0.0.1 mx.test
        </virtual-mta>
        <smtp-pattern-list rules>
          reply /slow down/ disable-source-ip,reenable-after={silence.TotalSeconds}s
        </smtp-pattern-list>
        <domain company.test>
          smtp-hosts [127.0.0.30]:{port}
          smtp-pattern-list rules
          log-disabled-ips yes
          retry-after 1s
          retry-recipients-after 1s
        </domain>

        """;

    private static async Task SendAsync(IPEndPoint server, string domain)
    {
        await using MailClient client = await MailClient.ConnectAsync(server);
        for (int i = 0; i < Mails; i++)
        {
            await client.SendAsync("news@first.test", [$"b{i}@{domain}"], "Subject: hello\r\n\r\nhello\r\n"u8.ToArray());
        }
    }
}
