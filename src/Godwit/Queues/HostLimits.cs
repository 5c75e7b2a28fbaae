// Connections to one MX host from one source address (mx-connection-limit) and to one destination address (ip-connection-limit), over all queues.
// They are known only when DNS has been asked, so a connection is granted first and counted here before it is opened. A queue that finds all its hosts full
// waits for one of them. Owned by the scheduler and touched under its lock; bounded by the connections there are.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>Counts connections by host and by address.</summary>
internal sealed class HostLimits
{
    private readonly Dictionary<(string Host, IPAddress? Source), HostUse> _hosts = [];
    private readonly Dictionary<IPAddress, HostUse> _addresses = [];
    private IReadOnlyList<MxConnectionLimit> _mx = [];
    private IReadOnlyList<AddressLimit<int>> _ip = [];

    public bool HasLimits => _mx.Count > 0 || _ip.Count > 0;

    public void Configure(ServerSettings settings) => (_mx, _ip) = (settings.MxConnectionLimits, settings.IpConnectionLimits);

    /// <summary>
    /// Counts a connection where limits say so and adds what it must give back to <paramref name="held"/>. Null when it may be opened, else what is full.
    /// </summary>
    public HostUse? Enter(DomainName host, IPAddress address, IPAddress? source, List<HostUse> held)
    {
        HostUse? byName = HostLimit(host) is > 0 and int most ? Use(_hosts, (host.Text, source), most) : null;
        HostUse? byAddress = AddressLimit(address) is > 0 and int limit ? Use(_addresses, address, limit) : null;
        if (byName is { IsFull: true } || byAddress is { IsFull: true })
        {
            (HostUse full, HostUse? other) = byName is { IsFull: true } ? (byName, byAddress) : (byAddress!, byName);
            if (other is { InUse: 0, Waiting.Count: 0 })
            {
                other.Forget(); // Made just now: kept, it would stay for ever.
            }

            return full;
        }

        foreach (HostUse? use in (ReadOnlySpan<HostUse?>)[byName, byAddress])
        {
            if (use is not null)
            {
                use.InUse++;
                held.Add(use);
            }
        }

        return null;
    }

    /// <summary>
    /// Gives a connection back, and the queue that may try next. Those before it whose mail has gone, or is not to go, are called too: they would not use it.
    /// </summary>
    /// <param name="now">Queues whose wait has ended by itself need no call.</param>
    public void Leave(HostUse use, Instant now, List<MailQueue> woken)
    {
        use.InUse--;
        while (use.Waiting.TryDequeue(out MailQueue? queue))
        {
            queue.IsInHostLine = false;
            if (queue.HostWait > now)
            {
                woken.Add(queue);
                if (queue.Ready > 0 && !queue.IsPaused)
                {
                    break;
                }
            }
        }

        if (use.InUse == 0 && use.Waiting.Count == 0)
        {
            use.Forget();
        }
    }

    /// <summary>Everybody who waits, for the limits have changed.</summary>
    public void CallAll(List<MailQueue> woken)
    {
        foreach (HostUse use in (IEnumerable<HostUse>)[.. _hosts.Values, .. _addresses.Values])
        {
            while (use.Waiting.TryDequeue(out MailQueue? queue))
            {
                queue.IsInHostLine = false;
                woken.Add(queue);
            }
        }
    }

    private static HostUse Use<TKey>(Dictionary<TKey, HostUse> uses, TKey key, int most)
        where TKey : notnull
    {
        if (!uses.TryGetValue(key, out HostUse? use))
        {
            uses.Add(key, use = new HostUse(() => uses.Remove(key)));
        }

        use.Limit = most;
        return use;
    }

    /// <summary>The most specific pattern counts: a name, then all below a domain, the longer domain first.</summary>
    private int HostLimit(DomainName host)
    {
        (int best, int limit) = (-1, 0);
        foreach (MxConnectionLimit each in _mx)
        {
            int rank = each.Host.Kind == DomainPatternKind.Exact ? int.MaxValue : each.Host.Name.Length;
            if (rank >= best && each.Host.Matches(host))
            {
                (best, limit) = (rank, each.Connections);
            }
        }

        return limit;
    }

    private int AddressLimit(IPAddress address)
    {
        (int best, int limit) = (-1, 0);
        foreach (AddressLimit<int> each in _ip)
        {
            if (each.Addresses.PrefixLength >= best && each.Addresses.Contains(address))
            {
                (best, limit) = (each.Addresses.PrefixLength, each.Limit);
            }
        }

        return limit;
    }
}
