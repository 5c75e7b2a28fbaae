// A server whose limit of open files is far below its limits on connections, as a shell or an old unit file gives it.

using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class OpenFileTests
{
    private const int Domains = 400;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact(Timeout = 240_000)]
    public async Task A_server_short_of_descriptors_says_so_goes_on_receiving_and_delivers_everything()
    {
        Tool.Need("prlimit");
        var gate = new TaskCompletionSource();
        await using var receiver = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.After(gate.Task, "220 go"));
        using var site = new PeerSite();
        site.Configure($"smtp-hosts [127.0.0.1]:{receiver.Port}\nretry-after 1s");
        await using GodwitProcess server = await site.StartAsync(Tool.Find("prlimit")!, "--nofile=280:280");
        var warning = new Regex("WARN .* 280 files.* total-max-smtp-out as (?<most>[0-9]+)", RegexOptions.ExplicitCapture, _limit);
        await Eventually.TrueAsync(() => warning.IsMatch(site.Log), _limit, () => Tail(site));
        int most = int.Parse(warning.Match(site.Log).Groups["most"].Value, CultureInfo.InvariantCulture);

        // Every queue wants a connection, and the receiver keeps what it is given.
        await SendAsync(site, 0, Domains);
        await Eventually.TrueAsync(() => receiver.Sessions.Count >= most, _limit, () => Tail(site));

        // Delivery has all it may have: mail still comes in.
        await SendAsync(site, Domains, Domains + 10);
        Assert.Equal(most, receiver.Sessions.Count);
        Assert.DoesNotContain("EMFILE", site.Log, StringComparison.Ordinal);

        gate.SetResult();
        await Eventually.TrueAsync(() => receiver.MessagesWaiting == Domains + 10, _limit, () => $"{receiver.MessagesWaiting} arrived\n{Tail(site)}");
        Assert.Equal(0, await server.TerminateAsync());
        Assert.DoesNotContain("please report this", site.Log, StringComparison.Ordinal);
    }

    private static string Tail(PeerSite site) => site.Log[^Math.Min(site.Log.Length, 4000)..];

    private static async Task SendAsync(PeerSite site, int from, int to)
    {
        var loader = new MailLoader(site.SmtpPort, sessions: 5);
        await loader.SendAsync(Enumerable.Range(from, to - from).Select(domain =>
        {
            string id = domain.ToString(CultureInfo.InvariantCulture);
            return new LoadedMail(id, $"user@d{id}.test", Letter.Write(id, 500));
        }));
        Assert.Equal(to - from, loader.AcknowledgedCount);
    }
}
