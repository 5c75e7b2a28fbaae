// kill -9 against a server under load. What it acknowledged must arrive, again and again on the same spool.

using System.Collections.Concurrent;
using System.Globalization;
using Godwit.Foundation;
using Godwit.Spool;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class KillTests
{
    private const int Rounds = 10;
    private const int MessagesARound = 3000;
    private const int Connections = 20;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    [Fact(Timeout = 400_000)]
    public async Task Ten_kills_under_load_lose_nothing_that_was_acknowledged()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("GODWIT_SEED") ?? "20261122", CultureInfo.InvariantCulture);
        TestContext.Current.SendDiagnosticMessage("GODWIT_SEED={0}", seed);
        var random = new Random(seed);
        var arrivals = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var damaged = new ConcurrentQueue<string>();
        var refusedOnce = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        await using var receiver = new MailReceiver([31, 32], mail =>
        {
            string id = Letter.IdOf(mail.Content);
            arrivals.AddOrUpdate(id, 1, static (_, count) => count + 1);
            if (!Letter.WithoutTrace(mail.Content).SequenceEqual(Letter.Write(id, 2000)))
            {
                damaged.Enqueue(id);
            }
        })
        {
            // One in four is put off once, so that every kill meets a spool with mail that waits.
            AnswerRecipient = address => address.StartsWith("late", StringComparison.Ordinal) && refusedOnce.TryAdd(address, true)
                ? "450 4.2.1 later" : "250 2.1.5 ok",
        };
        using var site = new PeerSite();
        site.Configure($"""
            smtp-hosts [127.0.0.31]:{receiver.Port}, [127.0.0.32]:{receiver.Port}
            max-smtp-out 5
            retry-recipients-after 3s
            retry-after 1s
            """, $"total-max-smtp-out {Connections}");

        var acknowledged = new List<string>();
        for (int round = 0; round < Rounds; round++)
        {
            await using GodwitProcess server = await site.StartAsync();
            var loader = new MailLoader(site.SmtpPort, Connections);
            int at = random.Next(1, MessagesARound * 9 / 10);
            TimeSpan extra = TimeSpan.FromMilliseconds(random.Next(0, 40));
            Task load = loader.SendAsync(Mails(round));
            await Eventually.TrueAsync(() => loader.AcknowledgedCount >= at, _limit, () => $"{loader.AcknowledgedCount} of {at} acknowledged");
            await Task.Delay(extra, TimeProvider.System, TestContext.Current.CancellationToken);
            await server.KillAsync();
            await load;
            Assert.Empty(loader.Refusals);
            acknowledged.AddRange(loader.Acknowledged);
            TestContext.Current.SendDiagnosticMessage(
                "round {0}: killed at {1} + {2}, {3} acknowledged, {4} arrived so far", round, at, extra, loader.AcknowledgedCount, arrivals.Count);
        }

        await using GodwitProcess last = await site.StartAsync();
        await Eventually.TrueAsync(
            () => acknowledged.TrueForAll(arrivals.ContainsKey), _limit,
            () => $"missing: {string.Join(' ', acknowledged.Where(id => !arrivals.ContainsKey(id)).Take(20))}\n{site.Log[^Math.Min(site.Log.Length, 4000)..]}");
        Assert.Equal(0, await last.TerminateAsync());

        Assert.Empty(damaged);
        int duplicates = arrivals.Values.Sum(count => count - 1);
        TestContext.Current.SendDiagnosticMessage("{0} acknowledged, {1} arrived, {2} twice", acknowledged.Count, arrivals.Count, duplicates);

        // In flight is what a peer has taken and whose mark is not durable yet: one transaction on each connection, here of one recipient.
        Assert.InRange(duplicates, 0, Rounds * Connections);
        AssertAccounted(site, acknowledged, duplicates);
    }

    [Fact(Timeout = 120_000)]
    public async Task Attempts_and_the_next_time_survive_kills()
    {
        TimeSpan wait = TimeSpan.FromSeconds(10);
        var attempts = new ConcurrentQueue<(string Recipient, long Time)>();
        await using var receiver = new MailReceiver([33], _ => Assert.Fail("nothing is taken here"))
        {
            AnswerRecipient = address =>
            {
                attempts.Enqueue((address, TimeProvider.System.GetTimestamp()));
                return "450 4.2.1 later";
            },
        };
        using var site = new PeerSite();
        site.Configure($"smtp-hosts [127.0.0.33]:{receiver.Port}\nretry-recipients-after {wait.TotalSeconds}s");
        await using (GodwitProcess first = await site.StartAsync())
        {
            await DeferAsync(site, attempts, "one@a.test", 1);
            await DeferAsync(site, attempts, "two@b.test", 1);

            // A record is written before its mark, and a later batch's record behind the earlier batch's mark: once this one is seen, the others' are durable.
            await DeferAsync(site, attempts, "flush1@x.test", 1);
            await first.KillAsync();
        }

        await using (GodwitProcess second = await site.StartAsync())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(attempts.First().Time) < wait, "the restart was too slow to show anything");
            await Eventually.TrueAsync(() => Deferrals(site, "one@a.test") >= 2 && Deferrals(site, "two@b.test") >= 2, wait * 3);
            await DeferAsync(site, attempts, "three@c.test", 1);
            await DeferAsync(site, attempts, "flush2@x.test", 1);
            await second.KillAsync();
        }

        foreach (IGrouping<string, (string Recipient, long Time)> tried in attempts
            .Where(attempt => !attempt.Recipient.StartsWith("flush", StringComparison.Ordinal))
            .GroupBy(attempt => attempt.Recipient)
            .Where(group => group.Count() > 1))
        {
            long[] times = [.. tried.Select(attempt => attempt.Time)];
            Assert.Equal(2, times.Length);

            // The wait begins when the reply is judged, a little after the peer has spoken.
            Assert.InRange(TimeProvider.System.GetElapsedTime(times[0], times[1]), wait, wait + TimeSpan.FromSeconds(8));
        }

        Dictionary<string, RecoveredRecipient> open = await SpoolContents.ReadAsync(site.Spool);
        Assert.Equal(5, open.Count);
        Assert.Equal(2, open["one@a.test"].Attempts);
        Assert.Equal(2, open["two@b.test"].Attempts);
        Assert.Equal(1, open["three@c.test"].Attempts);
        Instant now = new ServerClock(TimeProvider.System).Now;
        Assert.InRange((open["one@a.test"].NotBefore - now).TotalSeconds, 0, wait.TotalSeconds);
    }

    private static IEnumerable<LoadedMail> Mails(int round)
    {
        for (int i = 0; i < MessagesARound; i++)
        {
            string id = $"{(i % 4 == 0 ? "late" : "mail")}-{round}-{i}";
            yield return new LoadedMail(id, $"{id}@d{i % 40}.test", Letter.Write(id, 2000));
        }
    }

    private static int Deferrals(PeerSite site, string recipient) => site.Records().Count(record => record.Type == "t" && record.Recipient == recipient);

    private static async Task DeferAsync(PeerSite site, ConcurrentQueue<(string, long)> attempts, string recipient, int records)
    {
        var loader = new MailLoader(site.SmtpPort, 1);
        await loader.SendAsync([new LoadedMail(recipient, recipient, Letter.Write(recipient, 500))]);
        Assert.Equal([recipient], loader.Acknowledged);
        await Eventually.TrueAsync(
            () => Deferrals(site, recipient) >= records, _limit, () => $"{records} t records of {recipient}; {attempts.Count} attempts; {site.Log}");
    }

    /// <summary>Every acknowledged recipient is in the file; more than once only where it also arrived, or was written, twice around a kill.</summary>
    private static void AssertAccounted(PeerSite site, List<string> acknowledged, int duplicates)
    {
        List<(string Type, string Recipient)> records = site.Records();
        Assert.DoesNotContain(records, record => record.Type == "b");
        Dictionary<string, int> delivered = records.Where(record => record.Type == "d").CountBy(record => record.Recipient.Split('@')[0]).ToDictionary();
        Assert.Empty(acknowledged.Where(id => !delivered.ContainsKey(id)));
        Assert.InRange(delivered.Values.Sum(count => count - 1), 0, duplicates);
    }
}
