// 20,000 mails from smtp-source, 100 sessions at once, to 1,000 domains whose MX records unbound serves, into receivers on eight addresses
// and into smtp-sinks on three more. smtp-source sends to one domain in a run, so there are 1,000 runs of 20 mails with 5 sessions, 20 runs at a time.

using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class SpreadTests
{
    private const int Domains = 1000;
    private const int MailsEach = 20;
    private const int RunsAtOnce = 20;
    private const int SessionsEach = 5;
    private const int Octets = 10 * 1024;

    /// <summary>Every tenth domain is served by the smtp-sinks, which are equal.</summary>
    private const int SinkEvery = 10;
    private const int FirstSinkOctet = 49;
    private const int Sinks = 3;
    private const int FirstOctet = 41;
    private const int Hosts = 8;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4);

    [Fact(Timeout = 600_000)]
    public async Task Twenty_thousand_mails_to_a_thousand_domains_arrive_once_and_whole()
    {
        Tool.Need("smtp-source", "smtp-sink", "unbound");
        var arrivals = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var damaged = new ConcurrentQueue<string>();
        var astray = new ConcurrentQueue<string>();
        byte[][] letters = [.. Enumerable.Range(0, Domains).Select(domain => Letter.Write($"d{domain}", Octets))];
        await using var receiver = new MailReceiver(Enumerable.Range(FirstOctet, Hosts), mail =>
        {
            string recipient = Assert.Single(mail.Recipients);
            arrivals.AddOrUpdate(recipient, 1, static (_, count) => count + 1);
            if (!IsWhole(mail.Content, letters[DomainOf(recipient)]))
            {
                damaged.Enqueue(recipient);
            }

            if (mail.Octet != PreferredOctet(DomainOf(recipient)))
            {
                astray.Enqueue($"{recipient} at 127.0.0.{mail.Octet}");
            }
        });
        using var site = new PeerSite();
        await using LocalDns dns = await LocalDns.StartAsync(Zone());
        string[] dumps = [.. Enumerable.Range(FirstSinkOctet, Sinks).Select(octet => Directory.CreateDirectory(site.File($"sink-{octet}")).FullName)];
        await using RunningTool first = StartSink(dumps[0], FirstSinkOctet, receiver.Port);
        await using RunningTool second = StartSink(dumps[1], FirstSinkOctet + 1, receiver.Port);
        await using RunningTool third = StartSink(dumps[2], FirstSinkOctet + 2, receiver.Port);
        site.Configure($"default-smtp-port {receiver.Port}\nmax-smtp-out 4\nretry-after 2s\nretry-recipients-after 2s", $"name-server 127.0.0.1:{dns.Port}");
        await using GodwitProcess server = await site.StartAsync();

        await LoadAsync(site, letters);
        int sunk = Domains / SinkEvery * MailsEach;
        int own = (Domains * MailsEach) - sunk;
        int InSinks() => dumps.Sum(folder => Directory.GetFiles(folder).Length);
        await Eventually.TrueAsync(
            () => arrivals.Count + InSinks() >= own + sunk, _limit,
            () => $"{arrivals.Count} of {own}, sinks {InSinks()} of {sunk}\n{site.Log[^Math.Min(site.Log.Length, 3000)..]}");
        Assert.Equal(0, await server.TerminateAsync());

        // Every host of a lower number served, so the others are to get nothing.
        Assert.Empty(astray);
        Assert.Empty(damaged);
        Assert.Equal(own, arrivals.Count);
        Assert.All(arrivals, arrival => Assert.Equal(1, arrival.Value));
        List<string>[] dumped = [.. dumps.Select(folder => ReadDumps(folder, letters))];
        Assert.Equal(sunk, dumped.Sum(each => each.Count));
        AssertAccounted(site, [.. arrivals.Keys, .. dumped.SelectMany(each => each)]);

        TestContext.Current.SendDiagnosticMessage("the sinks got {0}", string.Join(", ", dumped.Select(each => each.Count)));

        // Of equal ones, chosen anew by each connection, each gets its part.
        Assert.All(dumped, each => Assert.InRange(each.Count, sunk / (3 * Sinks), sunk));
    }

    /// <summary>smtp-source puts an empty line behind every file.</summary>
    private static bool IsWhole(byte[] content, byte[] letter)
    {
        ReadOnlySpan<byte> sent = Letter.WithoutTrace(content);
        return sent.EndsWith("\r\n"u8) && sent[..^2].SequenceEqual(letter);
    }

    private static int DomainOf(string address) =>
        int.Parse(address.AsSpan((address.IndexOf('@', StringComparison.Ordinal) + 2)..^".test".Length), CultureInfo.InvariantCulture);

    /// <summary>The host that a domain prefers, if that is no sink.</summary>
    private static int PreferredOctet(int domain) => FirstOctet + (domain % Hosts);

    /// <summary>One domain in three has a further host, which is to get nothing.</summary>
    private static IEnumerable<string> Zone()
    {
        for (int host = FirstOctet; host < FirstOctet + Hosts; host++)
        {
            yield return $"mx{host}.hosts.test. 300 IN A 127.0.0.{host}";
        }

        for (int sink = FirstSinkOctet; sink < FirstSinkOctet + Sinks; sink++)
        {
            yield return $"mx{sink}.hosts.test. 300 IN A 127.0.0.{sink}";
        }

        for (int domain = 0; domain < Domains; domain++)
        {
            foreach (int host in domain % SinkEvery == 0 ? Enumerable.Range(FirstSinkOctet, Sinks) : [PreferredOctet(domain)])
            {
                yield return $"d{domain}.test. 300 IN MX 10 mx{host}.hosts.test.";
            }

            if (domain % 3 == 0)
            {
                yield return $"d{domain}.test. 300 IN MX 20 mx{PreferredOctet(domain + 1)}.hosts.test.";
            }
        }
    }

    /// <summary>It drops root when asked to, so the folder is open to everybody.</summary>
    private static RunningTool StartSink(string dumps, int octet, int port)
    {
        File.SetUnixFileMode(Path.GetDirectoryName(dumps)!, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(dumps, (UnixFileMode)0b111_111_111);
        string[] user = Environment.UserName == "root" ? ["-u", "nobody"] : [];
        return RunningTool.Start(Tool.Find("smtp-sink")!, [.. user, "-d", $"{dumps}/mail.", $"127.0.0.{octet}:{port}", "512"]);
    }

    private static async Task LoadAsync(PeerSite site, byte[][] letters)
    {
        await Parallel.ForAsync(0, Domains, new ParallelOptions { MaxDegreeOfParallelism = RunsAtOnce }, async (domain, stop) =>
        {
            // smtp-source puts CRLF behind each line and doubles leading dots itself.
            string file = site.File($"letter-{domain}");
            await File.WriteAllTextAsync(file, Encoding.ASCII.GetString(letters[domain]).Replace("\r\n", "\n", StringComparison.Ordinal), stop);
            string[] arguments =
            [
                "-4", "-N", "-d", "-s", $"{SessionsEach}", "-m", $"{MailsEach}", "-F", file, "-f", "sender@sender.test", "-t", $"@d{domain}.test",
                $"127.0.0.1:{site.SmtpPort}",
            ];
            ToolResult run = await Tool.RunAsync("smtp-source", arguments, TimeSpan.FromMinutes(2));
            Assert.True(run.ExitCode == 0, run.Output);
            File.Delete(file);
        });
    }

    /// <summary>smtp-sink writes one file a mail, lines ending in LF: its own X- fields and Received, then what was sent.</summary>
    private static List<string> ReadDumps(string folder, byte[][] letters)
    {
        const string Recipient = "X-Rcpt-Args: <";
        var recipients = new List<string>();
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            string text = File.ReadAllText(file);
            int start = text.IndexOf(Recipient, StringComparison.Ordinal) + Recipient.Length;
            string recipient = text[start..text.IndexOf('>', start)];
            string letter = Encoding.ASCII.GetString(letters[DomainOf(recipient)]).Replace("\r\n", "\n", StringComparison.Ordinal);
            Assert.EndsWith(letter, text.TrimEnd('\n') + "\n", StringComparison.Ordinal);
            recipients.Add(recipient);
        }

        return recipients;
    }

    private static void AssertAccounted(PeerSite site, HashSet<string> arrived)
    {
        List<(string Type, string Recipient)> records = site.Records();
        Assert.All(records, record => Assert.Equal("d", record.Type));
        Assert.Equal(Domains * MailsEach, records.Count);
        Assert.True(arrived.SetEquals(records.Select(record => record.Recipient)));
    }
}
