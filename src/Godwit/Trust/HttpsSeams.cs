using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Trust;

/// <summary>Where a test takes the place of the network.</summary>
/// <param name="Connect">Connects instead of the resolver and the system's sockets; null for those.</param>
/// <param name="Authorities">Instead of the system's; null for those. They also count for hosts under MTA-STS.</param>
public sealed record HttpsSeams(
    Func<DnsEndPoint, CancellationToken, ValueTask<Stream>>? Connect = null, X509Certificate2Collection? Authorities = null);
