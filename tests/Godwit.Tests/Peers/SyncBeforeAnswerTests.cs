// What the kernel saw: between the client's final dot and "250 2.6.0", the message is written to a spool segment and fdatasync on that segment returns.

using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
public sealed partial class SyncBeforeAnswerTests
{
    private const int Messages = 20;

    [Fact(Timeout = 180_000)]
    public async Task A_sync_of_the_segment_returns_between_the_final_dot_and_250()
    {
        Tool.Need("strace");
        using var site = new PeerSite();
        string trace = site.File("trace");
        string[] strace =
        [
            Tool.Find("strace")!, "-D", "-f", "-y", "--seccomp-bpf", "-s", "2000", "-o", trace, "-e",
            "trace=fdatasync,fsync,read,recvfrom,recvmsg,sendto,sendmsg,write,writev,pwrite64,pwritev,pwritev2",
        ];
        ToolResult allowed = await Tool.RunAsync("strace", ["-f", "-o", "/dev/null", "/bin/true"], TimeSpan.FromSeconds(20));
        Assert.SkipUnless(allowed.ExitCode == 0, $"strace may not trace here: {allowed.Output}");

        // Nothing is delivered, so every sync is one of intake.
        site.Configure("smtp-hosts [127.0.0.50]:9\nretry-after 1h");
        await using (GodwitProcess server = await site.StartAsync(strace))
        {
            var loader = new MailLoader(site.SmtpPort, 1);
            await loader.SendAsync(Enumerable.Range(0, Messages).Select(i => new LoadedMail(Id(i), $"{Id(i)}@a.test", Letter.Write(Id(i), 500))));
            Assert.Equal(Messages, loader.AcknowledgedCount);
            await Eventually.TrueAsync(() => Answers(ReadCalls(trace)) >= Messages, TimeSpan.FromSeconds(20), () => "the trace holds all answers");
            Assert.Equal(0, await server.TerminateAsync());
        }

        AssertOrder(ReadCalls(trace));
    }

    private static string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"traced-{i:d3}");

    private static int Answers(List<Call> calls) => calls.Count(call => call.IsSend && call.Text.Contains("250 2.6.0", StringComparison.Ordinal));

    private static void AssertOrder(List<Call> calls)
    {
        for (int i = 0; i < Messages; i++)
        {
            string mark = $"X-Letter: {Id(i)}\\r\\n";
            int received = calls.FindIndex(call => call.IsReceive && call.Text.Contains(mark, StringComparison.Ordinal));
            Assert.True(received >= 0, $"{Id(i)} was not seen on the way in");
            Assert.Contains("\\r\\n.\\r\\n", calls[received].Text, StringComparison.Ordinal);
            int answered = calls.FindIndex(received, call => call.IsSend && call.Text.Contains("250 2.6.0", StringComparison.Ordinal));
            Assert.True(answered > received, $"{Id(i)} was not answered");

            Call dot = calls[received];
            Call answer = calls[answered];
            Call? written = calls.Find(call => call.IsWrite && call.Begin > dot.End && call.Text.Contains(mark, StringComparison.Ordinal));
            Assert.True(written is not null && written.End < answer.Begin, $"{Id(i)} was not written before the answer");
            Assert.EndsWith(".segment", written.Path, StringComparison.Ordinal);
            Call? synced = calls.Find(call => call.IsSync && call.Path == written.Path && call.Begin > written.End && call.Succeeded);
            Assert.True(synced is not null && synced.End < answer.Begin, $"{Id(i)}: no sync of {written.Path} returned before the answer");
        }
    }

    /// <summary>The calls of all threads in order of their beginning; a call that was interrupted by others' lines is joined from its two halves.</summary>
    private static List<Call> ReadCalls(string trace)
    {
        var calls = new List<Call>();
        var open = new Dictionary<string, Call>(StringComparer.Ordinal);
        int line = 0;
        using var file = new FileStream(trace, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (Resumed().Match(text) is { Success: true } resumed && open.Remove(resumed.Groups["thread"].Value, out Call? begun))
            {
                begun.End = line;
                begun.Text += resumed.Groups["rest"].Value;
            }
            else if (Begun().Match(text) is { Success: true } match)
            {
                var call = new Call(match.Groups["name"].Value, match.Groups["path"].Value, line) { Text = match.Groups["rest"].Value, End = line };
                calls.Add(call);
                if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal))
                {
                    call.End = int.MaxValue;
                    open[match.Groups["thread"].Value] = call;
                }
            }
        }

        return calls;
    }

    [GeneratedRegex(@"^(?<thread>\d+) +(?<name>\w+)\(\d+<(?<path>[^>]*)>(?<rest>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Begun();

    [GeneratedRegex(@"^(?<thread>\d+) +<\.\.\. \w+ resumed>(?<rest>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Resumed();

    /// <summary>One system call; Begin and End are line numbers of the trace.</summary>
    private sealed class Call(string name, string path, int begin)
    {
        public string Path => path;

        public int Begin => begin;

        public int End { get; set; }

        public string Text { get; set; } = "";

        public bool IsReceive => name is "read" or "recvfrom" or "recvmsg";

        public bool IsSend => name is "sendto" or "sendmsg" or "write" or "writev";

        public bool IsWrite => name is "pwrite64" or "pwritev" or "pwritev2";

        public bool IsSync => name is "fdatasync" or "fsync";

        public bool Succeeded => Text.EndsWith(" = 0", StringComparison.Ordinal);
    }
}
