// A mail server under test, and one run of load through it.

using System.Diagnostics;

namespace Godwit.Bench;

/// <summary>What one run showed. CPU is per message.</summary>
internal sealed record RelayFigures(double AcceptedPerSecond, double DeliveredPerSecond, double UserMicroseconds, double SystemMicroseconds, double PeakMegabytes)
{
    /// <summary>Each figure's own median.</summary>
    public static RelayFigures Median(List<RelayFigures> rounds)
    {
        double Middle(Func<RelayFigures, double> figure)
        {
            double[] sorted = [.. rounds.Select(figure).Order()];
            return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
        }

        return new RelayFigures(
            Middle(each => each.AcceptedPerSecond),
            Middle(each => each.DeliveredPerSecond),
            Middle(each => each.UserMicroseconds),
            Middle(each => each.SystemMicroseconds),
            Middle(each => each.PeakMegabytes));
    }
}

/// <summary>One mail server, started for this benchmark only.</summary>
internal abstract class RelayServer
{
    public abstract string Name { get; }

    public abstract int Port { get; }

    public List<RelayFigures> Rounds { get; } = [];

    /// <summary>All its processes, ended ones too.</summary>
    public abstract CpuTime Cpu();

    public abstract double PeakMegabytes();

    /// <summary>Messages that have left since the start of the run that <see cref="BeginRun"/> began.</summary>
    public abstract int Delivered(int sent);

    public abstract void BeginRun();

    /// <summary>Processes to trace.</summary>
    public abstract IReadOnlyList<int> Processes();

    public abstract Task StopAsync();
}

/// <summary>The sink of both: Postfix's own, on an address of its own.</summary>
internal sealed class RelaySink : IDisposable
{
    private readonly Process _process;

    private RelaySink(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<RelaySink> StartAsync()
    {
        int port = RelayProcess.FreePort();

        // As root it wants an unprivileged user to become.
        string[] user = Environment.UserName == "root" ? ["-u", "nobody"] : [];
        // Its own limit of 256 sessions would be what both sides wait for.
        Process process = RelayProcess.Start(RelayProcess.SmtpSink, [.. user, "-m", "5000", $"127.0.0.1:{port}", "1024"]);
        await RelayProcess.AnswersAsync(port, "smtp-sink");
        return new RelaySink(process, port);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}

internal static class RelayRun
{
    /// <summary>Nothing that works takes longer; a stuck server must not hold the benchmark for ever.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(5);

    /// <summary>How often the end is looked for. Costs the same for both sides, and is not counted in their CPU time.</summary>
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);

    public static async Task<RelayFigures> MeasureAsync(RelayServer server, RelaySettings settings, int messages)
    {
        server.BeginRun();
        CpuTime before = server.Cpu();
        long begun = Stopwatch.GetTimestamp();
        await SendAsync(server, settings, messages);
        double accepted = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        int gone;
        while ((gone = server.Delivered(messages)) < messages)
        {
            if (Stopwatch.GetElapsedTime(begun) > _longest)
            {
                throw new RelayFailedException($"{server.Name} delivered only {gone} of {messages} messages in {_longest}");
            }

            await Task.Delay(_look);
        }

        double delivered = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        CpuTime spent = server.Cpu() - before;
        return new RelayFigures(messages / accepted, messages / delivered, spent.User / messages, spent.System / messages, server.PeakMegabytes());
    }

    private static async Task SendAsync(RelayServer server, RelaySettings settings, int messages)
    {
        var loads = new List<Task<bool>>();
        int sources = settings.Domains == 1 ? 1 : Math.Min(settings.Domains, settings.Sessions);
        for (int i = 0; i < sources; i++)
        {
            int share = (messages / sources) + (i < messages % sources ? 1 : 0);
            int sessions = Math.Max(1, settings.Sessions / sources);
            loads.Add(share == 0 ? Task.FromResult(true) : SourceAsync(server, settings, share, sessions, i));
        }

        if ((await Task.WhenAll(loads)).Contains(false))
        {
            throw new RelayFailedException($"smtp-source could not hand its mail to {server.Name}");
        }
    }

    private static async Task<bool> SourceAsync(RelayServer server, RelaySettings settings, int messages, int sessions, int source)
    {
        // One smtp-source knows one recipient domain, so many domains are many runs of it, one after the other in each lane.
        int lanes = settings.Domains == 1 ? 1 : Math.Min(settings.Domains, settings.Sessions);
        int domains = Math.Max(1, Math.Min(messages, settings.Domains / lanes));
        for (int i = 0; i < domains; i++)
        {
            int share = (messages / domains) + (i < messages % domains ? 1 : 0);
            bool done = await RelayProcess.RunAsync(
                _longest,
                RelayProcess.SmtpSource,
                [.. settings.Reconnect ? Array.Empty<string>() : ["-d"], "-s", Text(Math.Min(sessions, share)), "-m", Text(share), "-l", Text(settings.Size),
                "-f", "sender@bench.test", "-t", $"recipient@d{Text((i * lanes) + source)}.test", $"127.0.0.1:{Text(server.Port)}"]);
            if (!done)
            {
                return false;
            }
        }

        return true;
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
