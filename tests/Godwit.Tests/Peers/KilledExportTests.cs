// kill -9 when a receiver has a batch and the server has not noted it: the batch may come again, under the same name, and no record is missing.

using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed class KilledExportTests
{
    private const int Messages = 300;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    [Fact(Timeout = 300_000)]
    public async Task A_batch_that_was_under_way_at_a_kill_comes_again_under_its_name_and_nothing_is_missing()
    {
        await using var receiver = new HookReceiver();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool killed = false;
        receiver.Answer = _ =>
        {
            reached.TrySetResult();
            return killed ? 200 : null; // Taken, and the answer never arrives.
        };
        using var site = new PeerSite();
        string hook = $"<acct-file {site.File("hook.csv")}>\n  records d\n  max-size 50K\n  http-webhook-url {receiver.Url}\n  http-webhook-io-timeout 1h\n</acct-file>\n";
        site.Configure("type discard", global: hook);

        await using (GodwitProcess server = await site.StartAsync())
        {
            await new MailLoader(site.SmtpPort, 4).SendAsync(Mails(0));
            await reached.Task.WaitAsync(_limit);
            await server.KillAsync();
        }

        killed = true;
        await using GodwitProcess last = await site.StartAsync();
        await new MailLoader(site.SmtpPort, 4).SendAsync(Mails(1));
        await Eventually.TrueAsync(() => receiver.Requests.Count >= 4, _limit, () => $"{receiver.Requests.Count} requests");

        IReadOnlyList<HookRequest> requests = receiver.Requests;
        Assert.Equal((requests[0].Batch, requests[0].Text), (requests[1].Batch, requests[1].Text));
        Assert.Equal(requests.Count - 1, requests.Select(request => request.Batch).Distinct(StringComparer.Ordinal).Count());
        string[] arrived = [.. requests.Skip(1).SelectMany(request => Csv(request.Text))];
        Assert.Equal(Csv(requests[0].Text), arrived.Take(Csv(requests[0].Text).Count));
        Assert.Empty(Mails(0).Select(mail => $"{mail.Id}@there.test").Except(arrived, StringComparer.Ordinal));
        Assert.Equal(0, await last.TerminateAsync());
    }

    /// <summary>The recipients, in order: the fifth column.</summary>
    private static IReadOnlyList<string> Csv(string text) => [.. Accounting.Csv.Parse(text)[1..].Select(fields => fields[4])];

    private static IEnumerable<LoadedMail> Mails(int round) => Enumerable.Range(0, Messages)
        .Select(i => $"k{round}-{i}")
        .Select(id => new LoadedMail(id, $"{id}@there.test", Letter.Write(id, 2000)));
}
