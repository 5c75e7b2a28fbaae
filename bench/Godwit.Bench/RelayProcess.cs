// Foreign programs and /proc. Whatever is started here is ended by its process id.

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Bench;

/// <summary>A part of the benchmark did not do what it must: the sentence is for the operator.</summary>
internal sealed class RelayFailedException(string message) : Exception(message);

/// <summary>CPU time since the start of the process, in microseconds.</summary>
internal readonly record struct CpuTime(double User, double System)
{
    public static CpuTime operator +(CpuTime one, CpuTime other) => new(one.User + other.User, one.System + other.System);

    public static CpuTime operator -(CpuTime one, CpuTime other) => new(one.User - other.User, one.System - other.System);
}

internal static class RelayProcess
{
    public const string SmtpSource = "/usr/sbin/smtp-source";
    public const string SmtpSink = "/usr/sbin/smtp-sink";

    /// <summary>What one tick in /proc/PID/stat is worth: USER_HZ is 100 on every Linux.</summary>
    private const double MicrosecondsPerTick = 10_000;

    /// <summary>Fields of /proc/PID/stat behind the command's closing bracket (proc(5): field 3 is the first).</summary>
    private const int ParentField = 1;
    private const int UserField = 11;

    public static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start)!;

        // Read, so that a full pipe never stops the program; the server's own log says what matters.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs to the end; false when it fails or takes longer.</summary>
    public static async Task<bool> RunAsync(TimeSpan longest, string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        using var late = new CancellationTokenSource(longest);
        try
        {
            await process.WaitForExitAsync(late.Token);
            return process.ExitCode == 0;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            return false;
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static async Task AnswersAsync(int port, string who)
    {
        for (int i = 0; i < 300; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }

        throw new RelayFailedException($"{who} does not answer on port {port}");
    }

    /// <summary>The process alone; with <paramref name="reaped"/> also the children it has waited for.</summary>
    public static CpuTime Cpu(int process, bool reaped)
    {
        if (Stat(process) is not { } fields)
        {
            return default;
        }

        double user = Number(fields, UserField) + (reaped ? Number(fields, UserField + 2) : 0);
        double system = Number(fields, UserField + 1) + (reaped ? Number(fields, UserField + 3) : 0);
        return new CpuTime(user * MicrosecondsPerTick, system * MicrosecondsPerTick);
    }

    public static List<int> ChildrenOf(int parent)
    {
        var children = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && Stat(process) is { } fields && Number(fields, ParentField) == parent)
            {
                children.Add(process);
            }
        }

        return children;
    }

    /// <summary>A line of /proc/PID/status in megabytes; 0 when the process is gone.</summary>
    public static double Megabytes(int process, string name)
    {
        try
        {
            foreach (string line in File.ReadLines($"/proc/{process}/status"))
            {
                if (line.StartsWith(name, StringComparison.Ordinal))
                {
                    return double.Parse(line.AsSpan(name.Length + 1).Trim("\t kB"), CultureInfo.InvariantCulture) / 1024;
                }
            }
        }
        catch (IOException)
        {
            return 0;
        }

        return 0;
    }

    private static string[]? Stat(int process)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{process}/stat");

            // The command stands in brackets and may hold any character, also a closing bracket.
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double Number(string[] fields, int index) => double.Parse(fields[index], CultureInfo.InvariantCulture);
}
