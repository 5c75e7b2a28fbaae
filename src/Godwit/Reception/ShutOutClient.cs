using System.Net;
using System.Net.Sockets;
using Godwit.Foundation;

namespace Godwit.Reception;

/// <summary>An address that smtp-max-auth-failure-rate keeps out for now.</summary>
/// <param name="Address">Of IPv6 the first of its /64, which is shut out as a whole.</param>
/// <param name="Since">The first of the failures that were counted.</param>
/// <param name="Until">When it is let in again by itself.</param>
public sealed record ShutOutClient(IPAddress Address, long Failures, Instant Since, Instant Until)
{
    /// <summary>As an operator types it.</summary>
    public string Name => Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"{Address}/64" : Address.ToString();
}
