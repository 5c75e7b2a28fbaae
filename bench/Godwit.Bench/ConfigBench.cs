// What a very large configuration costs: loading it, asking it, and putting it in force while mail flows.
// Loading is measured in a process of its own that has one core, from nothing, as a server starts: compiling the code is part of it.

using System.Diagnostics;
using System.Globalization;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Bench;

internal static class ConfigBench
{
    private const string Head = "postmaster postmaster@example.com\nhost-name mta.example.com\nspool /var/spool/godwit\nlog-file /var/log/godwit.log\n";

    public static async Task<int> RunAsync(string[] arguments)
    {
        switch (arguments)
        {
            case ["--load", { } file]:
                Load(file);
                return 0;
            case [] or ["--reload"]:
                break;
            default:
                Console.Error.WriteLine("usage: Godwit.Bench config [--reload]");
                return 2;
        }

        // In memory where that is possible: the moods of a disk that is synced all the time would hide a pause of the server.
        string folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"godwit-config-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            string file = Path.Combine(folder, "config");
            string text = LargeConfig.Text(Head);
            await File.WriteAllTextAsync(file, text);
            Console.WriteLine($"configuration: {text.AsSpan().Count('\n'):#,0} lines, {text.Length / 1024.0 / 1024:0.0} MB");
            if (arguments.Length == 0)
            {
                await PinnedAsync(file);
                Swap(file);
            }

            await ConfigReloadBench.RunAsync(folder);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Starts this program again on one core.</summary>
    private static async Task PinnedAsync(string file)
    {
        var start = new ProcessStartInfo("taskset") { UseShellExecute = false };
        foreach (string argument in (string[])["-c", "0", Environment.ProcessPath!, .. Environment.GetCommandLineArgs()[..1].Where(a => a.EndsWith(".dll", StringComparison.Ordinal)
            && !Environment.ProcessPath!.EndsWith("Godwit.Bench", StringComparison.Ordinal)), "config", "--load", file])
        {
            start.ArgumentList.Add(argument);
        }

        using Process child = Process.Start(start)!;
        await child.WaitForExitAsync();
    }

    private static void Load(string file)
    {
        ServerSettings settings = Measured("load, first time (cold, one core)", file);
        Console.WriteLine($"  peak memory of the process   {PeakMegabytes():0} MB");
        Ask(settings);
        for (int i = 0; i < 3; i++)
        {
            GC.KeepAlive(Measured("load again, as a reload does", file));
        }

        Console.WriteLine($"  peak memory, old and new held {PeakMegabytes():0} MB");
        GC.KeepAlive(settings);
    }

    private static ServerSettings Measured(string what, string file)
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        ConfigLoad load = ConfigFile.Load(file);
        TimeSpan wall = Stopwatch.GetElapsedTime(start);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Console.WriteLine($"{what}: {cpu.TotalMilliseconds:0} ms of CPU, {wall.TotalMilliseconds:0} ms on the clock, {allocated / 1024 / 1024} MB allocated");
        return load.Settings ?? throw new InvalidOperationException(string.Join('\n', load.Problems.Take(10)));
    }

    private static void Ask(ServerSettings settings)
    {
        // The code is compiled before the clock starts: what is asked for is the work, and a server compiles it once.
        (DomainName Name, string VirtualMta)[] queues =
            [.. Enumerable.Range(0, LargeConfig.Domains).Select(i => (DomainName.Parse(LargeConfig.Name(i)), $"vmta-{i % LargeConfig.VirtualMtas}"))];
        for (int i = 0; i < 20_000; i++)
        {
            settings.DeliveryFor(DomainName.Parse("warm-up.example"), queues[i].VirtualMta);
        }

        foreach (string what in (string[])["first time", "again", "again"])
        {
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            foreach ((DomainName name, string virtualMta) in queues)
            {
                settings.DeliveryFor(name, virtualMta);
            }

            double each = Stopwatch.GetElapsedTime(start).TotalMicroseconds / queues.Length;
            bytes = (GC.GetAllocatedBytesForCurrentThread() - bytes) / queues.Length;
            Console.WriteLine($"effective settings of a queue, {what}: {each:0.00} us, {bytes} bytes allocated");
        }
    }

    /// <summary>The scheduler's part of a reload, with many queues standing.</summary>
    private static void Swap(string file)
    {
        ServerSettings before = ConfigFile.Load(file).Settings!;
        foreach (int queues in (int[])[50_000, 500_000])
        {
            var current = new CurrentSettings(before);
            var scheduler = new Scheduler(current);
            Instant now = Instant.FromUnixMilliseconds(1_700_000_000_000);
            for (int i = 0; i < queues; i++)
            {
                var key = new QueueKey(DomainName.Parse($"q{i / LargeConfig.Domains}.{LargeConfig.Name(i % LargeConfig.Domains)}"), $"vmta-{i % LargeConfig.VirtualMtas}");
                var recipient = new QueuedRecipient(new StoredMessage(new MessageId((now.UnixMilliseconds << 22) + i), 0, 0, 10_000, 1), 0);
                recipient.Restore(1, now + TimeSpan.FromMinutes(10));
                scheduler.Enqueue(key, recipient, now);
            }

            current.Replace(ConfigFile.Load(file).Settings!);
            GC.Collect();
            long start = Stopwatch.GetTimestamp();
            scheduler.SettingsChanged(now);
            TimeSpan swap = Stopwatch.GetElapsedTime(start);
            start = Stopwatch.GetTimestamp();
            scheduler.TryGrant(now);
            Console.WriteLine(
                $"swap with {queues:#,0} queues standing: {swap.TotalMilliseconds:0.0} ms with the lock held; then every queue is looked at once, "
                + $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms in slices of 64 between which mail goes on");
        }
    }

    /// <summary>The largest resident set so far: VmHWM of proc(5).</summary>
    private static double PeakMegabytes()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
