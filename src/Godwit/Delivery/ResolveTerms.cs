using System.Net;
using Godwit.Dns;
using Godwit.Queues;

namespace Godwit.Delivery;

/// <summary>What an operator wants to know of a destination.</summary>
/// <param name="Key">The destination, and the virtual MTA whose settings count.</param>
/// <param name="Source">
/// Connections leave from this address, and hosts of its family only are looked up; null for the first source address of the virtual MTA.
/// </param>
/// <param name="Connects">Each host is connected to, and its greeting read.</param>
public sealed record ResolveTerms(QueueKey Key, IPAddress? Source = null, bool Connects = false)
{
    /// <summary>Another name server than those of the configuration; null for those.</summary>
    public IPEndPoint? NameServer { get; init; }

    /// <summary>It is asked over TCP only.</summary>
    public bool Tcp { get; init; }

    /// <summary>Is told of the packets of the search for hosts; null for none. With one, no cache answers.</summary>
    public PacketTrace? Packets { get; init; }

    /// <summary>As if the queue had use-dane.</summary>
    public bool UseDane { get; init; }

    /// <summary>As if the queue had use-mta-sts.</summary>
    public bool UseMtaSts { get; init; }

    /// <summary>How each host must prove itself is to be seen.</summary>
    public bool ShowsProofs => Connects || UseDane || UseMtaSts;
}
