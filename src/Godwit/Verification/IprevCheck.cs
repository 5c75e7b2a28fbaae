// Whether a client's address has a name that leads back to it (RFC 8601 section 3). Static.

using System.Net;
using Godwit.Dns;

namespace Godwit.Verification;

/// <summary>What iprev says of a client (RFC 8601 section 2.7.3).</summary>
public enum IprevResult : byte
{
    Pass,

    /// <summary>There are names, and none leads back.</summary>
    Fail,
    TempError,

    /// <summary>There is no name.</summary>
    PermError,
}

/// <summary>The outcome for one client.</summary>
/// <param name="Name">The name that leads back; empty when none does.</param>
public sealed record IprevFinding(IprevResult Result, IPAddress Address, string Name, string Reason)
{
    public string Word => Result.ToString().ToLowerInvariant();
}

/// <summary>Checks clients.</summary>
internal static class IprevCheck
{
    public static async ValueTask<IprevFinding> RunAsync(SenderLookup lookup, IPAddress client, CancellationToken cancellation)
    {
        IPAddress address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        try
        {
            return await CheckAsync(lookup, address, cancellation);
        }
        catch (OperationCanceledException)
        {
            return new IprevFinding(IprevResult.TempError, address, "", "the check took too long");
        }
    }

    private static async ValueTask<IprevFinding> CheckAsync(SenderLookup lookup, IPAddress address, CancellationToken cancellation)
    {
        ClientNames names = await ClientNames.FindAsync((name, type) => lookup(name, type, cancellation), address, most: 1);
        return names.Status == DnsStatus.Failure ? new IprevFinding(IprevResult.TempError, address, "", "no answer for the address's name")
            : names.Status != DnsStatus.Found ? new IprevFinding(IprevResult.PermError, address, "", "the address has no name")
            : names.Validated.Count > 0 ? new IprevFinding(IprevResult.Pass, address, names.Validated[0], "")
            : names.IsUnanswered ? new IprevFinding(IprevResult.TempError, address, "", "no answer for a name of the address")
            : new IprevFinding(IprevResult.Fail, address, "", "no name of the address leads back to it");
    }
}
