using Godwit.Tests.Support;

namespace Godwit.Tests.Export;

public sealed class PipeExportTests : IAsyncDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly ExportBench _bench = new();

    private string Output => Path.Combine(_bench.Root, "out");

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_program_is_started_once_and_gets_the_header_line_and_each_record()
    {
        await _bench.StartAsync(_bench.Pipe($"echo started >> {Output}.starts; exec cat > {Output}"));
        await HasAsync("type,rcpt,dsnDiag\r\n");
        await _bench.WriteAsync(1, 3);
        await HasAsync("user3");
        await _bench.WriteAsync(4, 2000);
        await HasAsync("user2003@example.com,\"smtp;250 \"\"ok\"\", taken\"\r\n");
        await _bench.StopAsync();

        Assert.Equal(Numbers(1, 2003), ExportBench.Recipients(Text));
        Assert.Single(File.ReadAllLines($"{Output}.starts"));
    }

    [Fact]
    public async Task What_a_program_has_taken_before_a_stop_does_not_come_again()
    {
        for (int i = 0; i < 3; i++)
        {
            await _bench.StartAsync(_bench.Pipe($"exec cat >> {Output}"));
            await _bench.WriteAsync(i * 10, 10);
            await HasAsync(ExportBench.Recipient(i * 10 + 9));
            await _bench.StopAsync();
        }

        Assert.Equal(Numbers(0, 30), Recipients());
    }

    [Fact]
    public async Task A_program_that_dies_in_the_middle_of_a_line_loses_nothing()
    {
        // The first run takes 100,010 octets, which is within a line, and is killed; the others take all.
        string command = $"if [ -e {Output}.1 ]; then exec cat > {Output}.2; fi; head -c 100010 > {Output}.1; kill -9 $$";
        await _bench.StartAsync(_bench.Pipe(command));
        await _bench.WriteAsync(0, 5000);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _second, "the end is told");
        Assert.StartsWith("the program was ended by signal 9; it is started again in 300 s or by a reload; ", _bench.Troubles[0].Text, StringComparison.Ordinal);
        await _bench.WriteAsync(5000, 10);
        Assert.Null(_bench.Log.Trouble);
        await _bench.StepUntilAsync(() => Read($"{Output}.2").EndsWith(Ending(5009), StringComparison.Ordinal), _second, "the rest has arrived");

        string[] first = Read($"{Output}.1").Split("\r\n");
        IReadOnlyList<string> second = ExportBench.Recipients(Read($"{Output}.2"));
        int begins = int.Parse(second[0][4..second[0].IndexOf('@', StringComparison.Ordinal)]);
        Assert.InRange(begins, 1, first.Length - 2);
        Assert.Equal(Numbers(begins, 5010 - begins), second);
        await Eventually.TrueAsync(() => _bench.Troubles.Count == 0, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_program_that_ends_by_itself_keeps_what_it_has_read()
    {
        string command = $"if [ -e {Output}.1 ]; then exec cat > {Output}.2; fi; head -c 100000 > {Output}.1; exit 0";
        await _bench.StartAsync(_bench.Pipe(command));
        await _bench.WriteAsync(0, 5000);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _second, "the end is told");
        Assert.StartsWith("the program ended with code 0", _bench.Troubles[0].Text, StringComparison.Ordinal);
        await _bench.StepUntilAsync(() => Read($"{Output}.2").EndsWith(Ending(4999), StringComparison.Ordinal), _second, "the rest has arrived");

        // What repeats is a piece of 4 KB, not the 64 KB of a program that died.
        int whole = Read($"{Output}.1").Split("\r\n").Length - 2;
        IReadOnlyList<string> second = ExportBench.Recipients(Read($"{Output}.2"));
        int begins = int.Parse(second[0][4..second[0].IndexOf('@', StringComparison.Ordinal)]);
        Assert.InRange(begins, whole - 100, whole);
    }

    [Fact]
    public async Task A_program_that_never_reads_is_ended_and_mail_does_not_wait_for_it()
    {
        await _bench.StartAsync(_bench.Pipe($"if [ -e {Output}.go ]; then exec cat > {Output}; fi; echo $$ > {Output}.id; exec sleep 1000") with
        {
            WriteTimeout = TimeSpan.FromSeconds(30),
            RetryInterval = TimeSpan.FromSeconds(60),
        });
        await _bench.WriteAsync(0, 5000);
        Assert.Null(_bench.Log.Trouble);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _second, "the program is ended");
        Assert.StartsWith("the program has read nothing for 30 s and was ended", _bench.Troubles[0].Text, StringComparison.Ordinal);
        string id = Read($"{Output}.id").Trim();
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{id}"), TimeSpan.FromSeconds(30));

        File.WriteAllText($"{Output}.go", "");
        await _bench.StepUntilAsync(() => Text.EndsWith(Ending(4999), StringComparison.Ordinal), _second, "all have arrived");
        Assert.Equal(Numbers(0, 5000), Recipients());
    }

    [Fact]
    public async Task A_reload_starts_a_program_that_rests()
    {
        Godwit.Settings.AccountingFileSettings pipe = _bench.Pipe($"if [ -e {Output}.go ]; then exec cat > {Output}; fi; exit 3");
        await _bench.StartAsync(pipe);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _second, "the end is told");
        Assert.StartsWith("the program ended with code 3", _bench.Troubles[0].Text, StringComparison.Ordinal);
        await _bench.WriteAsync(0, 1);
        File.WriteAllText($"{Output}.go", "");
        DateTimeOffset now = _bench.Time.GetUtcNow();

        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, TimeSpan.FromMilliseconds(1), "it rests");
        await _bench.ReloadAsync(pipe);
        await _bench.StepUntilAsync(() => Text.EndsWith(Ending(0), StringComparison.Ordinal), TimeSpan.FromMilliseconds(1), "it was started");
        Assert.InRange((_bench.Time.GetUtcNow() - now).TotalSeconds, 0, 30);
    }

    [Fact]
    public async Task A_program_is_started_anew_where_the_columns_change()
    {
        Godwit.Settings.AccountingFileSettings wide = _bench.Pipe(
            $"if [ -e {Output}.go ]; then echo started >> {Output}.starts; exec cat >> {Output}; fi; exit 3");
        await _bench.StartAsync(wide);
        await _bench.WriteAsync(0, 1);
        await _bench.ReloadAsync(wide with { RecordFields = new Dictionary<string, IReadOnlyList<string>> { ["d"] = ["rcpt"], ["b"] = ["rcpt"] } });
        await _bench.WriteAsync(1, 1);
        File.WriteAllText($"{Output}.go", "");
        await _bench.StepUntilAsync(() => Text.EndsWith($"{ExportBench.Recipient(1)}\r\n", StringComparison.Ordinal), _second, "both have arrived");

        Assert.Equal($"type,rcpt,dsnDiag\r\nd,{Ending(0)}type,rcpt\r\nd,{ExportBench.Recipient(1)}\r\n", Text);
        Assert.Equal(2, File.ReadAllLines($"{Output}.starts").Length);
    }

    private static IEnumerable<string> Numbers(int first, int count) => Enumerable.Range(first, count).Select(ExportBench.Recipient);

    private static string Ending(int number) => $"{ExportBench.Recipient(number)},\"smtp;250 \"\"ok\"\", taken\"\r\n";

    private static string Read(string path) => File.Exists(path) ? File.ReadAllText(path) : "";

    private string Text => Read(Output);

    /// <summary>Of a file that several runs have written.</summary>
    private IEnumerable<string> Recipients() => ExportBench.Recipients(Text).Where(recipient => recipient != "rcpt");

    private Task HasAsync(string text) => _bench.StepUntilAsync(() => Text.Contains(text, StringComparison.Ordinal), TimeSpan.FromMilliseconds(100), text);
}
