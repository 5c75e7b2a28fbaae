// A large content goes ahead to the spool while it arrives. However it comes to nothing, its place there is free again.

using Godwit.Mail;
using Godwit.Spool;
using Godwit.Tests.Spool;
using Godwit.Tests.Support;

namespace Godwit.Tests.Reception;

public sealed class AbandonedContentTests
{
    private static readonly SpoolOptions _options = new() { SegmentOctets = 4 * 1024 * 1024, CompactionRest = TimeSpan.Zero };

    /// <summary>More than three segments.</summary>
    private const int Large = 14 * 1024 * 1024;

    private static readonly byte[] _line = Enumerable.Repeat((byte)'x', 998).Concat("\r\n"u8.ToArray()).ToArray();

    [Fact]
    public Task A_client_that_hangs_up_in_the_middle_of_a_content() => GivesItsSpaceBackAsync(async (_, client) =>
    {
        await client.BeginDataAsync();
        await SendBodyAsync(client, Large);
        return client.Socket.Close;
    });

    [Fact]
    public Task A_content_that_grows_beyond_the_limit() => GivesItsSpaceBackAsync(
        async (_, client) =>
        {
            await client.BeginDataAsync();
            await SendBodyAsync(client, Large);
            return async () =>
            {
                await SendBodyAsync(client, 3 * 1024 * 1024);
                await client.SendAsync(".\r\n");
                Assert.StartsWith("552 5.3.4", await client.ReplyAsync());
            };
        },
        maxOctets: Large + 1024 * 1024);

    [Fact]
    public Task A_content_that_turns_out_to_hold_what_no_message_may() => GivesItsSpaceBackAsync(async (_, client) =>
    {
        await client.BeginDataAsync();
        await SendBodyAsync(client, Large);
        return () => client.SendAsync("a\0b\r\n");
    });

    [Fact]
    public Task A_message_that_the_door_refuses() => GivesItsSpaceBackAsync(async (harness, client) =>
    {
        harness.Answer = new SmtpReply(554, "5.5.0 no");
        await client.BeginDataAsync();
        await SendBodyAsync(client, Large);
        return async () =>
        {
            await client.SendAsync(".\r\n");
            Assert.StartsWith("554", await client.ReplyAsync());
        };
    });

    [Fact]
    public Task A_message_that_the_spool_does_not_take() => GivesItsSpaceBackAsync(async (harness, client) =>
    {
        harness.Failure = new SpoolException("no room");
        await client.BeginDataAsync();
        await SendBodyAsync(client, Large);
        return async () =>
        {
            await client.SendAsync(".\r\n");
            Assert.StartsWith("451", await client.ReplyAsync());
        };
    });

    [Fact]
    public Task Chunks_that_are_followed_by_a_reset() => GivesItsSpaceBackAsync(async (_, client) =>
    {
        await SendChunkAsync(client);
        return async () => Assert.StartsWith("250", await client.AskAsync("RSET"));
    });

    [Fact]
    public Task Chunks_that_are_followed_by_another_greeting() => GivesItsSpaceBackAsync(async (_, client) =>
    {
        await SendChunkAsync(client);
        return async () => Assert.StartsWith("250", await client.AskAsync("EHLO client.example"));
    });

    [Fact]
    public Task A_session_that_is_cut_off_at_a_stop() => GivesItsSpaceBackAsync(async (harness, client) =>
    {
        await client.BeginDataAsync();
        await SendBodyAsync(client, Large);
        return () => harness.Reception.StopAsync(TimeSpan.Zero);
    });

    /// <summary>Runs a transaction up to its end, sees that the spool holds its pieces, lets it end, and waits until the spool does not.</summary>
    private static async Task GivesItsSpaceBackAsync(Func<ReceptionHarness, SmtpClientSocket, Task<Func<Task>>> begin, long maxOctets = 0)
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open(_options);
        await using var harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(ReceptionSettings.Relay with { MaxMessageSize = maxOctets }));
        harness.Spool = spool;
        await using SmtpClientSocket client = await harness.HelloAsync();
        Func<Task> end = await begin(harness, client);
        await Eventually.TrueAsync(() => spool.Files.InUse >= 3, TimeSpan.FromSeconds(10), () => $"{spool.Files} with the content under way");

        await end();

        // What is left is the segment that is being written.
        await Eventually.TrueAsync(() => spool.Files.InUse <= 1, TimeSpan.FromSeconds(10), () => $"{spool.Files} when the content has come to nothing");
        await spool.DisposeAsync();
    }

    private static Task GivesItsSpaceBackAsync(Func<ReceptionHarness, SmtpClientSocket, Task<Action>> begin) =>
        GivesItsSpaceBackAsync(async (harness, client) =>
        {
            Action end = await begin(harness, client);
            return () =>
            {
                end();
                return Task.CompletedTask;
            };
        });

    private static async Task SendBodyAsync(SmtpClientSocket client, int octets)
    {
        byte[] lines = [.. Enumerable.Repeat(_line, 64).SelectMany(line => line)];
        await client.SendAsync("Subject: large\r\n\r\n");
        for (int sent = 0; sent < octets; sent += lines.Length)
        {
            await client.SendAsync(lines);
        }
    }

    private static async Task SendChunkAsync(SmtpClientSocket client)
    {
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@sender.example>"));
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<b@rcpt.example>"));
        byte[] lines = [.. Enumerable.Repeat(_line, Large / 1000).SelectMany(line => line)];
        await client.SendAsync($"BDAT {lines.Length}\r\n");
        await client.SendAsync(lines);
        Assert.StartsWith("250", await client.ReplyAsync());
    }
}
