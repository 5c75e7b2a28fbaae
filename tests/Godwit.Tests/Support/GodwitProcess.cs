// godwitd as an operator runs it: a process of its own with a configuration file. Ended by its process id when the test ends.

using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Tests.Support;

/// <summary>A running godwitd.</summary>
internal sealed class GodwitProcess : IAsyncDisposable
{
    /// <summary>A start takes a second; on a crowded machine, many.</summary>
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);

    private const int HangUp = 1;
    private const int Terminate = 15;

    private readonly RunningTool _process;

    private GodwitProcess(RunningTool process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it wrote to standard error and standard output.</summary>
    public string Errors => _process.Output;

    /// <summary>Starts it without waiting for anything: for starts that are to fail.</summary>
    /// <param name="launcher">A program and its arguments that starts godwitd in its place, such as strace -D.</param>
    public static GodwitProcess Launch(string configFile, params string[] launcher)
    {
        string[] command = [.. launcher, Host, Path.Combine(AppContext.BaseDirectory, "godwitd.dll"), "--config", configFile];
        return new GodwitProcess(RunningTool.Start(command[0], command[1..]));
    }

    /// <summary>Starts it and waits until it greets on its SMTP port.</summary>
    public static async Task<GodwitProcess> StartAsync(string configFile, int smtpPort, params string[] launcher)
    {
        GodwitProcess started = Launch(configFile, launcher);
        try
        {
            await Eventually.TrueAsync(
                () => started.HasExited || Listens(smtpPort), _startLimit, () => $"godwitd listens on port {smtpPort}: {started.Errors}");
            Assert.False(started.HasExited, $"godwitd ended: {started.Errors}");
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs godwitd with other arguments to its end.</summary>
    public static Task<ToolResult> RunAsync(params string[] arguments) =>
        Tool.RunAsync(Host, [Path.Combine(AppContext.BaseDirectory, "godwitd.dll"), .. arguments], _startLimit);

    /// <summary>The same with a file piped into its standard input.</summary>
    public static Task<ToolResult> RunPipedAsync(string file, params string[] arguments) => Tool.RunAsync(
        "/bin/sh", ["-c", "cat \"$0\" | \"$@\"", file, Host, Path.Combine(AppContext.BaseDirectory, "godwitd.dll"), .. arguments], _startLimit);

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Whether it has taken SIGHUP over: before that, the signal kills it.</summary>
    public bool CatchesHangUp
    {
        get
        {
            const string Caught = "SigCgt:";
            string mask = File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith(Caught, StringComparison.Ordinal))[Caught.Length..].Trim();
            return (ulong.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (HangUp - 1))) != 0;
        }
    }

    /// <summary>SIGHUP.</summary>
    public void SignalHangUp() => Tool.Signal(Id, HangUp);

    /// <summary>SIGTERM; returns the exit code.</summary>
    public Task<int> TerminateAsync()
    {
        Tool.Signal(Id, Terminate);
        return _process.WaitForExitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>The exit code of a process that ends by itself, or at a signal that the test has sent.</summary>
    /// <param name="limit">How long it may take; a minute, because most tests ask about something else on a crowded machine.</param>
    public Task<int> WaitForExitAsync(TimeSpan? limit = null) => _process.WaitForExitAsync(limit ?? _startLimit);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>The dotnet that runs these tests runs the server too.</summary>
    public static string Host => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    /// <summary>Whether somebody greets on a port of loopback.</summary>
    public static bool Listens(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 1000 };
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return socket.Receive(new byte[3]) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
