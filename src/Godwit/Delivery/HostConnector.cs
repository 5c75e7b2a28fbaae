// One connection to one host from one source of the queue's virtual MTA: directly, or through the first of its proxies that can be reached.
// Shared by all deliveries; holds nothing but which proxies failed a moment ago. What the network does is a result; only cancellation throws.

using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Smtp;

namespace Godwit.Delivery;

/// <summary>A connection, or why there is none.</summary>
/// <param name="From">What the host sees of us: the source itself, or the address behind the proxy that was reached, with that proxy alone.</param>
/// <param name="Problem">Without a connection: as <see cref="DialResult.Problem"/>.</param>
internal readonly record struct ConnectResult(SmtpConnection? Connection, SourceHost From, string Problem, ConnectFailure Failure);

/// <summary>Connects to hosts.</summary>
internal sealed class HostConnector(DeliveryDoors doors, ConnectionDeadlines deadlines, ServerClock clock)
{
    /// <summary>Kernels give up after some minutes by themselves, and timers end at 49 days: what is configured beyond this changes nothing.</summary>
    private static readonly TimeSpan _longestTimeout = TimeSpan.FromHours(1);

    private readonly TcpDialer _dialer = new(doors, clock);
    private readonly ProxyDialer _proxies = new(doors, clock);

    public async ValueTask<ConnectResult> ConnectAsync(HostAddress host, SourceHost source, DeliverySettings settings, CancellationToken abort)
    {
        TimeSpan timeout = Bounded(settings.ConnectTimeout);
        if (source.Proxies.Count == 0)
        {
            return Result(await _dialer.DialAsync(host.EndPoint, host.Text, source.Address, timeout, abort), source);
        }

        (DialResult dialed, ProxyHop? hop) = await _proxies.DialAsync(host, source.Proxies, settings, timeout, abort);
        return Result(dialed, hop is null ? source : source with { Address = hop.Client.Address, HostName = hop.HostName, Proxies = [hop] });
    }

    private ConnectResult Result(DialResult dialed, SourceHost from) =>
        new(dialed.Socket is { } socket ? new SmtpConnection(socket, deadlines) : null, from, dialed.Problem, dialed.Failure);

    private static TimeSpan Bounded(TimeSpan timeout) => timeout < _longestTimeout ? timeout : _longestTimeout;
}
