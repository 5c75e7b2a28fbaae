// fsync and fdatasync calls of a short run, counted by strace. Tracing slows a server down, which only makes groups larger or smaller, not calls cheaper:
// read the number as a size, not as a measurement.

using System.Diagnostics;
using System.Globalization;

namespace Godwit.Bench;

internal static class RelaySyncs
{
    public const string Strace = "/usr/bin/strace";

    public static async Task<long> CountAsync(RelayServer server, RelaySettings settings, int messages)
    {
        string file = Path.GetTempFileName();
        try
        {
            List<string> arguments = ["-f", "-qq", "-e", "trace=fsync,fdatasync,sync_file_range", "--signal=none", "-o", file];
            foreach (int process in server.Processes())
            {
                arguments.Add("-p");
                arguments.Add(process.ToString(CultureInfo.InvariantCulture));
            }

            using Process strace = RelayProcess.Start(Strace, [.. arguments]);
            await Task.Delay(TimeSpan.FromSeconds(1));
            await RelayRun.MeasureAsync(server, settings, messages);
            await RelayProcess.RunAsync(TimeSpan.FromSeconds(5), "/bin/kill", "-INT", strace.Id.ToString(CultureInfo.InvariantCulture));
            await strace.WaitForExitAsync();

            // A call that another thread interrupts takes two lines; only the first has the bracket with its descriptor.
            return File.ReadLines(file).Count(line => line.Contains("sync(", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
