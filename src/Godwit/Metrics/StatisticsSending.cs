// Everybody who is sent numbers, as the configuration says. Owned by the composition root: it is told of each configuration, one at a time. A receiver that
// stays goes on as it is; one that goes away is stopped without anybody waiting for it.

using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Metrics;

/// <summary>Keeps a sender for each <c>&lt;statistics&gt;</c> block.</summary>
public sealed class StatisticsSending(MetricView view, ILogger log) : IAsyncDisposable
{
    private readonly Dictionary<(StatisticsSettings Settings, int Interval), IAsyncDisposable> _senders = [];
    private readonly List<Task> _ending = [];

    /// <summary>Starts and stops what the settings ask for.</summary>
    public void Use(ServerSettings settings)
    {
        HashSet<(StatisticsSettings Settings, int Interval)> wanted = [.. settings.Statistics.Select(each => (each, settings.StatisticsInterval))];
        _ending.RemoveAll(static task => task.IsCompleted);
        foreach ((StatisticsSettings Settings, int Interval) gone in _senders.Keys.Where(key => !wanted.Contains(key)).ToList())
        {
            _senders.Remove(gone, out IAsyncDisposable? sender);
            _ending.Add(sender!.DisposeAsync().AsTask());
        }

        foreach ((StatisticsSettings Settings, int Interval) added in wanted.Where(key => !_senders.ContainsKey(key)))
        {
            TimeSpan interval = TimeSpan.FromSeconds(added.Interval);
            _senders.Add(added, added.Settings.Kind == StatisticsKind.Graphite
                ? new GraphiteSender(view, added.Settings, interval, log)
                : new OtlpSender(view, added.Settings, interval, log));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _ending.AddRange(_senders.Values.Select(static sender => sender.DisposeAsync().AsTask()));
        _senders.Clear();

        // A collector that does not answer must not hold up the server's end.
        await Task.WhenAny(Task.WhenAll(_ending), Task.Delay(_endBound, view.Clock.Time, CancellationToken.None));
    }

    private static readonly TimeSpan _endBound = TimeSpan.FromSeconds(2);
}
