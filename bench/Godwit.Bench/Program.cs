// One subcommand for each benchmark; bench/README.md says how to read what they print.

using System.Runtime.Versioning;
using Godwit.Bench;

// The peers, /proc and file modes are Linux's.
[assembly: SupportedOSPlatform("linux")]

switch (args)
{
    case ["relay", .. string[] rest]:
        return await RelayBench.RunAsync(rest);
    case ["config", .. string[] rest]:
        return await ConfigBench.RunAsync(rest);
    case ["queues"]:
        QueuesBench.Run();
        return 0;
    case ["observe", .. string[] rest]:
        await ObserveBench.RunAsync(rest is [{ } queues, ..] ? int.Parse(queues, System.Globalization.CultureInfo.InvariantCulture) : 1_000_000, seconds: 180);
        return 0;
    case ["rehearse", .. string[] rest]:
        return RehearsalBench.Run(rest is [{ } count] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 10_000_000);
    case ["dns"]:
        await DnsBench.RunAsync();
        return 0;
    case ["counting"]:
        await CountingBench.RunAsync();
        return 0;
    case ["dkim"]:
        await DkimBench.RunAsync();
        return 0;
    case ["spool", .. string[] rest]:
        await SpoolBench.RunAsync(rest);
        return 0;
    default:
        Console.Error.WriteLine("usage: Godwit.Bench relay [options] | config | spool | queues | observe [queues] | rehearse [recipients] | dns | dkim | counting");
        return 2;
}
