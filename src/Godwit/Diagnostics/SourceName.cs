using System.Net;

namespace Godwit.Diagnostics;

/// <summary>One of a virtual MTA's source addresses as the configuration has it.</summary>
/// <param name="Address">Null where the system chooses it, or the address is a proxy's.</param>
/// <param name="HostName">Tells those without an address apart; empty where there is one.</param>
public readonly record struct SourceName(string VirtualMta, IPAddress? Address, string HostName)
{
    public static SourceName Of(string virtualMta, IPAddress? address, string hostName) => new(virtualMta, address, address is null ? hostName : "");
}
