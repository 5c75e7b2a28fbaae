using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Export;

/// <summary>Which files of a directory an export hands over and deletes, and which it leaves alone.</summary>
public sealed class StagedFilesTests : IAsyncDisposable
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    private readonly ExportBench _bench = new();
    private readonly HookReceiver _receiver = new();
    private readonly List<HookRequest> _taken = [];
    private bool _works = true;

    public StagedFilesTests() => _receiver.Answer = request =>
    {
        if (_works)
        {
            lock (_taken)
            {
                _taken.Add(request);
            }
        }

        return _works ? 200 : 503;
    };

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Records_of_a_plain_file_between_two_webhooks_stay_where_they_are_and_the_webhooks_lose_none()
    {
        AccountingFileSettings hook = _bench.Hook(_receiver.Url);
        await _bench.StartAsync(hook);
        await _bench.WriteAsync(0, 5);
        await HasAsync(5);
        await _bench.Log.RotateAsync("");
        await Eventually.TrueAsync(() => Files().SequenceEqual(["hook-2026-03-02-0001.csv"]), TimeSpan.FromSeconds(30));

        await _bench.ReloadAsync(hook with { WebhookUrl = null });
        await _bench.WriteAsync(10, 5);
        await _bench.ReloadAsync(hook);
        await _bench.WriteAsync(20, 5);
        await HasAsync(10);
        await _bench.StopAsync();
        await _bench.StartAsync(hook);
        await _bench.WriteAsync(30, 5);
        await HasAsync(15);

        Assert.Equal([.. Numbers(0, 5), .. Numbers(20, 5), .. Numbers(30, 5)], All());
        Assert.Equal(Numbers(10, 5), ExportBench.Recipients(File.ReadAllText(Assert.Single(Paths(), path => Holds(path, 10)))));
    }

    [Fact]
    public async Task A_webhook_on_a_path_with_older_files_neither_posts_nor_deletes_them()
    {
        AccountingFileSettings hook = _bench.Hook(_receiver.Url);
        await _bench.StartAsync(hook with { WebhookUrl = null });
        await _bench.WriteAsync(0, 5);
        await _bench.StopAsync();
        for (int i = 1; i <= 2; i++)
        {
            await _bench.StartAsync(hook);
            await _bench.WriteAsync(i * 10, 5);
            await HasAsync(i * 5);
            await _bench.StopAsync();
        }

        Assert.Equal([.. Numbers(10, 5), .. Numbers(20, 5)], All());
        Assert.Equal(Numbers(0, 5), ExportBench.Recipients(File.ReadAllText(Path.Combine(_bench.Staged, "hook-2026-03-02-0000.csv"))));
    }

    [Fact]
    public async Task What_waits_when_a_webhook_is_taken_out_is_neither_moved_nor_deleted_and_is_posted_when_it_comes_back()
    {
        _works = false;
        AccountingFileSettings hook = _bench.Hook(_receiver.Url);
        await _bench.StartAsync(hook);
        await _bench.WriteAsync(0, 5);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _minute, "it is refused");
        await _bench.ReloadAsync(hook with { WebhookUrl = null, MoveTo = Path.Combine(_bench.Root, "done") });
        await _bench.ReloadAsync(hook with { WebhookUrl = null, DeleteAfter = TimeSpan.Zero });
        await _bench.WriteAsync(10, 5);
        await _bench.StopAsync();
        _bench.Time.Advance(TimeSpan.FromDays(3));

        _works = true;
        await _bench.StartAsync(hook with { WebhookUrl = null, DeleteAfter = TimeSpan.Zero });
        await _bench.ReloadAsync(hook);
        await _bench.WriteAsync(20, 5);
        await HasAsync(10);
        Assert.Equal([.. Numbers(0, 5), .. Numbers(20, 5)], All());
        Assert.DoesNotContain(Paths(), path => Holds(path, 10));
    }

    [Fact]
    public async Task A_batch_whose_file_has_gone_gives_its_name_to_no_other_records()
    {
        _works = false;
        AccountingFileSettings hook = _bench.Hook(_receiver.Url);
        await _bench.StartAsync(hook);
        await _bench.WriteAsync(10, 5);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _minute, "it is refused");
        await _bench.StopAsync();
        Array.ForEach(Paths(), File.Delete);

        _works = true;
        string gone = _receiver.Requests[0].Batch;
        await _bench.StartAsync(hook);
        await _bench.WriteAsync(20, 5);
        await HasAsync(5);
        Assert.Equal(Numbers(20, 5), All());
        Assert.NotEqual(gone, _taken[0].Batch);
    }

    [Fact]
    public async Task Half_a_line_at_the_end_of_a_finished_file_keeps_no_webhook_from_the_next_file()
    {
        _works = false;
        await _bench.StartAsync(_bench.Hook(_receiver.Url));
        await _bench.WriteAsync(0, 5);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, _minute, "it is refused");
        await TearAsync("hook-2026-03-02-0000.csv");
        await _bench.WriteAsync(10, 5);
        _works = true;
        await HasAsync(10);

        Assert.Equal([.. Numbers(0, 5), .. Numbers(10, 5)], All());
        await Eventually.TrueAsync(() => _bench.Troubles.Count == 0, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Half_a_line_at_the_end_of_a_finished_file_keeps_no_program_from_the_next_file()
    {
        string output = Path.Combine(_bench.Root, "out");
        AccountingFileSettings pipe = _bench.Pipe($"if [ -e {output}.go ]; then exec cat > {output}; fi; exit 3");
        await _bench.StartAsync(pipe);
        await _bench.StepUntilAsync(() => _bench.Troubles.Count > 0, TimeSpan.FromSeconds(1), "the end is told");
        await _bench.WriteAsync(0, 5);
        await TearAsync("pipe-2026-03-02-0000.csv");
        await _bench.WriteAsync(10, 5);
        File.WriteAllText($"{output}.go", "");
        await _bench.ReloadAsync(pipe);
        await _bench.StepUntilAsync(
            () => File.Exists(output) && File.ReadAllText(output).Contains(ExportBench.Recipient(14), StringComparison.Ordinal), TimeSpan.FromSeconds(1), "all have arrived");

        Assert.Equal([.. Numbers(0, 5), .. Numbers(10, 5)], ExportBench.Recipients(File.ReadAllText(output)));
    }

    private static IEnumerable<string> Numbers(int first, int count) => Enumerable.Range(first, count).Select(ExportBench.Recipient);

    private static bool Holds(string path, int number) => File.ReadAllText(path).Contains(ExportBench.Recipient(number), StringComparison.Ordinal);

    private string[] Paths() => Directory.GetFiles(_bench.Root, "*.csv", SearchOption.AllDirectories);

    private IEnumerable<string> Files() => Paths().Select(path => Path.GetFileName(path));

    /// <summary>Finishes the file and leaves half a line in it, as nobody but a stranger or a broken disk does.</summary>
    private async Task TearAsync(string name)
    {
        await _bench.Log.RotateAsync("");
        File.AppendAllText(Path.Combine(_bench.Staged, name), "d,user9");
    }

    private IReadOnlyList<string> All()
    {
        lock (_taken)
        {
            return [.. _taken.SelectMany(request => ExportBench.Recipients(request.Text))];
        }
    }

    private Task HasAsync(int records) => _bench.StepUntilAsync(() => All().Count >= records, _minute, $"{records} records");
}
