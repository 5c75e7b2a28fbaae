// Twenty reloads while mail comes in and goes out: limits, addresses, listeners and accounting change under it, and every message that was acknowledged
// arrives once.

using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ReloadsUnderLoad
{
    private const int Reloads = 20;
    private const int Clients = 6;

    [Fact]
    [Trait("Category", "slow")]
    public async Task Twenty_reloads_lose_nothing_and_repeat_nothing()
    {
        var arrived = new ConcurrentQueue<string>();
        await using var receiver = new MailReceiver([1], mail =>
        {
            foreach (string recipient in mail.Recipients)
            {
                arrived.Enqueue(recipient);
            }
        });
        int extraPort = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync(Domain(receiver, 0));
        var acknowledged = new ConcurrentQueue<string>();
        using var end = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(i => SendAsync(server.EndPoint, $"c{i}", acknowledged, end.Token))];
        var visitors = new List<Task>();
        using var visit = new CancellationTokenSource();

        for (int i = 1; i <= Reloads; i++)
        {
            int before = acknowledged.Count;
            await server.ReloadAsync(Config(server.Root, receiver, i, extraPort));
            if (HasExtraListener(i))
            {
                // It comes in by the listener that the next reload closes, and goes on sending behind that.
                await using MailClient probe = await MailClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, extraPort));
                visitors.Add(SendAsync(new IPEndPoint(IPAddress.Loopback, extraPort), $"v{i}", acknowledged, visit.Token));
            }

            await Eventually.TrueAsync(() => acknowledged.Count > before + 100, TimeSpan.FromSeconds(30));
        }

        await end.CancelAsync();
        await visit.CancelAsync();
        await Task.WhenAll([.. clients, .. visitors]);
        await server.EmptyAsync();

        List<string> sent = [.. acknowledged.Order(StringComparer.Ordinal)];
        Assert.InRange(sent.Count, Reloads * 100, int.MaxValue);
        Assert.Equal(sent, arrived.Order(StringComparer.Ordinal));
        Assert.Equal(sent, server.Accounting.Of("d").Select(row => row["rcpt"]).Order(StringComparer.Ordinal));
        Assert.Equal(Reloads + 1, server.Server.Operator.ShowStatus().ConfigVersion);
        Assert.Equal(["127.0.0.1", "127.0.0.2", "127.0.0.3"], server.Accounting.Of("d").Select(row => row["dlvSourceIp"]).Distinct().Order(StringComparer.Ordinal));
    }

    private static bool HasExtraListener(int reload) => reload % 2 == 1;

    private static string Config(string root, MailReceiver receiver, int reload, int extraPort) => $"""
        {(HasExtraListener(reload) ? $"smtp-listener 127.0.0.1:{extraPort}" : "")}
        total-max-smtp-out {5 + (reload % 4)}
        <acct-file {root}/more{reload % 2}.csv>
          records d
        </acct-file>
        {Domain(receiver, reload)}
        """;

    private static string Domain(MailReceiver receiver, int reload) => $"""
        smtp-source-host 127.0.0.{1 + (reload % 3)} mx{reload}.test
        <domain *>
          smtp-hosts [127.0.0.1]:{receiver.Port}
          max-smtp-out {1 + (reload % 5)}
          max-msg-rate {(reload % 3 == 0 ? "unlimited" : "100000/m")}
          max-msg-per-connection {reload % 2 * 10}
          connection-idle-timeout {reload % 2}
        </domain>
        """;

    /// <summary>Message after message, each to a recipient of its own, until told to end.</summary>
    private static async Task SendAsync(IPEndPoint server, string name, ConcurrentQueue<string> acknowledged, CancellationToken end)
    {
        await using MailClient client = await MailClient.ConnectAsync(server);
        for (int i = 0; !end.IsCancellationRequested; i++)
        {
            string recipient = $"{name}-{i}@d{i % 7}.test";
            await client.SendAsync("a@sender.test", [recipient], Encoding.ASCII.GetBytes($"Subject: {name} {i}\r\n\r\nx\r\n"));
            acknowledged.Enqueue(recipient);
        }
    }
}
