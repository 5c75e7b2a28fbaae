// Foreign programs: finding them, running them to their end, and skipping a test by name where one is missing.

using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Godwit.Tests.Support;

/// <summary>What a finished program left.</summary>
internal sealed record ToolResult(int ExitCode, string Output);

/// <summary>Programs of the machine.</summary>
internal static partial class Tool
{
    /// <summary>Below the system's range for outgoing connections: one of those could sit on the port of a server that is being restarted.</summary>
    private const int FirstPort = 20_000;
    private const int LastPort = 32_000;

    /// <summary>The last one is where ./test unpacks Exim, which cannot be installed beside Postfix.</summary>
    private static readonly string[] _folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", Path.Combine(Checkout.Root, "TestResults/exim/usr/sbin")];
    private static int _nextPort = FirstPort + (Environment.ProcessId * 7 % (LastPort - FirstPort));

    /// <summary>The path of a program, or null.</summary>
    public static string? Find(string name) => _folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Skips the running test when a program is missing.</summary>
    public static void Need(params string[] names)
    {
        foreach (string name in names)
        {
            Assert.SkipWhen(Find(name) is null, $"needs {name}");
        }
    }

    /// <summary>Runs a program to its end; kills it and fails when that takes longer than <paramref name="limit"/>.</summary>
    public static async Task<ToolResult> RunAsync(string name, IEnumerable<string> arguments, TimeSpan limit)
    {
        await using RunningTool running = RunningTool.Start(Find(name) ?? name, arguments);
        int code = await running.WaitForExitAsync(limit);
        return new ToolResult(code, running.Output);
    }

    /// <summary>A port that nobody listens on, the same on every loopback address.</summary>
    public static int FreePort()
    {
        while (true)
        {
            int port = FirstPort + (Interlocked.Increment(ref _nextPort) % (LastPort - FirstPort));
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                tcp.Bind(new IPEndPoint(IPAddress.Any, port));
                udp.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException)
            {
                continue; // Taken: the next one.
            }
        }
    }

    /// <summary>kill(2).</summary>
    public static void Signal(int processId, int signal) => Kill(processId, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
