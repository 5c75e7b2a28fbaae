// A ticket and the host it connects to: the limits on hosts and destination addresses.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Queues;

public sealed partial class DeliveryTicket
{
    /// <summary>
    /// A free slot calls one queue. Should that one not come for it (its mail was deleted, another limit holds it), nobody would be called for the next;
    /// so everybody looks by himself now and then.
    /// </summary>
    private static readonly TimeSpan _longestHostWait = TimeSpan.FromSeconds(5);

    private List<HostUse>? _hosts;
    private HostUse? _fullHost;
    private bool _triesHost;

    /// <summary>Whose limits it is under, and for whom replies are counted: the provider's group where its queue has one, else its queue.</summary>
    public QueueKey LimitsKey
    {
        get
        {
            lock (_scheduler.Gate)
            {
                return _queue.Group?.Key ?? _queue.Key;
            }
        }
    }

    /// <summary>
    /// Counts this connection at a host, before it is opened, instead of at the one before. False when mx-connection-limit or ip-connection-limit is
    /// reached: another host may have room.
    /// </summary>
    public bool TryUseHost(string host, IPAddress address, Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            now = _scheduler.Advance(now);
            LeaveHosts(now);
            if (!_scheduler.Hosts.HasLimits || !DomainName.TryParse(host, out DomainName name))
            {
                return _triesHost = true;
            }

            HostUse? full = _scheduler.Hosts.Enter(name, address, Source.Address, _hosts ??= []);
            _fullHost = full ?? _fullHost;
            _triesHost |= full is null;
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
            if (_fullHost is { IsFull: true } full)
            {
                _queue.HostWait = now + _longestHostWait;
                if (!_queue.IsInHostLine)
                {
                    _queue.IsInHostLine = true;
                    full.Waiting.Enqueue(_queue);
                }
            }

            Change(State.Closing);
            _scheduler.Settle(_queue, now);
        }
    }

    /// <summary>
    /// The hosts that DNS gave are a provider's: the queue shares its limits from now on, under the settings of its main domain. False when this connection
    /// was granted under them; on true it was granted without, be it that another one has joined meanwhile, so close the ticket: it is no failure.
    /// </summary>
    public bool JoinGroup(DomainName name, DomainName mainDomain, Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            return _scheduler.JoinGroup(_queue, name, mainDomain, _scheduler.Advance(now)) || Array.IndexOf(Levels, _queue.Group!.Limit) < 0;
        }
    }

    /// <summary>
    /// The hosts that DNS gave are no provider's any more, or the configuration keeps the queue apart. False when it shares nothing; on true this connection
    /// was granted under limits that are not its own, so close the ticket: it is no failure.
    /// </summary>
    public bool LeaveGroup(Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            return _scheduler.LeaveGroup(_queue, _scheduler.Advance(now));
        }
    }

    /// <summary>The hosts that DNS gave belong to a rollup: the queue's mail moves there. Close the ticket next.</summary>
    public void JoinRollup(DomainName rollup, Instant now)
    {
        lock (_scheduler.Gate)
        {
            CheckOpen();
            Change(State.Closing);
            _scheduler.JoinRollup(_queue, rollup, _scheduler.Advance(now));
        }
    }

    private void LeaveHosts(Instant now)
    {
        for (int i = 0; i < _hosts?.Count; i++)
        {
            _scheduler.LeaveHost(_hosts[i], now);
        }

        _hosts?.Clear();
    }
}
