// Follows a server by its status until the messages that were just submitted have their fate, then sums up.
// It compares the server's counters with what they were before, so mail of earlier runs does not count; other mail at the same time would.

using System.Text.Json;

namespace Godwit.Cli;

/// <summary>The counters that matter here, as the status tree has them.</summary>
internal readonly record struct FateCounts(long Delivered, long Deferred, long Bounced, long Queued, string[] AccountingFiles)
{
    public static FateCounts Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        JsonElement status = document.RootElement.GetProperty("data").GetProperty("status");
        JsonElement total = status.GetProperty("traffic").GetProperty("total");
        return new FateCounts(
            Recipients(total, "out"),
            Recipients(total, "deferred"),
            Recipients(total, "bounced"),
            Recipients(status.GetProperty("queue"), "smtp"),
            [.. status.GetProperty("accounting").GetProperty("files").EnumerateArray().Select(file => file.GetString() ?? "")]);
    }

    private static long Recipients(JsonElement group, string name) => group.GetProperty(name).GetProperty("rcp").GetInt64();
}

/// <summary>Watches one server during one run.</summary>
internal sealed class FateWatch : IDisposable
{
    /// <summary>Counters that stand still this long with empty queues do not move any more: some fate was not counted for this run.</summary>
    private static readonly TimeSpan _still = TimeSpan.FromSeconds(5);

    private readonly ServerConnection _server;
    private readonly Screen _screen;
    private FateCounts _before;

    private FateWatch(GlobalOptions options, Screen screen)
    {
        _server = new ServerConnection(options with { Format = "json" });
        _screen = screen;
    }

    /// <summary>Remembers where the counters stand. Null, after a word to the operator, when the server does not answer.</summary>
    public static async Task<FateWatch?> BeginAsync(GlobalOptions options, Screen screen, CancellationToken cancellation)
    {
        var watch = new FateWatch(options, screen);
        if (await watch.LookAsync(cancellation) is { } counts)
        {
            watch._before = counts;
            return watch;
        }

        watch.Dispose();
        return null;
    }

    /// <summary>
    /// Returns 0 when all <paramref name="accepted"/> messages were delivered, 1 otherwise. The rate counts from <paramref name="began"/> to the last
    /// fate.
    /// </summary>
    public async Task<int> FollowAsync(int accepted, long began, TimeSpan most, CancellationToken cancellation)
    {
        var progress = new ProgressLine(_screen, "delivering");
        long followed = TimeProvider.System.GetTimestamp();
        long changed = followed;
        FateCounts now = _before;
        while (TimeProvider.System.GetElapsedTime(followed) < most)
        {
            if (await LookAsync(cancellation) is not { } counts)
            {
                progress.Clear();
                return ExitCode.Unreachable;
            }

            changed = counts.Delivered + counts.Bounced == now.Delivered + now.Bounced ? changed : TimeProvider.System.GetTimestamp();
            now = counts;
            progress.Show($"{now.Delivered - _before.Delivered} of {accepted} delivered, {now.Queued} in queue");
            if (now.Queued == 0 && (Settled(now) >= accepted || TimeProvider.System.GetElapsedTime(changed) > _still))
            {
                break;
            }

            await Task.Delay(ProgressLine.Pause, TimeProvider.System, cancellation);
        }

        progress.Clear();
        return SumUp(now, accepted, TimeProvider.System.GetElapsedTime(began, changed));
    }

    public void Dispose() => _server.Dispose();

    private long Settled(FateCounts now) => now.Delivered + now.Bounced - _before.Delivered - _before.Bounced;

    private async Task<FateCounts?> LookAsync(CancellationToken cancellation)
    {
        ServerReply reply = await _server.RunAsync(["show", "status"], cancellation);
        if (reply.ExitCode == ExitCode.Done)
        {
            return FateCounts.Read(reply.Text);
        }

        await _screen.Error.WriteLineAsync(reply.Text);
        return null;
    }

    private int SumUp(FateCounts now, int accepted, TimeSpan elapsed)
    {
        long delivered = now.Delivered - _before.Delivered;
        long bounced = now.Bounced - _before.Bounced;
        TextWriter screen = _screen.Out;
        screen.WriteLine();
        screen.WriteLine($"  accepted   {accepted,9}");
        screen.WriteLine($"  delivered  {delivered,9}");
        screen.WriteLine($"  deferred   {now.Deferred - _before.Deferred,9}   attempts that will be made again");
        screen.WriteLine($"  bounced    {bounced,9}");
        screen.WriteLine($"  in queue   {now.Queued,9}");
        double rate = delivered / Math.Max(elapsed.TotalSeconds, 0.001);
        screen.WriteLine($"  speed      {rate,9:0}   msg/s, from the first byte in to the last delivery, {elapsed.TotalSeconds:0.00} s");
        foreach (string file in now.AccountingFiles)
        {
            screen.WriteLine($"  accounting  {file}");
        }

        return delivered >= accepted && bounced == 0 && now.Queued == 0 ? ExitCode.Done : ExitCode.Refused;
    }
}
