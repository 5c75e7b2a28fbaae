using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Godwit.Control;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>
/// Whatever a tree of files holds: no exception, no hang, bounded memory, every problem has a place that exists, settings exactly when there is no error,
/// and what loads can be shown and printed. A failure names its seed; <c>GODWIT_FUZZ_SEED</c> runs that case alone, <c>GODWIT_FUZZ_SECONDS</c> says how
/// long the long run takes.
/// </summary>
public sealed class ConfigFuzzTests
{
    /// <summary>A load of these sizes takes milliseconds; the rest is for a machine that does much else.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    /// <summary>What a load, its reports and its round trip may allocate in all: far more than any does, far less than a blow-up would.</summary>
    private const long MostBytes = 512L * 1024 * 1024;

    /// <summary>And for each line read: a file of patterns that is included a thousand times costs that often, about 50 KB a line.</summary>
    private const long MostBytesALine = 128 * 1024;

    [Fact]
    public async Task Mutated_configurations_load_or_say_what_is_wrong()
    {
        foreach (int seed in Enumerable.Range(0, 200))
        {
            await RunAsync(seed);
        }
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task Mutated_configurations_load_or_say_what_is_wrong_for_a_minute()
    {
        if (Environment.GetEnvironmentVariable("GODWIT_FUZZ_SEED") is { Length: > 0 } one)
        {
            await RunAsync(int.Parse(one, CultureInfo.InvariantCulture));
            return;
        }

        TimeSpan span = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("GODWIT_FUZZ_SECONDS"), out int seconds) ? seconds : 60);
        long started = Stopwatch.GetTimestamp();
        int seed = (int)(started & 0x3FFFFFFF); // Every run tries others.
        int loaded = 0;
        int cases = 0;
        for (; Stopwatch.GetElapsedTime(started) < span; cases++)
        {
            loaded += await RunAsync(unchecked(seed + cases)) ? 1 : 0;
        }

        // Were everything refused, nothing behind the reader would have been tried.
        TestContext.Current.SendDiagnosticMessage($"{cases} configurations, {loaded} of them loaded");
        Assert.InRange(loaded, cases / 20, cases);
    }

    [Fact]
    public void Every_directive_takes_every_kind_of_value_without_an_exception()
    {
        string[] values =
        [
            "", "\"", "\"\"", "a", "1", "-1", "0", "1/0", "1/h", "a b c", "a,,b", ",", ";", "10/8", "[", "[]", "[]:1", ":", "::", ":1", "a:",
            "/", "//", "/a/ b", "$", "$x", "*", "\\", "é", "lookup-mx:[", "\" \"", "99999999999999999999", "\uD800",
        ];
        foreach (BlockRule block in BlockTable.All)
        {
            var text = new System.Text.StringBuilder($"spool /x\n{(block.Parents.HasFlag(BlockKind.Global) ? "" : "<bounce-processor>\n")}<{block.Tag} x>\n");
            foreach (string name in DirectiveTable.NamesIn(block.Kind))
            {
                text.AppendJoin("", values.Select(v => $"{name} {v}\n"));
            }

            Check(ConfigFile.LoadText(text.ToString()));
        }

        foreach (string name in DirectiveTable.NamesIn(BlockKind.Global))
        {
            Check(ConfigFile.LoadText(string.Concat(values.Select(v => $"{name} {v}\n"))));
        }
    }

    /// <summary>One case on a thread of its own, so that one that does not end is told from one that fails. True when it loaded.</summary>
    private static async Task<bool> RunAsync(int seed)
    {
        MutatedConfig mutated = MutatedConfig.Make(seed);
        try
        {
            return await Task.Run(() => LoadAndCheck(mutated)).WaitAsync(_longest, TestContext.Current.CancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new InvalidOperationException(
                $"GODWIT_FUZZ_SEED={seed} makes this case again: {e.Message}\n{mutated.Path}:\n{mutated.Files[mutated.Path]}", e);
        }
    }

    private static bool LoadAndCheck(MutatedConfig mutated)
    {
        ConfigSurroundings surroundings = ConfigSurroundings.InMemory(mutated.Files);
        long before = GC.GetAllocatedBytesForCurrentThread();

        ConfigLoad load = ConfigFile.Load(mutated.Path, surroundings);
        Check(load);
        ConfigTreeTextTests.AssertRoundTrip(mutated.Path, surroundings, damaged: true);

        DirectiveTally tally = load.Tally;
        long lines = tally.InEffect + tally.NoEffect + tally.NotYet + tally.Unknown;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes + lines * MostBytesALine);
        return load.Settings is not null;
    }

    private static void Check(ConfigLoad load)
    {
        Assert.Equal(load.Settings is null, load.Problems.Any(p => p.Severity == ConfigSeverity.Error));
        Assert.All(load.Problems, p => AssertStandsSomewhere(p, load.Texts));
        Assert.NotEmpty(ConfigReport.Lines(load));
        using var json = JsonDocument.Parse(new CheckedConfigReport(load).Write(ReportFormat.Json));
        Assert.Equal(load.Problems.Count, json.RootElement.GetProperty("data").GetProperty("problems").GetArrayLength());
        if (load.Settings is { } settings)
        {
            SettingsText.Print(settings.DeliveryFor(DomainName.Parse("a.b.example"), "x"));
            Assert.NotEmpty(settings.Listeners);
            Assert.NotEmpty(settings.NameServers);
            Assert.All(settings.VirtualMtas.Values, v => Assert.NotEmpty(v.SourceHosts));
            Show(settings);
        }
    }

    /// <summary>A line and a column of a file that was read; or a file as a whole.</summary>
    private static void AssertStandsSomewhere(ConfigProblem problem, IReadOnlyDictionary<string, string> texts)
    {
        Assert.NotEmpty(problem.File);
        Assert.NotEmpty(problem.Message);
        if (problem.Line == 0)
        {
            Assert.Equal(0, problem.Column);
            return;
        }

        string[] lines = texts[problem.File].Split('\n');
        Assert.InRange(problem.Line, 1, lines.Length);
        Assert.InRange(problem.Column, 1, lines[problem.Line - 1].Length + 1);
    }

    /// <summary>Every question about settings, in both forms, for a queue of each virtual MTA, each pool and each source.</summary>
    private static void Show(ServerSettings settings)
    {
        IPAddress client = IPAddress.Parse("10.1.2.3");
        SettingsOrigins origins = settings.Origins;
        ExplainedSection[] sections =
        [
            .. settings.VirtualMtas.Keys.Take(5).Select(name => origins.VirtualMta(name)),
            .. settings.VirtualMtas.Keys.Take(5).Select(name => origins.Queue(DomainName.Parse("mail.gmail.com"), name)),
            .. settings.Pools.Keys.Take(5).Select(name => origins.Pool(name)),
            .. origins.SourceNames.Take(5).Prepend("").Select(name => origins.Source(client, name)),
        ];
        var report = new SettingsReport("everything", sections, withOrigin: true, settings.ConfigFile);
        Assert.NotEqual(0, report.Write(ReportFormat.Text).Length);
        using var json = JsonDocument.Parse(report.Write(ReportFormat.Json));
    }
}
