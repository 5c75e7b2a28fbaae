using System.Net;

namespace Godwit.Verification;

/// <summary>Who claims to be whom: what one SPF check is about (RFC 7208 section 2.3, 2.4 and 4.1).</summary>
/// <param name="Address">The client's; an IPv4 address in its IPv6 form counts as IPv4.</param>
/// <param name="Helo">What the client called itself.</param>
/// <param name="Sender">The reverse-path without brackets; empty for the null path, which puts the HELO name in its place.</param>
/// <param name="Receiver">This host, for %{r}.</param>
internal sealed record SpfIdentity(IPAddress Address, string Helo, string Sender, string Receiver);
