// A ticket and the host it connects to: the limits on hosts and destination addresses.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

public sealed partial class DeliveryTicket
{
    private readonly List<HostUse> _hosts = new(0);
    private HostUse? _fullHost;

    /// <summary>
    /// Counts this connection at a host, before it is opened, instead of at the one before. False when mx-connection-limit or ip-connection-limit is
    /// reached: another host may have room.
    /// </summary>
    public bool TryUseHost(DomainName host, IPAddress address, Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            now = _scheduler.Advance(now);
            LeaveHosts(now);
            HostUse? full = _scheduler.Hosts.Enter(host, address, Source.Address, _hosts);
            _fullHost = full ?? _fullHost;
            return full is null;
        }
    }

    /// <summary>Every host is full: the queue waits until one of them has room, which is no failure. Close the ticket next.</summary>
    public void WaitForHost(Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            now = _scheduler.Advance(now);
            if (_fullHost is { IsFull: true } full && !_queue.WaitsForHost)
            {
                _queue.WaitsForHost = true;
                full.Waiting.Enqueue(_queue);
            }

            Change(State.Closing);
            _scheduler.Settle(_queue, now);
        }
    }

    private void LeaveHosts(Instant now)
    {
        foreach (HostUse use in _hosts)
        {
            _scheduler.LeaveHost(use, now);
        }

        _hosts.Clear();
    }
}
