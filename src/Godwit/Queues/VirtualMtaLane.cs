// What the queues of one virtual MTA share: its limits, those of its pools, whose turn it is among its source addresses, and its idle connections.
// Made with the first queue that names the virtual MTA and kept: their number is the configuration's. Owned by the scheduler.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The running side of a <see cref="VirtualMtaSettings"/>.</summary>
internal sealed class VirtualMtaLane(string name)
{
    private int _turn;

    public string Name => name;

    /// <summary>Its own limits.</summary>
    public SharedLimit Own { get; } = new();

    /// <summary>
    /// Every limit that a connection counts at, the narrowest first: its own, its pools', the server's. A ticket keeps the list it was granted under, because a
    /// reload makes another.
    /// </summary>
    public SharedLimit[] Levels { get; private set; } = [];

    /// <summary>Never empty.</summary>
    public IReadOnlyList<SourceHost> Sources { get; private set; } = [];

    /// <summary>Connections that wait for mail, the longest waiting first.</summary>
    public LinkedList<DeliveryTicket> Idle { get; } = new();

    /// <summary>Connections whose message may be broken off.</summary>
    public TransferList Transfers { get; } = new();

    /// <summary>
    /// Reads the limits anew. For a virtual MTA that the configuration no longer has there are none: its mail is granted as soon as its queue allows, and
    /// Delivery bounces it, which takes no connection.
    /// </summary>
    public void Configure(ServerSettings settings, PoolLimits pools, SharedLimit server, Instant now)
    {
        VirtualMtaSettings? own = settings.VirtualMtas.GetValueOrDefault(name);
        Own.Configure(own?.MaxSmtpOut ?? 0, own?.MaxSmtpMsgRate ?? Rate.Unlimited, own?.MaxSmtpDataVolumeRate ?? Rate.Unlimited, now);
        Levels = [Own, .. pools.Of(name), server];
        Sources = own is null || own.SourceHosts.Count == 0 ? [new SourceHost(null, settings.HostName)] : own.SourceHosts;
    }

    /// <summary>The place of the next source address, in turn over all its queues.</summary>
    public int NextTurn()
    {
        _turn = _turn < Sources.Count ? _turn : 0;
        return _turn++;
    }
}
