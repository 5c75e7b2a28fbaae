// kill -9 in the middle of writing files: what has its final name is whole, and nothing that was acknowledged is missing.

using System.Collections.Concurrent;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class KilledFileDeliveryTests
{
    private const int Rounds = 4;
    private const int MessagesARound = 300;
    private const int Octets = 200_000;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    /// <summary>The id in each file that was looked at: a final name never gets other content.</summary>
    private static readonly ConcurrentDictionary<string, string> _read = new(StringComparer.Ordinal);

    [Fact(Timeout = 300_000)]
    public async Task No_file_is_half_written_and_none_is_missing_after_kills()
    {
        var random = new Random(7);
        using var site = new PeerSite();
        string directory = Directory.CreateDirectory(site.File("out")).FullName;
        site.Configure($"type file\n  file-destination {directory}\n  max-smtp-out 8");
        var acknowledged = new List<string>();
        for (int round = 0; round < Rounds; round++)
        {
            await using GodwitProcess server = await site.StartAsync();
            var loader = new MailLoader(site.SmtpPort, 8);
            int at = random.Next(20, 150);
            Task load = loader.SendAsync(Mails(round));
            await Eventually.TrueAsync(() => loader.AcknowledgedCount >= at && Names(directory).Length > 0, _limit, () => $"{loader.AcknowledgedCount} of {at}");
            await server.KillAsync();
            await load;
            acknowledged.AddRange(loader.Acknowledged);
            Check(directory);
        }

        await using GodwitProcess last = await site.StartAsync();
        await Eventually.TrueAsync(
            () => acknowledged.TrueForAll(Ids(directory).Contains), _limit, () => $"{acknowledged.Count} acknowledged, {Names(directory).Length} files");

        // What a kill has left unfinished is written over by the attempt that finishes it.
        await Eventually.TrueAsync(() => Directory.GetFiles(directory, "*.tmp").Length == 0, _limit, "nothing unfinished");
        Assert.Equal(0, await last.TerminateAsync());
        Check(directory);
    }

    private static string[] Names(string directory) => Directory.GetFiles(directory, "*.msg");

    private static HashSet<string> Ids(string directory) =>
        [.. Names(directory).Select(file => _read.GetOrAdd(file, static path => Letter.IdOf(WithReturns(path))))];

    private static void Check(string directory)
    {
        foreach (string file in Names(directory))
        {
            byte[] content = WithReturns(file);
            Assert.True(Letter.WithoutTrace(content).SequenceEqual(Letter.Write(Letter.IdOf(content), Octets)), $"{file} is damaged");
        }
    }

    private static byte[] WithReturns(string file) =>
        System.Text.Encoding.Latin1.GetBytes(File.ReadAllText(file, System.Text.Encoding.Latin1).Replace("\n", "\r\n", StringComparison.Ordinal));

    private static IEnumerable<LoadedMail> Mails(int round) => Enumerable.Range(0, MessagesARound)
        .Select(i => $"f{round}-{i}")
        .Select(id => new LoadedMail(id, $"{id}@there.test", Letter.Write(id, Octets)));
}
