// How long a large campaign rehearses: ten million recipients through forty source addresses, with the shipped model.

using System.Diagnostics;
using Godwit.Rehearsal;
using Godwit.Settings;

namespace Godwit.Bench;

/// <summary>A rehearsal of full size.</summary>
internal static class RehearsalBench
{
    public static int Run(int recipients)
    {
        string pool = string.Concat(Enumerable.Range(1, 40).Select(i => $"virtual-mta v{i}\n"));
        string virtualMtas = string.Concat(Enumerable.Range(1, 40).Select(
            i => $"<virtual-mta v{i}>\nsmtp-source-host 192.0.2.{i} m{i}.mta.example\n</virtual-mta>\n"));
        string text = "host-name mta.example\nsmtp-listener 127.0.0.1:2525\nspool /var/spool/godwit\ntotal-max-smtp-out 6000\n"
            + $"{virtualMtas}<virtual-mta-pool p>\n{pool}</virtual-mta-pool>\n<domain *>\nmax-smtp-out 5\n</domain>\n";
        var watch = Stopwatch.StartNew();
        int code = RehearsalCommand.Run(
            ["bench", "--vmta", "p", "--recipients", $"{recipients}"], _ => ConfigFile.LoadText(text), Console.Out, Console.Error);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"{watch.Elapsed.TotalSeconds:0.0} s, {process.TotalProcessorTime.TotalSeconds:0.0} CPU seconds, peak {process.PeakWorkingSet64 >> 20} MB");
        return code;
    }
}
