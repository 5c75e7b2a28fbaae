// What the queues of one virtual MTA share: its connection slots, whose turn it is among its source addresses, and its idle connections.
// Made with the first queue that names the virtual MTA and kept: their number is the configuration's. Owned by the scheduler.

using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The running side of a <see cref="VirtualMtaSettings"/>.</summary>
internal sealed class VirtualMtaLane(string name)
{
    private IReadOnlyList<SourceHost> _sources = [];
    private int _turn;

    public ConnectionSlots Slots { get; } = new();

    /// <summary>Connections that wait for mail, the longest waiting first.</summary>
    public LinkedList<DeliveryTicket> Idle { get; } = new();

    /// <summary>
    /// Reads the limits anew. For a virtual MTA that the configuration no longer has there are none: its mail is granted as soon as its queue allows, and
    /// Delivery bounces it, which takes no connection.
    /// </summary>
    public void Configure(ServerSettings settings)
    {
        VirtualMtaSettings? own = settings.VirtualMtas.GetValueOrDefault(name);
        Slots.Limit = own is null || own.MaxSmtpOut == 0 ? int.MaxValue : own.MaxSmtpOut;
        _sources = own is null || own.SourceHosts.Count == 0 ? [new SourceHost(null, settings.HostName)] : own.SourceHosts;
    }

    /// <summary>The next source address, in turn.</summary>
    public SourceHost NextSource()
    {
        _turn = _turn < _sources.Count ? _turn : 0;
        return _sources[_turn++];
    }
}
