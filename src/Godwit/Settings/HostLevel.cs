using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Hosts of one preference level of <c>smtp-hosts</c>: tried in random order before the next level.</summary>
public sealed record HostLevel(IReadOnlyList<HostTarget> Hosts);

/// <summary>One entry of <c>smtp-hosts</c>: a name, an address, or the MX records of another domain (<c>lookup-mx:</c>).</summary>
/// <param name="Name">Host or domain name; absent when <paramref name="Address"/> is set.</param>
/// <param name="Port">0 means the queue's <c>default-smtp-port</c>.</param>
/// <param name="LookupMx">Whether <paramref name="Name"/> is to be resolved through its MX records.</param>
public sealed record HostTarget(DomainName Name, IPAddress? Address, int Port, bool LookupMx);
