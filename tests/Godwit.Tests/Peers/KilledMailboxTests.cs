// kill -9 while a message is being appended to a mailbox: the next start takes the half off, and the mailbox holds every message once and whole.

using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class KilledMailboxTests
{
    private const int Octets = 40_000_000;
    private const int Rounds = 3;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    [Fact(Timeout = 300_000)]
    public async Task A_mailbox_has_no_half_message_after_a_kill_in_the_middle_of_one()
    {
        using var site = new PeerSite();
        string box = Path.Combine(Directory.CreateDirectory(site.File("mail")).FullName, "box");
        site.Configure($"type file\n  file-format append-mbox\n  file-destination {box}\n  retry-after 1s");
        var sent = new List<string>();
        long octets = 0;
        for (int round = 0; round < Rounds; round++)
        {
            await using GodwitProcess server = await site.StartAsync();
            await WholeAsync(box, sent, octets);
            long whole = File.Exists(box) ? new FileInfo(box).Length : 0;
            string id = $"m{round}";
            var loader = new MailLoader(site.SmtpPort, 1);
            byte[] letter = Letter.Write(id, Octets);
            long lines = letter.LongCount(octet => octet != '\r');
            octets += lines;
            await loader.SendAsync([new LoadedMail(id, "one@there.test", letter)]);
            Assert.Single(loader.Acknowledged);
            await Task.Run(() => SpinWait.SpinUntil(() => File.Exists(box) && new FileInfo(box).Length > whole + 1_000_000, _limit));
            await server.KillAsync();
            sent.Add(id);

            // Else this run proves nothing.
            Assert.InRange(new FileInfo(box).Length, whole + 1_000_000, whole + lines - 1);
            Assert.True(File.Exists($"{box}.lock"), "readers are kept away from the half");
        }

        await using GodwitProcess last = await site.StartAsync();
        await WholeAsync(box, sent, octets);
        Assert.Equal(0, await last.TerminateAsync());
        Assert.Equal(Rounds, (await FindAsync(box, "^From ")).Length);
        Assert.InRange(new FileInfo(box).Length, octets, octets + (Rounds * 2000));
    }

    /// <summary>Waits until the mailbox has these messages and nobody writes.</summary>
    private static async Task WholeAsync(string box, List<string> ids, long octets)
    {
        await Eventually.TrueAsync(
            () => !File.Exists($"{box}.lock") && (File.Exists(box) ? new FileInfo(box).Length : 0) >= octets, _limit, $"{ids.Count} messages");
        Assert.Equal(ids, await SubjectsAsync(box));
    }

    private static async Task<IReadOnlyList<string>> SubjectsAsync(string box) =>
        [.. (await FindAsync(box, "^X-Letter: ")).Select(line => line["X-Letter: ".Length..])];

    /// <summary>The lines that a program finds which asks for no lock.</summary>
    private static async Task<string[]> FindAsync(string box, string pattern) =>
        (await Tool.RunAsync("/bin/grep", ["-a", "-s", pattern, box], _limit)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
