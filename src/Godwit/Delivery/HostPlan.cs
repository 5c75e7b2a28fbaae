// Where a queue's mail can go right now, by one lookup: addresses by preference, or why there are none.

using System.Net;
using Godwit.Dns;
using Godwit.Mail;

namespace Godwit.Delivery;

/// <summary>One address of one host.</summary>
internal sealed record HostAddress(string Name, IPEndPoint EndPoint)
{
    /// <summary><c>name (address)</c>, as accounting, log and error texts show a peer.</summary>
    public string Text { get; } = $"{Name} ({EndPoint.Address})";

    /// <summary>DNSSEC has validated that the destination names this host, or the configuration does.</summary>
    public bool IsNameAuthentic { get; init; } = true;

    /// <summary>The configuration names this very host: no DNS record has led from another name to this one.</summary>
    public bool IsConfigured { get; init; }

    /// <summary>What it is asked for in TLS: its name, or its address where it is known by that.</summary>
    public string ServerName => Name is ['[', ..] ? EndPoint.Address.ToString() : Name;
}

internal enum HostPlanStatus : byte
{
    Found,

    /// <summary>The domain does not exist, takes no mail, or its mail would come back to us: bounce.</summary>
    NoSuchDestination,

    /// <summary>The domain exists and leads to no address: <c>bounce-upon-no-mx</c> decides.</summary>
    NoHosts,

    /// <summary>The answer is missing or broken: ask again later.</summary>
    DnsFailed,

    /// <summary>There are addresses, but none of the source address's family.</summary>
    WrongFamily,
}

/// <param name="Hosts">Empty unless found.</param>
/// <param name="Reply">Unless found: what to tell about it, as a reply of our own.</param>
internal sealed record HostPlan(HostPlanStatus Status, IReadOnlyList<HostAddress> Hosts, SmtpReply? Reply)
{
    /// <summary>What DNS says about the destination's mail hosts; null where the configuration names the hosts.</summary>
    public MxAnswer? Answer { get; init; }
}
