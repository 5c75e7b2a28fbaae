using System.Text;

namespace Godwit.Tests.Reception;

/// <summary>Every mix of line ends around a lone dot, in DATA and BDAT: one message or a refusal, and never a second envelope.</summary>
public sealed class SmugglingTests
{
    private const string Smuggled = "MAIL FROM:<evil@smuggled.example>\r\nRCPT TO:<victim@rcpt.example>\r\nDATA\r\nevil\r\n.\r\n";

    private static readonly string[] _ends = ["\r\n", "\n", "\r", "\0", "\r\r\n", "\n\r", "\n\n", "\r\r", "\r\0\n", "\0\r\n", "\r\n\0", " \r\n", "\r\n ", "\n\r\n", "\r\n\r", "\x0b", "\x85"];

    private static readonly string[] _dots = [".", "..", "\0.", ".\0"];

    public static TheoryData<string> Dots() => new(_dots);

    [Theory]
    [MemberData(nameof(Dots))]
    public async Task No_line_end_but_crlf_ends_data(string dot)
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        foreach (string before in _ends)
        {
            foreach (string after in _ends)
            {
                // What ends here for everybody is no smuggling.
                string attempt = $"Subject: x\r\n\r\nfirst{before}{dot}{after}";
                if (!EndsHere(attempt))
                {
                    await AttackAsync(harness, attempt, int.MaxValue);
                }
            }
        }
    }

    [Theory]
    [InlineData("\n.\r\n")]
    [InlineData("\n.\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r.\r\n")]
    [InlineData("\r\n.\r\r\n")]
    [InlineData("\r\n..\r\n")]
    [InlineData("\r\n\0.\r\n")]
    public async Task Nor_does_it_however_tcp_splits_it(string mark)
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        string attempt = $"first{mark}";
        for (int split = 1; split <= attempt.Length + 20; split++)
        {
            await AttackAsync(harness, attempt, split);
        }
    }

    [Fact]
    public async Task Nothing_in_a_chunk_is_a_command()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        foreach (string before in _ends)
        {
            foreach (string after in _ends)
            {
                string content = $"first{before}.{after}{Smuggled}";
                await using SmtpClientSocket client = await harness.HelloAsync();
                await client.SendAsync($"MAIL FROM:<good@sender.example>\r\nRCPT TO:<b@rcpt.example>\r\nBDAT {content.Length} LAST\r\n{content}QUIT\r\n");
                Assert.StartsWith("250", await client.ReplyAsync());
                Assert.StartsWith("250", await client.ReplyAsync());
                List<string> rest = await client.RestAsync();
                Assert.Equal(2, rest.Count);
                Assert.StartsWith("221", rest[1]);
                await CheckAsync(harness, rest[0].StartsWith("250", StringComparison.Ordinal), content);
            }
        }
    }

    private static async Task AttackAsync(ReceptionHarness harness, string attempt, int split)
    {
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.SendAsync("MAIL FROM:<good@sender.example>\r\nRCPT TO:<b@rcpt.example>\r\nDATA\r\n");
        Assert.StartsWith("250", await client.ReplyAsync());
        Assert.StartsWith("250", await client.ReplyAsync());
        Assert.StartsWith("354", await client.ReplyAsync());

        byte[] octets = Encoding.Latin1.GetBytes(attempt + Smuggled);
        if (split < octets.Length)
        {
            await client.TrySendAsync(octets.AsMemory(0, split));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            octets = octets[split..];
        }

        // Half of the servers that fell for this saw a second message in what follows.
        await client.TrySendAsync(octets);
        await client.TrySendAsync("QUIT\r\n"u8.ToArray());
        List<string> rest = await client.RestAsync();
        await client.DisposeAsync();
        bool taken = rest is [['2', '5', ..], ..];
        string content = (attempt + Smuggled)[..^3];
        await CheckAsync(harness, taken, content.Replace("\r\n.", "\r\n", StringComparison.Ordinal));
        Assert.True(taken || rest is [['5', '5', '0', ..], ..], $"{string.Join(" / ", rest)} after {Encoding.Latin1.GetString(octets)}");
    }

    private static async Task CheckAsync(ReceptionHarness harness, bool taken, string content)
    {
        await harness.DrainedAsync();
        if (taken)
        {
            Assert.True(harness.Messages.TryDequeue(out Accepted? message));
            Assert.Equal("<good@sender.example> -> b@rcpt.example", message.Envelope);
            Assert.Equal(content, message.Content);

            // What we took in full is sent on canonically: no octet in it can be read differently by the next host.
            Assert.DoesNotContain('\n', content.Replace("\r\n", "", StringComparison.Ordinal));
            Assert.DoesNotContain('\r', content.Replace("\r\n", "", StringComparison.Ordinal));
            Assert.DoesNotContain('\0', content);
        }

        Assert.Empty(harness.Messages);
        Assert.Empty(harness.Log.Errors);
    }

    private static bool EndsHere(string content) => content.Contains("\r\n.\r\n", StringComparison.Ordinal);
}
