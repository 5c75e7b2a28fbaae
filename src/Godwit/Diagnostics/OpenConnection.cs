// One connection to a host, as it is told. Its delivery alone writes it, without a lock: each value is read and written whole, so who looks sees at worst what
// was true a moment ago.

using System.Net;
using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>A connection that holds one of the server's slots.</summary>
/// <param name="from">The source address that the configuration gives it, by its place there.</param>
/// <param name="remote">The host's address, also behind a proxy.</param>
/// <param name="host">The host's name; its address where it has none.</param>
public sealed class OpenConnection(string destination, SourceName from, IPAddress remote, string host, Instant since)
{
    public string Destination => destination;

    public string VirtualMta => from.VirtualMta;

    public SourceName From => from;

    public IPAddress Remote => remote;

    public string Host => host;

    /// <summary>When it was opened; while it connects, when that began.</summary>
    public Instant Since { get; set; } = since;

    /// <summary>What the host sees of us; null until that is known.</summary>
    public IPAddress? Source { get; set; } = from.Address;

    /// <summary>Messages that the host has taken for somebody.</summary>
    public int Messages { get; set; }

    /// <summary>The version; empty while there is none.</summary>
    public string Tls { get; set; } = "";

    public OpenConnectionState State { get; set; }

    public bool IsOf(string destination, string virtualMta) => Destination == destination && VirtualMta == virtualMta;
}
