using System.Net;
using Godwit.Foundation;

namespace Godwit.Settings;

/// <summary>One source: an address that mail leaves from, here or behind a proxy, and the name it says at EHLO.</summary>
/// <param name="Address">As hosts see it. null lets the system choose.</param>
public sealed record SourceHost(IPAddress? Address, string HostName)
{
    /// <summary>
    /// The proxies that connect for it, the first that can be reached; empty connects from this machine. Behind the second of them the address that
    /// hosts see is that proxy's; what is limited and counted for a source address stays with the first.
    /// </summary>
    public IReadOnlyList<ProxyHop> Proxies { get; init; } = [];
}

/// <summary>One <c>&lt;virtual-mta&gt;</c>: source addresses and the limit that all its queues share.</summary>
public sealed record VirtualMtaSettings
{
    public required string Name { get; init; }

    /// <summary>Used in turn, connection by connection. Never empty: without any of its own, the server's.</summary>
    public required IReadOnlyList<SourceHost> SourceHosts { get; init; }

    /// <summary>Connections over all queues of the virtual MTA; 0 is no limit.</summary>
    public int MaxSmtpOut { get; init; }

    /// <summary>Recipients attempted over all queues of the virtual MTA.</summary>
    public Rate MaxSmtpMsgRate { get; init; }

    /// <summary>Octets delivered over all queues of the virtual MTA.</summary>
    public Rate MaxSmtpDataVolumeRate { get; init; }

    /// <summary>Virtual MTAs that are being warmed up and take a share of this one's mail, in turn. Usually empty.</summary>
    public IReadOnlyList<string> ColdVirtualMtas { get; init; } = [];

    /// <summary>
    /// The keys that may sign its mail: its own, its pool's, the server's, in this order. The first that fits signs. Virtual MTAs with the same keys share
    /// the object.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<KeyReference>> DomainKeys { get; init; } = [];
}

/// <summary>One <c>&lt;virtual-mta-pool&gt;</c>: members are drawn in turn, and what it limits they share.</summary>
public sealed record PoolSettings(string Name, IReadOnlyList<string> Members)
{
    /// <summary>Connections of all members together; 0 is no limit.</summary>
    public int MaxSmtpOut { get; init; }

    /// <summary>Recipients attempted by all members together.</summary>
    public Rate MaxSmtpMsgRate { get; init; }

    /// <summary>Octets delivered by all members together.</summary>
    public Rate MaxSmtpDataVolumeRate { get; init; }

    /// <summary>As <see cref="VirtualMtaSettings.ColdVirtualMtas"/>, for members that have none of their own.</summary>
    public IReadOnlyList<string> ColdVirtualMtas { get; init; } = [];
}
