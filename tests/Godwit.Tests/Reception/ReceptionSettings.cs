using System.Net;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Reception;

/// <summary>The least configuration that a reception runs on.</summary>
internal static class ReceptionSettings
{
    public static readonly SourceSettings Relay = new() { Name = "test", AlwaysAllowRelaying = true };

    public static ServerSettings With(SourceSettings source, int totalMaxSmtpIn = 100) => new()
    {
        HostName = "mta.example",
        Listeners = [],
        TotalMaxSmtpIn = totalMaxSmtpIn,
        NameServers = [new IPEndPoint(IPAddress.Loopback, 53)],
        Spool = new SpoolSettings("/nowhere", 0),
        AccountingFiles = [],
        VirtualMtas = new Dictionary<string, VirtualMtaSettings>(),
        Pools = new Dictionary<string, PoolSettings>(),
        ConfigFile = "test",
        ResolveDelivery = (_, _) => throw new InvalidOperationException("reception does not deliver"),
        ResolveSource = (_, _) => source,
        ResolveRelayDomain = domain => domain == DomainName.Parse("local.example"),
    };
}
