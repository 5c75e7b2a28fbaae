// The configured name servers as they are now, and the order in which a question goes round them. Owned by DnsResolver.
// The configuration is read for every question, so a reload counts at once; a server that stays keeps its channels and its reputation.

using System.Net;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Dns;

/// <summary>Asks servers in turn until one knows. Thread safe.</summary>
internal sealed class NameServerList(
    Func<IReadOnlyList<IPEndPoint>> configured, ServerClock clock, ILogger log, bool onlyTcp = false, PacketTrace? trace = null) : IDisposable
{
    /// <summary>Servers considered; whoever lists more gains nothing by waiting for all of them.</summary>
    private const int MaxServers = 8;

    /// <summary>One server alone is asked as often.</summary>
    private const int MinTries = 3;

    /// <summary>Most answers that come at all come within this.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    /// <summary>For the last try: a recursive server that walks a broken delegation needs more.</summary>
    private static readonly TimeSpan _lastPatience = TimeSpan.FromSeconds(4);

    /// <summary>Before a server that refused is asked again: long enough to outlive its restart.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private NameServer[] _servers = [];
    private IReadOnlyList<IPEndPoint>? _known;
    private bool _disposed;

    /// <summary>
    /// One question, asked until a server gives a useful answer or all had their turns. Never throws. The server is null when none is configured.
    /// </summary>
    public async Task<(DnsExchange Exchange, IPEndPoint? Server)> AskAsync(DnsQuestion question)
    {
        NameServer[] servers = InOrder();
        DnsExchange last = DnsExchange.Unreachable;
        IPEndPoint? lastServer = null;
        int settled = 0;
        int refused = 0;
        int tries = servers.Length == 0 ? 0 : Math.Max(MinTries, servers.Length);
        for (int i = 0; i < tries && !_stop.IsCancellationRequested; i++)
        {
            int index = i % servers.Length;
            int bit = 1 << index;
            if ((settled & bit) != 0)
            {
                continue;
            }

            if ((refused & bit) != 0)
            {
                await Task.Delay(_pause, clock.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            last = await servers[index].AskAsync(question, i == tries - 1 ? _lastPatience : _patience);
            lastServer = servers[index].EndPoint;
            if (last.IsUseful)
            {
                break;
            }

            // Whoever said no says no again; only silence is worth a second try.
            refused |= last.Outcome == ExchangeOutcome.Unreachable ? bit : 0;
            settled |= last.Outcome is ExchangeOutcome.TimedOut or ExchangeOutcome.Unreachable ? 0 : bit;
        }

        return (last, lastServer);
    }

    public void Dispose()
    {
        // First, so that questions whose query ends below do not try again.
        _stop.Cancel();
        lock (_gate)
        {
            _disposed = true;
            foreach (NameServer server in _servers)
            {
                server.Dispose();
            }

            _servers = [];
        }
    }

    /// <summary>As configured, with those that are down at the end.</summary>
    private NameServer[] InOrder()
    {
        NameServer[] servers = Current();
        Instant now = clock.Now;
        bool allUp = true;
        foreach (NameServer server in servers)
        {
            allUp &= !server.IsDown(now);
        }

        return allUp || servers.Length < 2 ? servers : DownLast(servers, now);
    }

    private static NameServer[] DownLast(NameServer[] servers, Instant now)
    {
        var ordered = new List<NameServer>(servers.Length);
        ordered.AddRange(servers.Where(s => !s.IsDown(now)));
        ordered.AddRange(servers.Except(ordered));
        return [.. ordered];
    }

    private NameServer[] Current()
    {
        IReadOnlyList<IPEndPoint> wanted = configured();
        lock (_gate)
        {
            if (!_disposed && !ReferenceEquals(wanted, _known))
            {
                Adopt(wanted);
            }

            return _servers;
        }
    }

    private void Adopt(IReadOnlyList<IPEndPoint> wanted)
    {
        NameServer[] before = _servers;
        _servers = [.. wanted.Distinct().Take(MaxServers)
            .Select(e => Array.Find(before, s => s.EndPoint.Equals(e)) ?? new NameServer(e, clock, log, onlyTcp, trace))];
        _known = wanted;
        foreach (NameServer gone in before.Except(_servers))
        {
            gone.Retire();
        }
    }
}
