// What http-access says of an address. Pure.

using System.Net;
using Godwit.Settings;

namespace Godwit.Web;

/// <summary>What whoever comes from an address may do.</summary>
/// <param name="IsForSignIn">Nothing without signing in.</param>
/// <param name="IsWritten">A rule says so; otherwise no rule is about the address.</param>
internal readonly record struct AddressAccess(AccessLevel Level, bool DeniesLogs, bool IsForSignIn, bool IsWritten)
{
    /// <summary>
    /// The first rule that matches counts, and without one nothing is allowed. Where nothing is said at all, everybody on this machine may look: what takes
    /// more is for whoever may read the token's file, or signs in.
    /// </summary>
    public static AddressAccess Of(IReadOnlyList<HttpAccessRule> rules, IPAddress address)
    {
        foreach (HttpAccessRule rule in rules)
        {
            if (rule.Clients.Contains(address))
            {
                return new AddressAccess(rule.Level, rule.DeniesLogs, rule.IsForSignIn, IsWritten: true);
            }
        }

        // The log's own file is for its owner, whoever else has an account here.
        bool usual = rules.Count == 0 && IPAddress.IsLoopback(address);
        return new AddressAccess(usual ? AccessLevel.Monitor : AccessLevel.None, DeniesLogs: true, IsForSignIn: false, IsWritten: false);
    }

    /// <summary>An IPv4 address that came over a socket of IPv6 as what it is.</summary>
    public static IPAddress Plain(IPAddress? address) =>
        address is null ? IPAddress.None : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
