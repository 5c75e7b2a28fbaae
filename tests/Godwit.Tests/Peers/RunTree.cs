// What ./run needs, in a folder of its own: the script itself, its configuration on free ports, and programs that it finds built already.
// Deleted when the test ends, and whoever still runs in it is ended by its process id.

using System.Diagnostics;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

/// <summary>A checkout small enough to copy.</summary>
internal sealed class RunTree : IAsyncDisposable
{
    /// <summary>What the script compares with the time of the last build.</summary>
    private static readonly string[] _sources = ["Directory.Build.props", "Directory.Packages.props", "global.json"];

    private readonly string _root = Directory.CreateTempSubdirectory("godwit-run-").FullName;

    /// <param name="published">The programs that ./build made, which skips the test where there are none of these sources; else those of this build.</param>
    public RunTree(bool published = false)
    {
        Assert.SkipWhen(published && !IsBuilt, "needs ./build, run after the last change of a source");
        File.Copy(Checkout.Path("run"), Path("run"));
        Directory.CreateDirectory(Path("src"));
        Directory.CreateDirectory(Path("etc"));
        Directory.CreateDirectory(Path("console/src"));
        foreach (string source in _sources)
        {
            File.WriteAllText(Path(source), "");
        }

        Directory.CreateDirectory(Path("examples"));
        File.WriteAllText(Path("examples/quickstart.conf"), File.ReadAllText(Checkout.Path("examples", "quickstart.conf"))
            .Replace("2525", $"{SmtpPort}", StringComparison.Ordinal)
            .Replace("2526", $"{Tool.FreePort()}", StringComparison.Ordinal)
            .Replace("8080", $"{WebPort}", StringComparison.Ordinal));
        Directory.CreateDirectory(Path("out"));
        Provide("godwitd", published);
        Provide("godwit", published);
        File.WriteAllText(Path("out/.built"), "");
    }

    public int SmtpPort { get; } = Tool.FreePort();

    public int WebPort { get; } = Tool.FreePort();

    private static bool IsBuilt => File.Exists(Checkout.Path("out", ".built"))
        && Checkout.Sources("src").Concat(Directory.EnumerateFiles(Checkout.Path("etc"))).Concat(_sources.Select(name => Checkout.Path(name)))
        .All(file => File.GetLastWriteTimeUtc(file) <= File.GetLastWriteTimeUtc(Checkout.Path("out", ".built")));

    public string Path(string name) => System.IO.Path.Combine(_root, name);

    public RunningTool Run(params string[] arguments) => RunFrom(_root, arguments);

    /// <summary>Starts the script in a folder, at the head of a process group, with Ctrl-C in force even where whoever runs these tests ignores it.</summary>
    public RunningTool RunFrom(string folder, params string[] arguments) =>
        RunningTool.Start("setsid", ["env", "--default-signal=INT", $"--chdir={folder}", Path("run"), .. arguments]);

    public Task SaysAsync(RunningTool run, string text, TimeSpan limit) => Eventually.TrueAsync(
        () => run.Output.Contains(text, StringComparison.Ordinal) || (run.HasExited ? throw new InvalidOperationException(run.Output) : false), limit, () => run.Output);

    /// <summary>Who runs in this folder.</summary>
    public IEnumerable<int> Processes()
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(System.IO.Path.GetFileName(folder), out int id) && WorksIn(folder) == _root)
            {
                yield return id;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (int id in Processes())
        {
            using var left = Process.GetProcessById(id);
            left.Kill();
            await left.WaitForExitAsync();
        }

        Directory.Delete(_root, recursive: true);
    }

    private static string? WorksIn(string process)
    {
        try
        {
            return File.ResolveLinkTarget($"{process}/cwd", returnFinalTarget: false)?.FullName;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null; // It ended meanwhile, or is another user's.
        }
    }

    private void Provide(string program, bool published)
    {
        if (published)
        {
            File.CreateSymbolicLink(Path($"out/{program}"), Checkout.Path("out", program));
            return;
        }

        string assembly = System.IO.Path.Combine(AppContext.BaseDirectory, $"{program}.dll");
        File.WriteAllText(Path($"out/{program}"), $"#!/bin/sh\nexec \"{GodwitProcess.Host}\" \"{assembly}\" \"$@\"\n");
        File.SetUnixFileMode(Path($"out/{program}"), (UnixFileMode)0b111_101_101);
    }
}
