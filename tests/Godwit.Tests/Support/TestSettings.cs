// Settings for tests that need a server without a configuration file: everything at its default, changed by "with" or by delegates.

using System.Net;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Support;

internal static class TestSettings
{
    /// <summary>A server named mx.test with the default virtual MTA, the given others and the same delivery settings for every queue.</summary>
    public static ServerSettings Server(
        Func<DomainName, string, DeliverySettings>? delivery = null,
        IEnumerable<VirtualMtaSettings>? virtualMtas = null,
        IEnumerable<PoolSettings>? pools = null,
        int totalMaxSmtpOut = 1200,
        string fallback = "",
        string? postmaster = null) => new()
        {
            HostName = "mx.test",
            Postmaster = postmaster is null ? null : EmailAddress.Parse(postmaster),
            Listeners = [],
            NameServers = [new IPEndPoint(IPAddress.Loopback, 53)],
            Spool = new SpoolSettings("/nowhere", 0),
            AccountingFiles = [],
            VirtualMtas = new[] { VirtualMta(EnvelopeRecipient.DefaultVirtualMta) }.Concat(virtualMtas ?? [])
                .ToDictionary(vmta => vmta.Name, StringComparer.OrdinalIgnoreCase),
            Pools = (pools ?? []).ToDictionary(pool => pool.Name, StringComparer.OrdinalIgnoreCase),
            TotalMaxSmtpOut = totalMaxSmtpOut,
            InvalidVirtualMtaFallback = fallback,
            ConfigFile = "test.conf",
            ResolveDelivery = delivery ?? ((_, _) => new DeliverySettings()),
            ResolveSource = (_, _) => new SourceSettings(),
            ResolveRelayDomain = _ => false,
        };

    public static VirtualMtaSettings VirtualMta(string name, int maxSmtpOut = 0) => new()
    {
        Name = name,
        SourceHosts = [new SourceHost(null, "mx.test")],
        MaxSmtpOut = maxSmtpOut,
    };
}
