// A foreign process that a test owns: what it writes is kept (the newest part), and it is ended by its process id when the test ends, however that is.

using System.Diagnostics;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>A running program.</summary>
internal sealed class RunningTool : IAsyncDisposable
{
    /// <summary>What a test looks for stands near the end; a program that floods does not fill the memory.</summary>
    private const int MaxOutputChars = 256 * 1024;

    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private RunningTool(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    public int Id { get; private set; }

    public bool HasExited => _process.HasExited;

    /// <summary>Standard output and standard error, mixed.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static RunningTool Start(string path, IEnumerable<string> arguments)
    {
        var running = new RunningTool(new Process
        {
            StartInfo = new ProcessStartInfo(path, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false },
        });
        running._process.Start();
        running.Id = running._process.Id;
        running._process.BeginErrorReadLine();
        running._process.BeginOutputReadLine();
        return running;
    }

    /// <summary>The exit code. Throws <see cref="TimeoutException"/> after <paramref name="limit"/>.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using var expired = new CancellationTokenSource(limit, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(expired.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end within {limit}: {Output}");
        }

        return _process.ExitCode;
    }

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await WaitForExitAsync(TimeSpan.FromSeconds(10));
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Append(line).Append('\n');
            if (_output.Length > MaxOutputChars)
            {
                _output.Remove(0, MaxOutputChars / 2);
            }
        }
    }
}
