// Godwit beside Postfix on the same machine, in the same minutes: the same client, the same sink, both durable before they say 250.
// CPU time of the mail server's own processes is the number to trust; rates follow the machine's mood. Runs alternate, so that a mood hits both.

using System.Globalization;
using System.Runtime.InteropServices;

namespace Godwit.Bench;

/// <summary>The relay benchmark.</summary>
internal static class RelayBench
{
    private const string Usage = """
        usage: bench/relay/run [--messages N] [--size OCTETS] [--sessions S] [--domains D] [--rounds R] [--warm-up N] [--reconnect] [--only godwit|postfix] [--sign|--tls] [--no-syncs]
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        if (RelaySettings.Parse(args) is not { } settings)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        foreach (string tool in settings.NeededTools())
        {
            if (!File.Exists(tool))
            {
                await Console.Error.WriteLineAsync($"relay: {tool} is missing (Debian: apt-get install postfix strace; Godwit: ./build server)");
                return 1;
            }
        }

        string directory = Directory.CreateTempSubdirectory("godwit-relay-").FullName;
        try
        {
            await CompareAsync(settings, directory);
            return 0;
        }
        catch (RelayFailedException failure)
        {
            await Console.Error.WriteLineAsync($"relay: {failure.Message}; its files are in {directory}");
            settings = settings with { KeepFiles = true };
            return 1;
        }
        finally
        {
            if (!settings.KeepFiles)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static async Task CompareAsync(RelaySettings settings, string directory)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{settings.Messages} messages of {settings.Size} octets, {settings.Sessions} sessions{(settings.Reconnect ? ", a connection for each message" : " kept open")}, {settings.Domains} domain(s), {settings.Rounds} round(s), {Environment.ProcessorCount} cores, load {Load()}"));
        using RelaySink sink = await RelaySink.StartAsync();
        using var names = new RelayNames();
        var servers = new List<RelayServer>();
        void Stop(PosixSignalContext signal)
        {
            // Postfix's master is nobody's child: it would stay behind.
            signal.Cancel = true;
            Task.WhenAll(servers.ConvertAll(server => server.StopAsync())).Wait();
            sink.Dispose();
            Environment.Exit(130);
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            if (settings.Tls)
            {
                servers.AddRange(await RelayTls.StartAsync(settings, names, directory, sink.Port));
            }

            RelayVariant[] variants = settings.Tls ? [] : settings.Sign ? await RelaySigning.VariantsAsync(directory) : settings.Only == "postfix" ? [] : [RelayVariant.Plain];
            foreach (RelayVariant variant in variants)
            {
                servers.Add(await RelayGodwit.StartAsync(settings, Path.Combine(directory, variant.Name), sink.Port, variant));
            }

            if (settings.Only != "godwit" && !settings.Sign && !settings.Tls)
            {
                servers.Add(await RelayPostfix.StartAsync(settings, Path.Combine(directory, "postfix"), sink.Port));
            }

            foreach (RelayServer server in servers)
            {
                await RelayRun.MeasureAsync(server, settings, settings.WarmUp);
            }

            Console.WriteLine($"{"",-14}{"accepted/s",12}{"delivered/s",13}{"CPU us/msg",12}{"user",8}{"sys",8}{"peak MB",10}");
            for (int round = 1; round <= settings.Rounds; round++)
            {
                foreach (RelayServer server in servers)
                {
                    RelayFigures figures = await RelayRun.MeasureAsync(server, settings, settings.Messages);
                    server.Rounds.Add(figures);
                    Print($"{server.Name} {round}", figures);
                }
            }

            var sums = servers.ConvertAll(server => RelayFigures.Median(server.Rounds));
            if (settings.Rounds > 1)
            {
                for (int i = 0; i < servers.Count; i++)
                {
                    Print($"{servers[i].Name} median", sums[i]);
                }
            }

            if (settings.CountSyncs && !settings.Sign && !settings.Tls)
            {
                foreach (RelayServer server in servers)
                {
                    int few = Math.Min(settings.Messages, 500);
                    long syncs = await RelaySyncs.CountAsync(server, settings, few);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{server.Name,-14}{(double)syncs / few:0.00} syncs a message ({syncs} for {few}, traced, so slowed down)"));
                }
            }

            if (settings.Sign)
            {
                RelaySigning.Compare(sums[0], sums[1], sums[2]);
            }
            else if (settings.Tls)
            {
                RelayTls.Compare(sums);
                await RelayTls.CountAsync(settings, names, directory, sink.Port);
            }
            else if (sums is [var ours, var theirs])
            {
                Compare(ours, theirs);
            }
        }
        finally
        {
            foreach (RelayServer server in servers)
            {
                await server.StopAsync();
            }
        }
    }

    private static void Print(string name, RelayFigures figures) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{name,-14}{figures.AcceptedPerSecond,12:0}{figures.DeliveredPerSecond,13:0}{figures.UserMicroseconds + figures.SystemMicroseconds,12:0}{figures.UserMicroseconds,8:0}{figures.SystemMicroseconds,8:0}{figures.PeakMegabytes,10:0}"));

    private static void Compare(RelayFigures ours, RelayFigures theirs)
    {
        double rate = ours.DeliveredPerSecond / theirs.DeliveredPerSecond;
        double cpu = (ours.UserMicroseconds + ours.SystemMicroseconds) / (theirs.UserMicroseconds + theirs.SystemMicroseconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"godwit : postfix   accepted {ours.AcceptedPerSecond / theirs.AcceptedPerSecond:0.0}x   delivered {rate:0.0}x (mark: 10x {(rate >= 10 ? "passed" : "not passed")})   CPU 1/{1 / cpu:0.0} (mark: 1/10 {(cpu <= 0.1 ? "passed" : "not passed")})   memory {ours.PeakMegabytes / theirs.PeakMegabytes:0.00}x"));
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?";
}
