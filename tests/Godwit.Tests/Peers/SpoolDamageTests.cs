// What disks and operators do to a spool: a torn tail, a damaged frame, no room, no folder, two servers. Either clean recovery or a clear error.

using System.Collections.Concurrent;
using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class SpoolDamageTests
{
    private const int Messages = 60;
    private const int FrameAlignment = 64;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, int> _arrivals = new(StringComparer.Ordinal);
    private volatile bool _open;

    [Theory(Timeout = 180_000)]
    [InlineData("garbage")]
    [InlineData("half a frame")]
    [InlineData("cut")]
    public async Task A_torn_tail_is_cut_and_nothing_acknowledged_is_lost(string how)
    {
        await using MailReceiver receiver = Receiver(51);
        using var site = new PeerSite();
        Configure(site, receiver);
        List<string> acknowledged = await LoadAndKillAsync(site);
        Tear(LastSegment(site), how);

        await using GodwitProcess server = await site.StartAsync();
        _open = true;
        await ArriveAsync(acknowledged, site);
        var loader = new MailLoader(site.SmtpPort, 1);
        await loader.SendAsync(Mails("after", 5));
        await ArriveAsync(loader.Acknowledged, site);

        Assert.Equal(5, loader.AcknowledgedCount);
        Assert.All(_arrivals, arrival => Assert.Equal(1, arrival.Value));
        Assert.Equal(0, await server.TerminateAsync());
    }

    [Fact(Timeout = 180_000)]
    public async Task A_damaged_frame_costs_its_own_message_only_and_the_log_says_so()
    {
        await using MailReceiver receiver = Receiver(52);
        using var site = new PeerSite();
        Configure(site, receiver);
        List<string> acknowledged = await LoadAndKillAsync(site);
        string segment = LastSegment(site);
        string victim = acknowledged[acknowledged.Count / 2];
        byte[] octets = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        int at = octets.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"X-Letter: {victim}\r\n"));
        Assert.True(at > 0);
        octets[at] ^= 0x20;
        await File.WriteAllBytesAsync(segment, octets, TestContext.Current.CancellationToken);

        await using GodwitProcess server = await site.StartAsync();
        _open = true;
        await ArriveAsync(acknowledged.Where(id => id != victim), site);

        Assert.DoesNotContain(victim, _arrivals.Keys);
        Assert.Contains(Path.GetFileName(segment), site.Log, StringComparison.Ordinal);
        Assert.Contains("damage", site.Log, StringComparison.OrdinalIgnoreCase);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_missing_spool_folder_is_a_clear_error()
    {
        using var site = new PeerSite();
        site.Configure("max-smtp-out 1");
        Directory.Delete(site.Spool);

        await using GodwitProcess server = GodwitProcess.Launch(site.ConfigFile);

        Assert.Equal(1, await server.WaitForExitAsync());
        Assert.Contains($"the spool directory {site.Spool} does not exist", server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Errors, StringComparison.Ordinal);
    }

    [Fact(Timeout = 90_000)]
    public async Task A_second_server_on_the_same_spool_is_refused_and_the_first_goes_on()
    {
        await using MailReceiver receiver = Receiver(53);
        _open = true;
        using var site = new PeerSite();
        using var other = new PeerSite(site.Spool);
        Configure(site, receiver);
        Configure(other, receiver);
        await using GodwitProcess first = await site.StartAsync();

        await using GodwitProcess second = GodwitProcess.Launch(other.ConfigFile);
        await using GodwitProcess twin = GodwitProcess.Launch(site.ConfigFile);

        Assert.Equal(1, await second.WaitForExitAsync());
        Assert.Equal(1, await twin.WaitForExitAsync());
        Assert.Contains("is in use by process", twin.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("FATAL", site.Log, StringComparison.Ordinal);
        Assert.Contains(site.Spool, second.Errors, StringComparison.Ordinal);
        Assert.Contains($"{first.Id}", second.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Errors, StringComparison.Ordinal);
        var loader = new MailLoader(site.SmtpPort, 2);
        await loader.SendAsync(Mails("first", 10));
        Assert.Equal(10, loader.AcknowledgedCount);
        await ArriveAsync(loader.Acknowledged, site);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_full_disk_puts_new_mail_off_while_delivery_goes_on()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(megabytes: 230);
        await using MailReceiver receiver = Receiver(54);
        using var site = new PeerSite(disk.Path);
        Configure(site, receiver);
        await using GodwitProcess server = await site.StartAsync();
        var before = new MailLoader(site.SmtpPort, 4);
        await before.SendAsync(Mails("before", Messages));
        Assert.Equal(Messages, before.AcknowledgedCount);

        // One segment in use and two ahead; what is left of the disk is taken by something else, then mail fills the segments.
        await disk.FillAsync(leaveMegabytes: 0);
        var filling = new MailLoader(site.SmtpPort, 4);
        await filling.SendAsync(Enumerable.Range(0, 260).Select(i => new LoadedMail($"fill{i}", $"fill{i}@a.test", Letter.Write($"fill{i}", 900_000))));

        Assert.InRange(filling.AcknowledgedCount, 1, 250);
        Assert.All(filling.Refusals, reply => Assert.Matches("^45[12] 4\\.3\\.", reply));
        var refused = new MailLoader(site.SmtpPort, 1);
        await refused.SendAsync(Mails("refused", 1));
        Assert.Matches("^452 4\\.3\\.1 .*disk", Assert.Single(refused.Refusals));

        _open = true;
        await ArriveAsync([.. before.Acknowledged, .. filling.Acknowledged], site);
        disk.Empty();
        var after = new MailLoader(site.SmtpPort, 1);
        await AcceptAgainAsync(site);
        await after.SendAsync(Mails("after", 5));
        await ArriveAsync(after.Acknowledged, site);
        Assert.Equal(5, after.AcknowledgedCount);
        Assert.False(server.HasExited);
        Assert.All(_arrivals, arrival => Assert.Equal(1, arrival.Value));
    }

    [Fact(Timeout = 180_000)]
    public async Task Below_the_minimum_of_free_space_new_mail_is_put_off_while_delivery_goes_on()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(megabytes: 400);
        await using MailReceiver receiver = Receiver(55);
        using var site = new PeerSite(disk.Path);
        Configure(site, receiver, "min-free-space 100M");
        await using GodwitProcess server = await site.StartAsync();
        var before = new MailLoader(site.SmtpPort, 4);
        await before.SendAsync(Mails("before", Messages));
        Assert.Equal(Messages, before.AcknowledgedCount);

        await disk.FillAsync(leaveMegabytes: 10);
        string reply = "";
        await UntilAsync(site, async () => (reply = await OfferAsync(site)).StartsWith("452", StringComparison.Ordinal));
        Assert.Matches("^452 4\\.3\\.1 disk nearly full", reply);
        _open = true;
        await ArriveAsync(before.Acknowledged, site);

        disk.Empty();
        await AcceptAgainAsync(site);
        Assert.False(server.HasExited);
    }

    /// <summary>Puts everything off until the test opens it.</summary>
    private MailReceiver Receiver(int octet) =>
        new([octet], mail => _arrivals.AddOrUpdate(Letter.IdOf(mail.Content), 1, static (_, count) => count + 1))
        {
            AnswerRecipient = _ => _open ? "250 2.1.5 ok" : "450 4.2.1 not yet",
        };

    private static void Configure(PeerSite site, MailReceiver receiver, string spool = "") => site.Configure(
        $"smtp-hosts [127.0.0.51]:{receiver.Port}, [127.0.0.52]:{receiver.Port}, [127.0.0.53]:{receiver.Port}, "
        + $"[127.0.0.54]:{receiver.Port}, [127.0.0.55]:{receiver.Port}\nretry-after 1s\nretry-recipients-after 2s", spool: spool);

    private static IEnumerable<LoadedMail> Mails(string name, int count) =>
        Enumerable.Range(0, count).Select(i => new LoadedMail($"{name}-{i}", $"{name}-{i}@d{i % 10}.test", Letter.Write($"{name}-{i}", 3000)));

    private static async Task<List<string>> LoadAndKillAsync(PeerSite site)
    {
        await using GodwitProcess server = await site.StartAsync();
        var loader = new MailLoader(site.SmtpPort, 6);
        await loader.SendAsync(Mails("mail", Messages));
        Assert.Equal(Messages, loader.AcknowledgedCount);
        await server.KillAsync();
        return [.. loader.Acknowledged];
    }

    private static string LastSegment(PeerSite site) => Directory.EnumerateFiles(site.Spool, "*.segment").Max(StringComparer.Ordinal)!;

    /// <summary>What a crash in the middle of a write leaves behind the last frame that was synced.</summary>
    private static void Tear(string segment, string how)
    {
        byte[] octets = File.ReadAllBytes(segment);
        int end = (octets.AsSpan().LastIndexOfAnyExcept((byte)0) + FrameAlignment) & -FrameAlignment;
        switch (how)
        {
            case "garbage":
                new Random(7).NextBytes(octets.AsSpan(end, 5000));
                break;
            case "half a frame":
                // An intact header and a part of its payload, as when the disk wrote some of the blocks.
                int second = octets.AsSpan(0, end).LastIndexOf("X-Letter: "u8) & -FrameAlignment;
                octets.AsSpan(Math.Max(0, second - 1024), 1500).CopyTo(octets.AsSpan(end));
                break;
            default:
                octets = octets[..(end + 100)];
                break;
        }

        File.WriteAllBytes(segment, octets);
    }

    private async Task ArriveAsync(IEnumerable<string> ids, PeerSite site)
    {
        string[] wanted = [.. ids];
        await Eventually.TrueAsync(
            () => wanted.All(_arrivals.ContainsKey), _limit,
            () => $"missing {string.Join(' ', wanted.Where(id => !_arrivals.ContainsKey(id)).Take(10))}\n{site.Log[^Math.Min(site.Log.Length, 4000)..]}");
    }

    private static Task AcceptAgainAsync(PeerSite site) =>
        UntilAsync(site, async () => (await OfferAsync(site)).StartsWith("250", StringComparison.Ordinal));

    /// <summary>The reply to MAIL FROM.</summary>
    private static async Task<string> OfferAsync(PeerSite site)
    {
        var loader = new MailLoader(site.SmtpPort, 1);
        await loader.SendAsync([new LoadedMail("probe", "probe@d1.test", Letter.Write("probe", 300))]);
        return loader.Refusals.TryPeek(out string? refusal) ? refusal : loader.AcknowledgedCount == 1 ? "250" : "";
    }

    private static string Held(PeerSite site) => string.Join(' ', Directory.EnumerateFiles(site.Spool).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    private static async Task UntilAsync(PeerSite site, Func<Task<bool>> condition)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < _limit, $"not in time; the spool holds {Held(site)}\n{site.Log}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }
}
