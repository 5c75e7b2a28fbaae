using System.Net;

namespace Godwit.Settings;

/// <summary>One way from this machine to hosts: a PROXY protocol server that connects for us. Immutable.</summary>
/// <param name="Name">The <c>&lt;proxy></c> of the configuration; empty for one that a line of a virtual MTA names by its address.</param>
/// <param name="Server">Host or address, and port.</param>
/// <param name="Version">Of the header that tells the proxy where to connect: 1 (text) or 2 (binary).</param>
/// <param name="Local">Our address towards the proxy; null lets the system choose.</param>
/// <param name="Client">The address that hosts will see. Port 0 lets the proxy choose.</param>
/// <param name="HostName">What we say at EHLO from there.</param>
public sealed record ProxyHop(string Name, HostTarget Server, int Version, IPAddress? Local, IPEndPoint Client, string HostName)
{
    /// <summary>What operators are told: its name, or where it is when the configuration gives it none.</summary>
    public string Title => Name.Length > 0 ? Name : Server.Name.Text is { Length: > 0 } name ? name : $"{Server.Address}";
}
