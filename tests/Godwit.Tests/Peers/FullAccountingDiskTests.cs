// A disk without room for accounting, under a real process: no mail is taken or delivered that would leave no record, the operator is told, the server
// stops when it is asked to, and goes on by itself when there is room.

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class FullAccountingDiskTests : IDisposable
{
    private const int Messages = 40;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, int> _arrivals = new(StringComparer.Ordinal);
    private readonly HttpClient _http = new();
    private readonly int _console = Tool.FreePort();
    private volatile bool _open;

    public void Dispose() => _http.Dispose();

    [Fact(Timeout = 300_000)]
    public async Task Nothing_is_taken_or_delivered_without_a_record_and_all_goes_on_when_there_is_room()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(megabytes: 16);
        await using MailReceiver receiver = Receiver(61);
        using var site = new PeerSite();
        Configure(site, disk, receiver);
        await using GodwitProcess server = await site.StartAsync();
        List<string> acknowledged = await SendAsync(site, "before", Messages);
        Assert.Equal(Messages, acknowledged.Count);
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync()).Status);

        await disk.FillAsync(leaveMegabytes: 0);
        await RefusesAsync(site, acknowledged);
        (HttpStatusCode status, string why) = await ReadyAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith($"not ready: accounting disk full: {site.Accounting[..^4]}-", why, StringComparison.Ordinal);
        Assert.Contains("Not ready   accounting disk full: ", await _http.GetStringAsync(
            new Uri($"http://127.0.0.1:{_console}/status"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // What was under way ends; then the receiver opens, and nobody comes although every recipient is due.
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        _open = true;
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Empty(_arrivals);

        disk.Empty();
        await ArriveAsync(acknowledged, site);
        await Eventually.TrueAsync(() => Delivered(site).IsSupersetOf(acknowledged.Select(id => $"{id}@there.test")), _limit, () => site.Log);
        Assert.All(_arrivals, arrival => Assert.Equal(1, arrival.Value));
        Assert.Equal(acknowledged.Count, _arrivals.Count);
        Assert.Equal(5, (await SendAsync(site, "after", 5)).Count);
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync()).Status);
        Assert.Single(Lines(site, "cannot be written"));
        Assert.Single(Lines(site, "can be written again"));
        Assert.DoesNotContain("   at ", site.Log, StringComparison.Ordinal);
        Assert.Equal(0, await server.TerminateAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_stop_does_not_wait_for_room_and_loses_nothing()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(megabytes: 16);
        await using MailReceiver receiver = Receiver(62);
        using var site = new PeerSite();
        Configure(site, disk, receiver);
        List<string> acknowledged;
        await using (GodwitProcess server = await site.StartAsync())
        {
            acknowledged = await SendAsync(site, "before", Messages);
            await disk.FillAsync(leaveMegabytes: 0);
            await RefusesAsync(site, acknowledged);
            long start = Stopwatch.GetTimestamp();

            Assert.Equal(0, await server.TerminateAsync());

            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
            Assert.DoesNotContain("   at ", site.Log, StringComparison.Ordinal);
        }

        disk.Empty();
        _open = true;
        await using GodwitProcess again = await site.StartAsync();
        await ArriveAsync(acknowledged, site);
        await Eventually.TrueAsync(() => Delivered(site).IsSupersetOf(acknowledged.Select(id => $"{id}@there.test")), _limit, () => site.Log);
        Assert.Equal(acknowledged.Count, _arrivals.Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_reload_that_names_a_file_elsewhere_ends_the_trouble()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(megabytes: 16);
        await using MailReceiver receiver = Receiver(63);
        using var site = new PeerSite();
        Configure(site, disk, receiver);
        await using GodwitProcess server = await site.StartAsync();
        List<string> acknowledged = await SendAsync(site, "before", Messages);
        await disk.FillAsync(leaveMegabytes: 0);
        await RefusesAsync(site, acknowledged);

        Configure(site, site.File("acct.csv"), receiver);
        _open = true;
        server.SignalHangUp();

        await ArriveAsync(acknowledged, site);
        await Eventually.TrueAsync(() => Delivered(site).IsSupersetOf(acknowledged.Select(id => $"{id}@there.test")), _limit, () => site.Log);
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync()).Status);
        Assert.Equal(0, await server.TerminateAsync());
    }

    /// <summary>Puts everything off until the test opens it.</summary>
    private MailReceiver Receiver(int octet) =>
        new([octet], mail => _arrivals.AddOrUpdate(Letter.IdOf(mail.Content), 1, static (_, count) => count + 1))
        {
            AnswerRecipient = _ => _open ? "250 2.1.5 ok" : "450 4.2.1 not yet",
        };

    private void Configure(PeerSite site, SmallDisk disk, MailReceiver receiver) => Configure(site, Path.Combine(disk.Path, "acct.csv"), receiver);

    private void Configure(PeerSite site, string accounting, MailReceiver receiver)
    {
        site.Accounting = accounting;
        site.Configure(
            $"smtp-hosts [127.0.0.61]:{receiver.Port}, [127.0.0.62]:{receiver.Port}, [127.0.0.63]:{receiver.Port}\nretry-after 1s\nretry-recipients-after 1s",
            global: $"http-mgmt-port {_console}", accounting: "records d, b, t, tq, r");
    }

    private static async Task<List<string>> SendAsync(PeerSite site, string name, int count)
    {
        var loader = new MailLoader(site.SmtpPort, 4);
        await loader.SendAsync(Enumerable.Range(0, count).Select(i => new LoadedMail($"{name}-{i}", $"{name}-{i}@there.test", Letter.Write($"{name}-{i}", 2000))));
        Assert.All(loader.Refusals, reply => Assert.Matches("^45[12] 4\\.3\\.", reply));
        return [.. loader.Acknowledged];
    }

    /// <summary>Sends until mail is refused at its sender; what is acknowledged until then joins the rest.</summary>
    private static async Task RefusesAsync(PeerSite site, List<string> acknowledged)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; ; i++)
        {
            var loader = new MailLoader(site.SmtpPort, 1);
            await loader.SendAsync([new LoadedMail($"filling-{i}", $"filling-{i}@there.test", Letter.Write($"filling-{i}", 300))]);
            acknowledged.AddRange(loader.Acknowledged);
            if (loader.Refusals.TryPeek(out string? refusal) && refusal.StartsWith("452 ", StringComparison.Ordinal))
            {
                Assert.Equal("452 4.3.1 accounting disk full", refusal);
                return;
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < _limit, $"mail is still taken\n{site.Log}");
        }
    }

    private async Task<(HttpStatusCode Status, string Text)> ReadyAsync()
    {
        using HttpResponseMessage reply = await _http.GetAsync(new Uri($"http://127.0.0.1:{_console}/ready"), TestContext.Current.CancellationToken);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private Task ArriveAsync(List<string> ids, PeerSite site) => Eventually.TrueAsync(
        () => ids.All(_arrivals.ContainsKey), _limit, () => $"missing {string.Join(' ', ids.Where(id => !_arrivals.ContainsKey(id)).Take(10))}\n{site.Log}");

    private static HashSet<string> Delivered(PeerSite site) => [.. site.Records().Where(record => record.Type == "d").Select(record => record.Recipient)];

    private static IEnumerable<string> Lines(PeerSite site, string text) => site.Log.Split('\n').Where(line => line.Contains(text, StringComparison.Ordinal));
}
